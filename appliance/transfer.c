/* The curl handle of one transfer: options, callbacks, judgement. */
#include "transfer.h"

#include "base/clock.h"
#include "base/crypt.h"
#include "base/file.h"
#include "config.h"
#include "endpoint.h"
#include "limits.h"

#include <curl/curl.h>

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ANSWER_DEFAULT = 1 << 20,
    TIMEOUT_DEFAULT_MS = 30000,
    STALL_DEFAULT_MS = 15000,
    CONNECT_MS = 10000,
};
static_assert(TRANSFER_REASON_MAX >= CURL_ERROR_SIZE, "curl writes that much");

/* --- curl's callbacks, on the outbound thread ---------------------------------------------------
 */

/* The address that curl is about to connect to: the last word of the rules. */
static curl_socket_t socket_open(void *arg, curlsocktype kind, struct curl_sockaddr *address)
{
    struct transfer *transfer = (struct transfer *)arg;
    struct sockaddr_storage sa = {0};
    char text[ENDPOINT_TEXT_MAX];
    if (address->addrlen > sizeof sa)
        return CURL_SOCKET_BAD;
    memcpy(&sa, &address->addr, address->addrlen);
    if (!transfer->through_proxy && !egress_allows(&transfer->egress, endpoint_host(&sa, text))) {
        transfer->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_success(const struct transfer *transfer)
{
    return transfer->answer->http_status >= 200 && transfer->answer->http_status < 300;
}

static uint64_t answer_max(const struct transfer *transfer)
{
    return transfer->request->answer_max ? transfer->request->answer_max : ANSWER_DEFAULT;
}

static size_t too_large(struct transfer *transfer)
{
    transfer->rc =
        error_set(&transfer->err, ST_TOO_LARGE, "the answer of '%.80s' is larger than %llu bytes",
                  transfer->egress.host, (unsigned long long)answer_max(transfer));
    return 0;
}

/* "HTTP/1.1 200 OK": a new answer; what an interim one said is void. */
static void status_line(struct transfer *transfer, slice line)
{
    slice code;
    uint64_t number = 0;
    (void)slice_split(&line, ' ', &code);
    if (slice_split(&line, ' ', &code))
        (void)slice_to_u64(slice_trim(code), &number); /* curl has checked it */
    transfer->answer->http_status = (int)number;
    transfer->answer->header_count = 0;
    transfer->total = 0;
}

static bool header_keep(struct transfer *transfer, slice line)
{
    struct outbound_answer *answer = transfer->answer;
    slice value = line, name;
    if (!slice_split(&value, ':', &name))
        return true;
    transfer->header_bytes += line.len;
    if (answer->header_count >= LIMIT_HEADERS || transfer->header_bytes > LIMIT_HEADER_BYTES ||
        !arena_grow(transfer->arena, (void **)&answer->headers, &transfer->headers_cap,
                    answer->header_count, sizeof *answer->headers))
        return false;
    slice lower = arena_lower(transfer->arena, name);
    if (!lower.ptr)
        return false;
    slice kept = arena_copy(transfer->arena, slice_trim(value));
    answer->headers[answer->header_count++] = (struct outbound_header){lower, kept};
    if (slice_eq(lower, S("content-length")))
        (void)slice_to_u64(kept, &transfer->total); /* else unknown */
    return kept.ptr != NULL;
}

/* The empty line behind the headers. */
static bool head_over(struct transfer *transfer)
{
    const struct outbound_request *request = transfer->request;
    if (strcmp(request->method, "HEAD") != 0 && transfer->total > answer_max(transfer))
        return too_large(transfer) > 0;
    if (request->head)
        transfer->rc = request->head(request->arg, transfer->answer, &transfer->err);
    return transfer->rc == ST_OK;
}

static size_t header_take(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = (struct transfer *)arg;
    slice line = slice_make(bytes, size * count);
    transfer->moved_ms = clock_mono_ms();
    if (slice_has_prefix(line, S("HTTP/"))) {
        status_line(transfer, line);
        return line.len;
    }
    if (!header_keep(transfer, line))
        return too_large(transfer);
    if (slice_trim(line).len > 0 || !is_success(transfer))
        return line.len;
    return head_over(transfer) ? line.len : 0;
}

static void progress_tell(struct transfer *transfer)
{
    const struct outbound_request *request = transfer->request;
    if (!request->progress || transfer->moved_ms - transfer->told_ms < TRANSFER_TURN_MS)
        return;
    transfer->told_ms = transfer->moved_ms;
    request->progress(request->arg, transfer->answer->bytes, transfer->total);
}

static size_t success_take(struct transfer *transfer, slice bytes)
{
    const struct outbound_request *request = transfer->request;
    if (bytes.len > answer_max(transfer) - transfer->answer->bytes)
        return too_large(transfer);
    transfer->answer->bytes += bytes.len;
    if (request->part)
        transfer->rc = request->part(request->arg, bytes, &transfer->err);
    if (transfer->rc == ST_OK && request->sink && request->sink_fd >= 0)
        transfer->rc = file_write_all(request->sink_fd, bytes, "download", &transfer->err);
    else if (transfer->rc == ST_OK && !request->sink)
        buf_put(&transfer->body, bytes);
    progress_tell(transfer);
    return transfer->rc == ST_OK ? bytes.len : 0;
}

static size_t body_take(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = (struct transfer *)arg;
    slice part = slice_make(bytes, size * count);
    transfer->moved_ms = clock_mono_ms();
    if (is_success(transfer))
        return success_take(transfer, part);
    transfer->answer->bytes += part.len;
    if (transfer->body.len < OUTBOUND_ERROR_MAX)
        buf_put(&transfer->body, slice_sub(part, 0, OUTBOUND_ERROR_MAX - transfer->body.len));
    return transfer->answer->bytes <= 16 * (uint64_t)OUTBOUND_ERROR_MAX ? part.len : 0;
}

static uint64_t request_bytes(const struct outbound_request *request)
{
    return request->body_fd_bytes > 0 ? request->body_fd_bytes : request->body.len;
}

static size_t body_give(char *into, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = (struct transfer *)arg;
    const struct outbound_request *request = transfer->request;
    uint64_t left = request_bytes(request) - transfer->sent;
    size_t room = size * count < left ? size * count : (size_t)left;
    transfer->moved_ms = clock_mono_ms();
    if (request->body_fd_bytes == 0) {
        memcpy(into, request->body.ptr + transfer->sent, room);
    } else if (room > 0) {
        ssize_t n =
            pread(request->body_fd, into, room, (off_t)(request->body_fd_offset + transfer->sent));
        if (n <= 0) {
            transfer->rc = error_set(&transfer->err, ST_IO, "cannot read what is to be sent: %s",
                                     n == 0 ? "the file is shorter" : errno_text(errno));
            return CURL_READFUNC_ABORT;
        }
        room = (size_t)n;
    }
    transfer->sent += room;
    return room;
}

/* curl sends again when a kept connection turned out to be dead. */
static int body_seek(void *arg, curl_off_t offset, int origin)
{
    struct transfer *transfer = (struct transfer *)arg;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > request_bytes(transfer->request))
        return CURL_SEEKFUNC_CANTSEEK;
    transfer->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* --- a transfer's handle ------------------------------------------------------------------------
 */

static bool is_text(slice text, bool is_name)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < ' ' || byte == 0x7F || (is_name && (byte == ':' || byte == ' ' || byte > 0x7E)))
            return false;
    }
    return !is_name || text.len > 0;
}

static bool header_add(struct transfer *transfer, slice line)
{
    struct curl_slist *longer = line.ptr ? curl_slist_append(transfer->headers, line.ptr) : NULL;
    if (longer)
        transfer->headers = longer;
    return longer != NULL;
}

static status headers_build(struct transfer *transfer, struct error *err)
{
    const struct outbound_request *request = transfer->request;
    bool ok = header_add(transfer, S("Expect:")); /* some servers stall on 100-continue */
    for (size_t i = 0; i < request->header_count && ok; i++) {
        const struct outbound_header *header = &request->headers[i];
        if (!is_text(header->name, true) || !is_text(header->value, false))
            return error_set(err, ST_INVALID, "a header to be sent holds control characters");
        struct arena scratch; /* the line may hold a token: curl's copy is wiped at the end, too */
        arena_init(&scratch, 2 * LIMIT_HEADER_BYTES);
        scratch.wipe = true;
        ok =
            header_add(transfer, header->value.len == 0
                                     ? arena_printf(&scratch, "%.*s;", SLICE_ARG(header->name))
                                     : arena_printf(&scratch, "%.*s: %.*s", SLICE_ARG(header->name),
                                                    SLICE_ARG(header->value)));
        arena_finish(&scratch);
    }
    return ok ? ST_OK : error_set(err, ST_NO_MEMORY, "not enough memory for a request");
}

/* Setting an option fails only for lack of memory, or when this libcurl lacks the option. */
#define SET(option, value) failed |= curl_easy_setopt(easy, option, value) != CURLE_OK

static bool method_set(const struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct outbound_request *request = transfer->request;
    bool failed = false;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    bool sends = strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0 ||
                 request_bytes(request) > 0;
    if (sends) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request_bytes(request));
        SET(CURLOPT_READFUNCTION, body_give);
        SET(CURLOPT_READDATA, transfer);
        SET(CURLOPT_SEEKFUNCTION, body_seek);
        SET(CURLOPT_SEEKDATA, transfer);
    }
    if (is_head)
        SET(CURLOPT_NOBODY, 1L);
    else
        SET(CURLOPT_CUSTOMREQUEST, request->method);
    if (!is_head && !request->sink)
        SET(CURLOPT_ACCEPT_ENCODING, ""); /* what it can; answer_max counts what comes out */
    return !failed;
}

/* A proxy stands between us and the internet, not between us and a place that the configuration
 * names by its private address. The environment's proxies never count. */
static bool route_set(struct transfer *transfer, const struct config *config)
{
    CURL *easy = transfer->easy;
    bool failed = false;
    transfer->through_proxy = config->outbound_proxy.len > 0 && !transfer->egress.is_named &&
                              !transfer->egress.is_localhost;
    SET(CURLOPT_PROXY, transfer->through_proxy ? config->outbound_proxy.ptr : "");
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_PROTOCOLS_STR, transfer->egress.https ? "https" : "http");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_OPENSOCKETFUNCTION, socket_open);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    /* A kept connection was judged for whoever opened it: users' URLs never share one. */
    SET(CURLOPT_FRESH_CONNECT, transfer->request->purpose == OUTBOUND_HOOK ? 1L : 0L);
    SET(CURLOPT_FORBID_REUSE, transfer->request->purpose == OUTBOUND_HOOK ? 1L : 0L);
    if (config->outbound_ca_file.len > 0)
        SET(CURLOPT_CAINFO, config->outbound_ca_file.ptr);
    return !failed;
}

static bool handle_set(struct transfer *transfer, const char *url)
{
    CURL *easy = transfer->easy;
    bool failed = false;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PATH_AS_IS, 1L); /* signatures are over the path as it is */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->reason);
    SET(CURLOPT_USERAGENT, "sleuth/" VERSION);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(CURLOPT_HEADERFUNCTION, header_take);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, body_take);
    SET(CURLOPT_WRITEDATA, transfer);
    return !failed;
}
#undef SET

status transfer_build(struct transfer *transfer, const struct config *config, struct error *err)
{
    const struct outbound_request *request = transfer->request;
    slice url = arena_copy(transfer->arena, request->url); /* with NUL */
    uint64_t max =
        answer_max(transfer) < OUTBOUND_ERROR_MAX ? OUTBOUND_ERROR_MAX : answer_max(transfer);
    buf_init_arena(&transfer->body, transfer->arena,
                   max < SIZE_MAX / 2 ? (size_t)max : SIZE_MAX / 2);
    transfer->start_ms = clock_mono_ms();
    TRY(headers_build(transfer, err));
    transfer->easy = curl_easy_init();
    if (!transfer->easy || !url.ptr)
        return error_set(err, ST_NO_MEMORY, "not enough memory for a request");
    if (!handle_set(transfer, url.ptr) || !method_set(transfer) || !route_set(transfer, config))
        return error_set(err, ST_INTERNAL, "this libcurl refuses an option");
    return ST_OK;
}

void transfer_finish(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy); /* NULL is allowed */
    for (struct curl_slist *at = transfer->headers; at; at = at->next)
        crypt_wipe(at->data, strlen(at->data));
    curl_slist_free_all(transfer->headers);
}

/* --- its end ------------------------------------------------------------------------------------
 */

void transfer_judge(struct transfer *transfer, int curl_code)
{
    const char *host = transfer->egress.host;
    CURLcode code = (CURLcode)curl_code;
    if (transfer->rc != ST_OK || code == CURLE_OK)
        return;
    if (transfer->was_refused)
        transfer->rc = error_code(&transfer->err, ST_FORBIDDEN, "egress_forbidden",
                                  "the rules for outgoing connections do not allow the address "
                                  "of '%.80s'",
                                  host);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        transfer->rc =
            error_set(&transfer->err, ST_TIMEOUT, "'%.80s' did not answer in time", host);
    else
        transfer->rc =
            error_set(&transfer->err, ST_UPSTREAM, "the call to '%.80s' failed: %.120s", host,
                      transfer->reason[0] ? transfer->reason : curl_easy_strerror(code));
}

bool transfer_is_over(struct transfer *transfer, int64_t now_ms, bool stopping)
{
    const struct outbound_request *request = transfer->request;
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_DEFAULT_MS;
    int64_t stall_ms = request->stall_ms > 0 ? request->stall_ms : STALL_DEFAULT_MS;
    const char *host = transfer->egress.host;
    bool cancelled = stopping || (request->cancelled &&
                                  atomic_load_explicit(request->cancelled, memory_order_relaxed));
    if (cancelled)
        transfer->rc = error_set(&transfer->err, ST_CANCELLED, "the call was cancelled");
    else if (now_ms - transfer->start_ms > timeout_ms)
        transfer->rc =
            error_set(&transfer->err, ST_TIMEOUT, "'%.80s' did not answer in time", host);
    else if (transfer->running && now_ms - transfer->moved_ms > stall_ms)
        transfer->rc = error_set(&transfer->err, ST_TIMEOUT, "'%.80s' sent nothing for %lld s",
                                 host, (long long)(stall_ms / 1000));
    return transfer->rc != ST_OK;
}

/* Sends one request with "Connection: close" and reads the answer to its end. */
#include "unix_http.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };
#define ANSWER_BYTES_MAX (LIMIT_REPLY_BYTES + LIMIT_HEADER_BYTES)

static status unreachable(const char *path, int number, struct error *err)
{
    return error_set(err, ST_UNREACHABLE, "cannot reach the server at '%s': %s", path,
                     errno_text(number));
}

static status connect_to(const char *path, int *ret, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return unreachable(path, ENAMETOOLONG, err);
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return unreachable(path, errno, err);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int number = errno;
        fd_close(&fd);
        return unreachable(path, number, err);
    }
    *ret = fd;
    return ST_OK;
}

/* Waits until the socket is ready for `events`; ST_TIMEOUT after the deadline. */
static status wait_for(int fd, short events, int64_t deadline_ms, struct error *err)
{
    for (;;) {
        int64_t left_ms = deadline_ms - clock_mono_ms();
        if (left_ms <= 0)
            return error_set(err, ST_TIMEOUT, "the server did not answer in time");
        struct pollfd poll_fd = {.fd = fd, .events = events};
        int rc = poll(&poll_fd, 1, left_ms > 1000 ? 1000 : (int)left_ms);
        if (rc > 0)
            return ST_OK;
        if (rc < 0 && errno != EINTR)
            return error_set(err, ST_UNREACHABLE, "cannot wait for the server: %s",
                             errno_text(errno));
    }
}

static status send_all(int fd, slice bytes, int64_t deadline_ms, struct error *err)
{
    while (bytes.len > 0) {
        TRY(wait_for(fd, POLLOUT, deadline_ms, err));
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0 && errno == EPIPE)
            return ST_OK; /* refused early: the answer is already there */
        if (n < 0)
            return error_set(err, ST_UNREACHABLE, "cannot send to the server: %s",
                             errno_text(errno));
        bytes = slice_from(bytes, (size_t)n);
    }
    return ST_OK;
}

static status receive_all(int fd, int64_t deadline_ms, struct buf *into, struct error *err)
{
    for (;;) {
        TRY(wait_for(fd, POLLIN, deadline_ms, err));
        char *room = buf_reserve(into, READ_BYTES);
        if (!room)
            return buf_check(into, err);
        ssize_t n = recv(fd, room, READ_BYTES, MSG_DONTWAIT);
        if (n == 0)
            return ST_OK;
        if (n > 0)
            buf_grew(into, (size_t)n);
        else if (errno == ECONNRESET && into->len > 0)
            return ST_OK;
        else if (errno != EAGAIN && errno != EINTR)
            return error_set(err, ST_UNREACHABLE, "the server ended the connection: %s",
                             errno_text(errno));
    }
}

/* --- the answer ---------------------------------------------------------------------------------
 */

static status malformed(struct error *err)
{
    return error_set(err, ST_UPSTREAM, "the server's answer is not HTTP");
}

static bool line_take(slice *rest, slice *ret)
{
    if (!slice_split(rest, '\n', ret) || !rest->ptr)
        return false;
    if (ret->len > 0 && ret->ptr[ret->len - 1] == '\r')
        *ret = slice_sub(*ret, 0, ret->len - 1);
    return true;
}

static bool hex_size(slice text, size_t *ret)
{
    size_t value = 0;
    if (text.len == 0 || text.len > 8)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        value = value * 16 + (size_t)digit;
    }
    *ret = value;
    return true;
}

static status chunks_join(slice rest, struct arena *arena, slice *ret, struct error *err)
{
    char *out = (char *)arena_array_raw(arena, rest.len + 1, 1);
    size_t len = 0, size;
    slice line, number;
    if (!out)
        return arena_check(arena, err);
    for (;;) {
        if (!line_take(&rest, &line) || !slice_split(&line, ';', &number) ||
            !hex_size(slice_trim(number), &size) || size > rest.len)
            return malformed(err);
        if (size == 0)
            break;
        memcpy(out + len, rest.ptr, size);
        len += size;
        rest = slice_from(rest, size);
        if (!line_take(&rest, &line) || line.len != 0)
            return malformed(err);
    }
    *ret = slice_make(out, len);
    return ST_OK;
}

status unix_http_parse(slice bytes, struct arena *arena, struct host_reply *ret, struct error *err)
{
    slice rest = bytes, line, name, part;
    uint64_t code, length = UINT64_MAX;
    bool chunked = false;

    *ret = (struct host_reply){.content_type = S(""), .body = S("")};
    if (!line_take(&rest, &line) || !slice_has_prefix(line, S("HTTP/1.")) ||
        !slice_split(&line, ' ', &part) || !slice_split(&line, ' ', &part) ||
        !slice_to_u64(part, &code) || code < 100 || code > 599)
        return malformed(err);
    ret->http_status = (int)code;
    while (line_take(&rest, &line) && line.len > 0) {
        if (!slice_split(&line, ':', &name))
            return malformed(err);
        line = slice_trim(line);
        if (slice_eq_nocase(name, S("content-type")))
            ret->content_type = line;
        else if (slice_eq_nocase(name, S("content-length")) && !slice_to_u64(line, &length))
            return malformed(err);
        else if (slice_eq_nocase(name, S("transfer-encoding")))
            chunked = slice_eq_nocase(line, S("chunked"));
    }
    if (!rest.ptr)
        return malformed(err);
    if (chunked)
        return chunks_join(rest, arena, &ret->body, err);
    if (length != UINT64_MAX && length > rest.len)
        return error_set(err, ST_UPSTREAM, "the server's answer was cut off");
    ret->body = length == UINT64_MAX ? rest : slice_sub(rest, 0, (size_t)length);
    return ST_OK;
}

/* --- one call -----------------------------------------------------------------------------------
 */

static void head_write(struct buf *out, const struct host_request *request, enum lang lang)
{
    slice type = request->content_type.len > 0 ? request->content_type : S("application/json");
    buf_printf(out, "%s %.*s", method_name(request->method), SLICE_ARG(request->path));
    if (request->query.len > 0)
        buf_printf(out, "?%.*s", SLICE_ARG(request->query));
    buf_printf(out,
               " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Language: %s\r\n"
               "Content-Length: %zu\r\n",
               lang_tag(lang), request->body.len);
    if (request->body.len > 0)
        buf_printf(out, "Content-Type: %.*s\r\n", SLICE_ARG(type));
    if (request->accept.len > 0)
        buf_printf(out, "Accept: %.*s\r\n", SLICE_ARG(request->accept));
    if (request->idempotency_key.len > 0)
        buf_printf(out, "Idempotency-Key: %.*s\r\n", SLICE_ARG(request->idempotency_key));
    if (request->range.len > 0)
        buf_printf(out, "Range: %.*s\r\n", SLICE_ARG(request->range));
    buf_put_str(out, "\r\n");
}

static bool has_line_break(slice text)
{
    return slice_find_byte(text, '\r', &(size_t){0}) || slice_find_byte(text, '\n', &(size_t){0}) ||
           slice_find_byte(text, ' ', &(size_t){0});
}

status unix_http_call(const char *path, const struct host_request *request, enum lang lang,
                      int timeout_ms, struct arena *arena, struct host_reply *ret,
                      struct error *err)
{
    struct buf head, answer;
    int fd = -1;
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;

    if (has_line_break(request->path) || has_line_break(request->query) ||
        has_line_break(request->idempotency_key) || has_line_break(request->range))
        return error_set(err, ST_INVALID, "the path holds blanks or line breaks");
    buf_init(&head, LIMIT_HEADER_BYTES);
    buf_init(&answer, ANSWER_BYTES_MAX);
    head_write(&head, request, lang);
    status rc = buf_check(&head, err);
    if (rc == ST_OK)
        rc = connect_to(path, &fd, err);
    if (rc == ST_OK)
        rc = send_all(fd, buf_slice(&head), deadline_ms, err);
    if (rc == ST_OK)
        rc = send_all(fd, request->body, deadline_ms, err);
    if (rc == ST_OK)
        rc = receive_all(fd, deadline_ms, &answer, err);
    if (rc == ST_OK) {
        slice kept = arena_copy(arena, buf_slice(&answer));
        rc = kept.ptr ? unix_http_parse(kept, arena, ret, err) : arena_check(arena, err);
    }
    fd_close(&fd);
    buf_finish(&answer);
    buf_finish(&head);
    return rc;
}

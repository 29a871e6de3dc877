/* Turns, tries, redirects of questions to Zenodo. */
#include "zenodo_try.h"

#include "base/clock.h"
#include "config.h"
#include "egress.h"
#include "json.h"

#include <pthread.h>
#include <time.h>

enum {
    TRIES_MAX = 5,
    HOPS_MAX = 3,
    PATIENCE_DEFAULT_MS = 20000,
    PAUSE_FIRST_MS = 500, /* doubles with each try, and half of it again at random */
    LOOK_MS = 50,         /* how often a pause looks whether it was cancelled */
    RETRY_AFTER_DEFAULT_S = 60,
    RECORD_TIMEOUT_MS = 60000,
};

/* --- one at a time ------------------------------------------------------------------------------
 *
 * Guests have 60 requests a minute, counted by address: so the turn is the process's. */

static struct {
    pthread_mutex_t lock; /* of `taken` */
    pthread_cond_t free;
    bool taken;
} turn = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

static void turn_take(void)
{
    (void)pthread_mutex_lock(&turn.lock);
    while (turn.taken)
        (void)pthread_cond_wait(&turn.free, &turn.lock);
    turn.taken = true;
    (void)pthread_mutex_unlock(&turn.lock);
}

static void turn_give(void)
{
    (void)pthread_mutex_lock(&turn.lock);
    turn.taken = false;
    (void)pthread_cond_signal(&turn.free);
    (void)pthread_mutex_unlock(&turn.lock);
}

/* --- one request --------------------------------------------------------------------------------
 */

enum { HEADERS_MAX = 4 };

static size_t headers_fill(const struct zenodo *zenodo, const struct zenodo_ask *ask,
                           bool is_first_hop, struct arena *arena,
                           struct outbound_header headers[static HEADERS_MAX])
{
    size_t count = 0;
    slice token = zenodo->config->zenodo_token;
    slice base = zenodo->config->zenodo_base_url;
    headers[count++] =
        (struct outbound_header){S("Accept"), ask->head ? S("*/*") : S("application/json")};
    if (ask->etag.len > 0)
        headers[count++] = (struct outbound_header){S("If-None-Match"), ask->etag};
    bool is_home = slice_has_prefix(ask->url, base) &&
                   (slice_has_suffix(base, S("/")) ||
                    slice_has_prefix(slice_from(ask->url, base.len), S("/")));
    if (is_first_hop && is_home && ask->with_token && token.len > 0)
        headers[count++] = (struct outbound_header){
            S("Authorization"), arena_printf(arena, "Bearer %.*s", SLICE_ARG(token))};
    if (ask->taken && *ask->taken > 0)
        headers[count++] = (struct outbound_header){
            S("Range"), arena_printf(arena, "bytes=%llu-", (unsigned long long)*ask->taken)};
    return count;
}

slice zenodo_location(slice url, slice location, struct arena *arena)
{
    size_t scheme, path;
    if (slice_has_prefix(location, S("https://")) || slice_has_prefix(location, S("http://")))
        return location;
    if (!slice_has_prefix(location, S("/")) || slice_has_prefix(location, S("//")) ||
        !slice_find(url, S("://"), &scheme))
        return (slice){NULL, 0};
    if (!slice_find_byte(slice_from(url, scheme + 3), '/', &path))
        path = url.len - scheme - 3;
    return arena_printf(arena, "%.*s%.*s", (int)(scheme + 3 + path), url.ptr, SLICE_ARG(location));
}

static bool is_redirect(int http_status)
{
    return http_status == 301 || http_status == 302 || http_status == 303 || http_status == 307 ||
           http_status == 308;
}

static status hops(struct zenodo *zenodo, const struct zenodo_ask *ask, struct arena *arena,
                   struct outbound_answer *ret, struct error *err)
{
    slice url = ask->url;
    for (int hop = 0; hop <= HOPS_MAX; hop++) {
        struct outbound_header headers[HEADERS_MAX];
        const struct outbound_request request = {
            .purpose = OUTBOUND_ZENODO,
            .method = "GET",
            .url = url,
            .headers = headers,
            .header_count = headers_fill(zenodo, ask, hop == 0, arena, headers),
            .answer_max = ask->answer_max,
            .head = ask->head,
            .part = ask->part,
            .sink = ask->head != NULL,
            .sink_fd = -1, /* parts are all that is wanted */
            .arg = ask->arg,
            .cancelled = zenodo->cancelled,
            .timeout_ms =
                ask->head ? zenodo->config->zenodo_timeout_seconds * 1000 : RECORD_TIMEOUT_MS,
        };
        TRY(arena_check(arena, err));
        TRY(outbound_call(zenodo->outbound, &request, arena, ret, err));
        if (!is_redirect(ret->http_status))
            return ST_OK;
        slice location = outbound_header(ret, "location");
        url = zenodo_location(url, location.ptr ? location : S(""), arena);
        if (!url.ptr)
            break;
    }
    return error_code(err, ST_UPSTREAM, "zenodo_error",
                      url.ptr ? "Zenodo redirects in circles" : "Zenodo redirects to nowhere");
}

/* --- what comes back ----------------------------------------------------------------------------
 */

static bool is_web_page(const struct outbound_answer *answer)
{
    slice type = outbound_header(answer, "content-type");
    return type.ptr && slice_has_prefix(type, S("text/html"));
}

/* The sentence that Zenodo gave with an error. */
static slice message_of(const struct outbound_answer *answer, struct arena *arena)
{
    const struct json *root = NULL;
    struct error ignored;
    if (json_parse(answer->body, arena, &root, &ignored) != ST_OK)
        return S("no reason given");
    const struct json *message = json_find(root, "message");
    return message && message->kind == JSON_STRING ? slice_sub(message->text, 0, 120)
                                                   : S("no reason given");
}

static status answer_judge(const struct zenodo_ask *ask, const struct outbound_answer *answer,
                           struct arena *arena, struct error *err)
{
    int http_status = answer->http_status;
    slice message;
    if (http_status == 200 || http_status == 206 || http_status == 304) {
        if (ask->head || !is_web_page(answer))
            return ST_OK;
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "Zenodo answered with a web page instead of a record; it may be under "
                          "maintenance");
    }
    message = message_of(answer, arena);
    if (http_status == 404)
        return error_code(err, ST_NOT_FOUND, "zenodo_record_not_found",
                          "Zenodo has no such record or file: %.*s", SLICE_ARG(message));
    if (http_status == 410)
        return error_code(err, ST_GONE, "zenodo_record_deleted",
                          "the record was deleted at Zenodo: %.*s", SLICE_ARG(message));
    if (http_status == 401 || http_status == 403)
        return error_code(err, ST_FORBIDDEN, "zenodo_restricted",
                          "Zenodo does not give this out: %.*s", SLICE_ARG(message));
    return error_code(err, ST_UPSTREAM, "zenodo_error", "Zenodo answered with status %d: %.*s",
                      http_status, SLICE_ARG(message));
}

/* Seconds that a throttled client shall wait; Retry-After with other statuses means nothing. */
static int64_t retry_after_ms(const struct outbound_answer *answer)
{
    uint64_t seconds;
    slice text = outbound_header(answer, "retry-after");
    if (!text.ptr || !slice_to_u64(text, &seconds) || seconds > 86400)
        return 0;
    return (int64_t)seconds * 1000;
}

/* --- tries --------------------------------------------------------------------------------------
 */

static bool is_cancelled(const struct zenodo *zenodo)
{
    return zenodo->cancelled && atomic_load_explicit(zenodo->cancelled, memory_order_relaxed);
}

static status pause_ms(const struct zenodo *zenodo, int64_t ms, struct error *err)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    int64_t end_ms = clock_mono_ms() + ms;
    while (clock_mono_ms() < end_ms) {
        if (is_cancelled(zenodo))
            return error_set(err, ST_CANCELLED, "the call was cancelled");
        (void)nanosleep(&look, NULL); /* a signal only makes it shorter */
    }
    return ST_OK;
}

static int64_t pause_of(int attempt)
{
    uint16_t chance;
    int64_t base = (int64_t)PAUSE_FIRST_MS << attempt;
    crypt_random(&chance, sizeof chance);
    return base + base * chance / (2 * UINT16_MAX);
}

/* Broken connections may heal; rules, sizes and checksums do not. A file that is not all there is a
 * broken connection, too. */
static bool is_passing(enum status_code rc, const struct zenodo_ask *ask,
                       const struct outbound_answer *answer)
{
    if (rc == ST_UPSTREAM || rc == ST_BUSY || (rc == ST_TIMEOUT && !ask->head))
        return true;
    if (rc != ST_OK)
        return false;
    if (answer->http_status == 429 || answer->http_status >= 500)
        return true;
    return ask->taken && answer->http_status < 300 && *ask->taken < ask->wanted;
}

static status give_up(struct zenodo *zenodo, status rc, const struct outbound_answer *answer,
                      int64_t wait_ms, struct error *err)
{
    zenodo->retry_after_s = wait_ms > 0 ? (int)((wait_ms + 999) / 1000) : RETRY_AFTER_DEFAULT_S;
    if (rc == ST_OK && answer->http_status == 429)
        return error_code(err, ST_BUSY, "zenodo_busy", "Zenodo asks for a pause of %d s",
                          zenodo->retry_after_s);
    if (rc == ST_OK && answer->http_status < 300)
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "the connection to Zenodo breaks before the end of the file");
    if (rc == ST_OK)
        return error_code(err, ST_BUSY, "zenodo_busy", "Zenodo answers with status %d",
                          answer->http_status);
    if (rc == ST_UPSTREAM && err && err->code)
        return rc; /* it has a sentence of its own */
    if (err)
        err->code = "zenodo_error";
    return error_wrap(err, ST_UPSTREAM, "Zenodo cannot be reached");
}

static status tries(struct zenodo *zenodo, const struct zenodo_ask *ask, struct arena *arena,
                    struct outbound_answer *ret, struct error *err)
{
    int64_t patience_ms = zenodo->patience_ms > 0 ? zenodo->patience_ms : PATIENCE_DEFAULT_MS;
    for (int attempt = 0;; attempt++) {
        status rc = hops(zenodo, ask, arena, ret, err);
        if (rc == ST_OK && !is_passing(rc, ask, ret))
            return answer_judge(ask, ret, arena, err);
        if (!is_passing(rc, ask, ret))
            return rc == ST_TIMEOUT ? give_up(zenodo, rc, ret, 0, err) : rc;
        int64_t told_ms = rc == ST_OK ? retry_after_ms(ret) : 0;
        int64_t wait_ms = told_ms > 0 ? told_ms : pause_of(attempt);
        if (attempt + 1 == TRIES_MAX || wait_ms > patience_ms ||
            (rc == ST_UPSTREAM && err && err->code))
            return give_up(zenodo, rc, ret, told_ms, err);
        patience_ms -= wait_ms;
        TRY(pause_ms(zenodo, wait_ms, err));
    }
}

status zenodo_try(struct zenodo *zenodo, const struct zenodo_ask *ask, struct arena *arena,
                  struct outbound_answer *ret, struct error *err)
{
    struct error own;
    error_clear(&own);
    turn_take();
    status rc = tries(zenodo, ask, arena, ret, &own);
    turn_give();
    if (rc != ST_OK && err)
        *err = own;
    return rc;
}

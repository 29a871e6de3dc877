/* Signing, sending, trying again, and reading S3's answers. */
#include "s3_ask.h"

#include "base/clock.h"
#include "config.h"
#include "egress.h"

#include <stdio.h>
#include <time.h>

enum {
    TRIES_MAX = 5,
    PAUSE_FIRST_MS = 200, /* doubles with each try */
    PAUSE_MAX_MS = 5000,
    LOOK_MS = 50,
    SMALL_TIMEOUT_MS = 30000,
    BYTES_PER_MS = 64, /* a transfer that is slower has failed */
};

/* --- where --------------------------------------------------------------------------------------
 */

struct s3_credentials s3_credentials_of(const struct config *config)
{
    return (struct s3_credentials){.access_key = config->s3_access_key,
                                   .secret_key = config->s3_secret_key,
                                   .session_token = config->s3_session_token,
                                   .region = config->s3_region};
}

status s3_place_of(const struct config *config, slice key, struct arena *arena,
                   struct s3_place *ret, struct error *err)
{
    size_t scheme;
    slice endpoint = config->s3_endpoint;
    slice bucket = config->s3_bucket;
    while (slice_has_suffix(endpoint, S("/")))
        endpoint.len--;
    if (bucket.len == 0 || !slice_find(endpoint, S("://"), &scheme) ||
        slice_find_byte(slice_from(endpoint, scheme + 3), '/', &(size_t){0}))
        return error_code(err, ST_CONFIG, "s3_refused",
                          "s3.endpoint must be a URL without a path, and s3.bucket be set");
    slice host = slice_from(endpoint, scheme + 3);
    const char *slash = key.len > 0 ? "/" : "";
    if (slice_eq(config->s3_addressing, S("virtual"))) {
        ret->host = arena_printf(arena, "%.*s.%.*s", SLICE_ARG(bucket), SLICE_ARG(host));
        ret->path = arena_printf(arena, "/%.*s", SLICE_ARG(key));
    } else {
        ret->host = host;
        ret->path = arena_printf(arena, "/%.*s%s%.*s", SLICE_ARG(bucket), slash, SLICE_ARG(key));
    }
    ret->origin =
        arena_printf(arena, "%.*s%.*s", (int)(scheme + 3), endpoint.ptr, SLICE_ARG(ret->host));
    return arena_check(arena, err);
}

/* --- XML ----------------------------------------------------------------------------------------
 *
 * The few flat elements of S3's answers, found by name: no nesting matters, no DTD is read, nothing
 * expands. */

static slice xml_decode(slice text, struct arena *arena)
{
    static const struct {
        slice name;
        char byte;
    } entities[] = {{SLICE_INIT("&lt;"), '<'},
                    {SLICE_INIT("&gt;"), '>'},
                    {SLICE_INIT("&amp;"), '&'},
                    {SLICE_INIT("&quot;"), '"'},
                    {SLICE_INIT("&apos;"), '\''}};
    char *out = (char *)arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (!out)
        return S("");
    for (size_t i = 0; i < text.len;) {
        size_t step = 1;
        out[len] = text.ptr[i];
        for (size_t e = 0; e < ARRAY_COUNT(entities); e++)
            if (slice_has_prefix(slice_from(text, i), entities[e].name)) {
                out[len] = entities[e].byte;
                step = entities[e].name.len;
            }
        len++;
        i += step;
    }
    return slice_make(out, len);
}

bool s3_xml_next(slice *rest, const char *name, struct arena *arena, slice *ret)
{
    char open[64], close[64];
    size_t at, end;
    (void)snprintf(open, sizeof open, "<%s>", name);
    (void)snprintf(close, sizeof close, "</%s>", name);
    if (!slice_find(*rest, slice_of(open), &at))
        return false;
    slice inside = slice_from(*rest, at + strlen(open));
    if (!slice_find(inside, slice_of(close), &end))
        return false;
    *ret = slice_sub(inside, 0, end);
    if (arena)
        *ret = xml_decode(*ret, arena);
    *rest = slice_from(inside, end + strlen(close));
    return true;
}

/* --- one request --------------------------------------------------------------------------------
 */

static uint64_t body_bytes(const struct s3_body *body)
{
    return body->is_fd ? body->fd_bytes : body->bytes.len;
}

static status send_once(struct s3 *s3, const struct s3_ask *ask, struct arena *arena,
                        struct outbound_answer *ret, struct error *err)
{
    const struct s3_credentials credentials = s3_credentials_of(s3->config);
    struct s3_place place;
    struct s3_signature signature;
    struct crypt_hash empty;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    TRY(s3_place_of(s3->config, ask->key, arena, &place, err));
    crypt_sha256(&empty, ask->body.is_fd ? S("") : ask->body.bytes);
    const struct crypt_hash *sum = ask->body.sha256 ? ask->body.sha256 : &empty;
    const struct s3_question question = {
        .method = ask->method,
        .host = place.host,
        .path = place.path,
        .query = ask->query,
        .query_count = ask->query_count,
        .payload = crypt_hex(hex, sum->bytes, sizeof sum->bytes),
        .now_ms = clock_wall_ms(),
    };
    TRY(s3_sign(&credentials, &question, arena, &signature, err));
    const struct outbound_header headers[] = {
        {S("Authorization"), signature.authorization},
        {S("x-amz-date"), signature.date},
        {S("x-amz-content-sha256"), question.payload},
        {S("x-amz-security-token"), credentials.session_token},
    };
    const struct outbound_request request = {
        .purpose = OUTBOUND_S3,
        .method = ask->method,
        .url = arena_printf(arena, "%.*s%.*s%s%.*s", SLICE_ARG(place.origin),
                            SLICE_ARG(signature.path), signature.query.len > 0 ? "?" : "",
                            SLICE_ARG(signature.query)),
        .headers = headers,
        .header_count = credentials.session_token.len > 0 ? 4 : 3,
        .body = ask->body.bytes,
        .body_fd = ask->body.fd,
        .body_fd_offset = ask->body.fd_offset,
        .body_fd_bytes = ask->body.is_fd ? ask->body.fd_bytes : 0,
        .sink = ask->part != NULL,
        .sink_fd = -1,
        .head = ask->head,
        .part = ask->part,
        .arg = ask->arg,
        .answer_max = ask->answer_max,
        .timeout_ms =
            SMALL_TIMEOUT_MS +
            (int64_t)((body_bytes(&ask->body) + (ask->part ? ask->answer_max : 0)) / BYTES_PER_MS),
        .cancelled = s3->cancelled,
    };
    TRY(arena_check(arena, err));
    return outbound_call(s3->outbound, &request, arena, ret, err);
}

/* --- what comes back ----------------------------------------------------------------------------
 */

static slice code_of(const struct outbound_answer *answer, struct arena *arena)
{
    slice rest = answer->body, code = S("");
    if (!slice_find(rest, S("<Error"), &(size_t){0}) || !s3_xml_next(&rest, "Code", arena, &code))
        return S("");
    return code;
}

static bool is_passing(status rc, const struct outbound_answer *answer, slice code)
{
    enum status_code value = rc;
    if (value == ST_UPSTREAM || value == ST_TIMEOUT || value == ST_BUSY)
        return true;
    return value == ST_OK && (answer->http_status >= 500 || answer->http_status == 429 ||
                              slice_eq(code, S("RequestTimeout")) || slice_eq(code, S("SlowDown")));
}

/* Where our region is wrong, the answer says the right one. */
static slice region_of(const struct outbound_answer *answer, struct arena *arena)
{
    slice rest = answer->body, region = outbound_header(answer, "x-amz-bucket-region");
    if (region.ptr)
        return region;
    return s3_xml_next(&rest, "Region", arena, &region) ? region : S("");
}

static status refused(const struct outbound_answer *answer, slice code, struct arena *arena,
                      struct error *err)
{
    char ours[TIME_TEXT_MAX];
    slice region = region_of(answer, arena);
    if (slice_eq(code, S("RequestTimeTooSkewed")))
        return error_code(err, ST_CONFIG, "s3_refused",
                          "S3 refuses our clock: it is %.*s here; set the time of this machine",
                          SLICE_ARG(time_rfc3339(clock_wall_ms(), ours)));
    if (region.len > 0)
        return error_code(err, ST_CONFIG, "s3_refused",
                          "the bucket is in the region '%.*s': change s3.region",
                          SLICE_ARG(slice_sub(region, 0, 40)));
    if (slice_eq(code, S("SignatureDoesNotMatch")) || slice_eq(code, S("InvalidAccessKeyId")))
        return error_code(err, ST_CONFIG, "s3_refused",
                          "S3 refuses the credentials (%.*s): check s3.access_key and "
                          "s3.secret_key",
                          SLICE_ARG(code));
    return error_code(err, ST_CONFIG, "s3_refused", "S3 refuses the request: status %d %.*s",
                      answer->http_status, SLICE_ARG(slice_sub(code, 0, 60)));
}

static status judge(const struct s3_ask *ask, const struct outbound_answer *answer, slice code,
                    struct arena *arena, struct error *err)
{
    int http_status = answer->http_status;
    /* Completing an upload can fail with status 200. */
    if (http_status >= 200 && http_status < 300 && code.len == 0)
        return ST_OK;
    if (http_status == 404 && ask->may_miss)
        return ST_OK;
    if (slice_eq(code, S("NoSuchBucket")) || (http_status == 404 && ask->key.len == 0))
        return error_code(err, ST_CONFIG, "s3_refused", "there is no such bucket: check s3.bucket");
    if (http_status == 404)
        return error_code(err, ST_NOT_FOUND, "s3_no_object", "the object is not in the store");
    if (http_status == 301 || http_status == 400 || http_status == 401 || http_status == 403)
        return refused(answer, code, arena, err);
    return error_code(err, ST_UPSTREAM, "s3_error", "S3 answered with status %d %.*s", http_status,
                      SLICE_ARG(slice_sub(code, 0, 60)));
}

static status pause_for(const struct s3 *s3, int attempt, struct error *err)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    int64_t ms = (int64_t)PAUSE_FIRST_MS << attempt;
    uint16_t chance;
    crypt_random(&chance, sizeof chance);
    ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
    for (int64_t end = clock_mono_ms() + ms / 2 + ms * chance / (2 * UINT16_MAX);
         clock_mono_ms() < end;) {
        if (s3->cancelled && atomic_load_explicit(s3->cancelled, memory_order_relaxed))
            return error_set(err, ST_CANCELLED, "the call was cancelled");
        (void)nanosleep(&look, NULL); /* a signal only makes it shorter */
    }
    return ST_OK;
}

status s3_try(struct s3 *s3, const struct s3_ask *ask, struct arena *arena,
              struct outbound_answer *ret, struct error *err)
{
    struct error own;
    for (int attempt = 0;; attempt++) {
        error_clear(&own);
        status rc = send_once(s3, ask, arena, ret, &own);
        slice code = rc == ST_OK ? code_of(ret, arena) : S("");
        if (is_passing(rc, ret, code) && attempt + 1 < TRIES_MAX && !own.code) {
            TRY(pause_for(s3, attempt, err));
            continue;
        }
        if (rc == ST_OK)
            return judge(ask, ret, code, arena, err);
        if (is_passing(rc, ret, code) && !own.code)
            return error_code(err, ST_UNREACHABLE, "s3_unreachable", "S3 cannot be reached: %.160s",
                              own.text);
        if (err)
            *err = own;
        return rc;
    }
}

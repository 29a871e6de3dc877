/* Calls to Stripe; see stripe.h. */
#include "stripe.h"

#include "app.h"
#include "base/crypt.h"
#include "call.h"
#include "config.h"
#include "outbound.h"

#include <time.h>

enum { DELAY_MIN_MS = 500, DELAY_MAX_MS = 5000, URL_MAX = 2048, HEADERS = 6 };

/* --- forms --- */

void stripe_form_add(struct buf *form, const char *name, slice value)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    if (form->len > 0)
        buf_put_byte(form, '&');
    buf_put_str(form, name);
    buf_put_byte(form, '=');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] && memchr(safe, value.ptr[i], sizeof safe - 1))
            buf_put_byte(form, value.ptr[i]);
        else
            buf_printf(form, "%%%02X", (unsigned)(unsigned char)value.ptr[i]);
    }
}

bool stripe_id_ok(slice id, const char *prefix)
{
    if (id.len > STRIPE_ID_MAX || !slice_has_prefix(id, slice_of(prefix)))
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
        if (!ok)
            return false;
    }
    return id.len > strlen(prefix);
}

/* --- one try --- */

struct attempt {
    const struct stripe_request *request;
    struct outbound_request wire;
    struct outbound_header headers[HEADERS];
};

static void add_header(struct attempt *a, const char *name, slice value)
{
    a->headers[a->wire.header_count++] = (struct outbound_header){slice_of(name), value};
}

static status prepare(const struct app *app, const struct stripe_request *request,
                      struct arena *arena, struct attempt *ret, struct error *err)
{
    const struct config *config = app->config;
    slice base = config->billing_api_base;
    *ret = (struct attempt){.request = request};
    ret->wire = (struct outbound_request){
        .purpose = OUTBOUND_STRIPE,
        .method = request->method,
        .url = arena_printf(arena, SLICE_FMT SLICE_FMT, SLICE_ARG(base), SLICE_ARG(request->path)),
        .body = request->form,
        .answer_max = STRIPE_ANSWER_MAX,
        .timeout_ms = STRIPE_TIMEOUT_MS,
        .cancelled = request->cancelled};
    add_header(
        ret, "Authorization",
        arena_printf(arena, "Bearer " SLICE_FMT, SLICE_ARG(config->billing_stripe_secret_key)));
    add_header(ret, "Stripe-Version", S(STRIPE_VERSION));
    add_header(ret, "Accept", S("application/json"));
    add_header(ret, "User-Agent", arena_printf(arena, "Sleuth/%s", app->version));
    if (strcmp(request->method, "POST") == 0) {
        add_header(ret, "Content-Type", S("application/x-www-form-urlencoded"));
        add_header(ret, "Idempotency-Key", request->idempotency_key);
    }
    TRY(arena_check(arena, err));
    ret->wire.headers = ret->headers;
    return ret->wire.url.len <= URL_MAX ? ST_OK : error_set(err, ST_INVALID, "the URL is too long");
}

static bool may_retry(status rc, const struct outbound_answer *answer)
{
    if (rc != ST_OK)
        return rc == ST_UPSTREAM || rc == ST_TIMEOUT || rc == ST_BUSY;
    slice advice = outbound_header(answer, "stripe-should-retry");
    if (slice_eq(advice, S("true")) || slice_eq(advice, S("false")))
        return slice_eq(advice, S("true"));
    return answer->http_status == 409 || answer->http_status == 429 || answer->http_status >= 500;
}

/* 0.5 s, 1 s, 2 s … up to 5 s, each by up to a half shorter, so that many do not come at once. */
static void wait_before(int tries)
{
    uint16_t chance;
    long ms = DELAY_MIN_MS << tries;
    if (ms > DELAY_MAX_MS)
        ms = DELAY_MAX_MS;
    crypt_random(&chance, sizeof chance);
    ms -= ms / 2 * chance / UINT16_MAX;
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL); /* an interrupted pause is a shorter one */
}

static bool is_cancelled(const struct stripe_request *request)
{
    return request->cancelled && atomic_load_explicit(request->cancelled, memory_order_relaxed);
}

static status try_all(struct outbound *outbound, const struct attempt *attempt, struct arena *arena,
                      struct outbound_answer *ret, struct error *err)
{
    status rc = ST_UNREACHABLE;
    for (int tries = 0; tries < STRIPE_TRIES; tries++) {
        if (tries > 0)
            wait_before(tries - 1);
        if (is_cancelled(attempt->request))
            return error_set(err, ST_CANCELLED, "the call was cancelled");
        error_clear(err);
        rc = outbound_call(outbound, &attempt->wire, arena, ret, err);
        if (!may_retry(rc, ret))
            break;
    }
    if (rc == ST_OK || rc == ST_FORBIDDEN || rc == ST_CANCELLED)
        return rc;
    return error_wrap(err, ST_UNREACHABLE, "Stripe cannot be reached");
}

/* --- answers --- */

static slice text_of(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static status judge(const struct outbound_answer *answer, struct arena *arena,
                    struct stripe_answer *ret, struct error *err)
{
    struct error unread = {0};
    ret->http_status = answer->http_status;
    ret->body = answer->body;
    ret->request_id = outbound_header(answer, "request-id");
    if (json_parse(answer->body, arena, &ret->root, &unread) != ST_OK)
        ret->root = NULL;
    if (answer->http_status >= 200 && answer->http_status < 300 && ret->root)
        return ST_OK;
    slice code = text_of(ret->root, "error.code");
    slice type = text_of(ret->root, "error.type");
    return error_code(err, ST_UPSTREAM, "provider_error", "Stripe answered %d %.*s %.*s",
                      answer->http_status, SLICE_ARG(slice_sub(type, 0, 60)),
                      SLICE_ARG(slice_sub(code, 0, 60)));
}

/* The command line without a server has no thread for outgoing calls of its own. */
static status with_own_outbound(struct app *app, const struct attempt *attempt, struct arena *arena,
                                struct outbound_answer *ret, struct error *err)
{
    struct outbound *own = app->outbound;
    if (own)
        return try_all(own, attempt, arena, ret, err);
    TRY(outbound_create(app->config, &own, err));
    status rc = try_all(own, attempt, arena, ret, err);
    outbound_destroy(&own);
    return rc;
}

status stripe_call(struct app *app, const struct stripe_request *request, struct arena *arena,
                   struct stripe_answer *ret, struct error *err)
{
    struct attempt attempt;
    struct outbound_answer answer = {0};
    const struct config *config = app->config;
    *ret = (struct stripe_answer){0};
    if (!slice_eq(config->billing_mode, S("stripe")) ||
        slice_eq(config->outbound_mode, S("airgap")))
        return error_code(err, ST_DISABLED, "billing_disabled",
                          "payments by card are not set up on this appliance");
    TRY(prepare(app, request, arena, &attempt, err));
    TRY(with_own_outbound(app, &attempt, arena, &answer, err));
    return judge(&answer, arena, ret, err);
}

status stripe_problem(struct call *call, status rc, const struct stripe_answer *answer)
{
    if (rc == ST_UPSTREAM) {
        call->problem.error = N_("Billing provider error");
        call_problem_members(call,
                             arena_printf(&call->arena, "\"provider_request_id\":\"" SLICE_FMT "\"",
                                          SLICE_ARG(slice_sub(answer->request_id, 0, 100))));
    } else if (rc == ST_UNREACHABLE) {
        call->problem.error = N_("Billing provider error");
        call->problem.http_status = 503;
        call->problem.retry_after_s = 30;
    }
    return rc;
}

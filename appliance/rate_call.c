/* The limits of a call: which ones hold for whom, the headers that tell, the 429 that refuses. */
#include "rate.h"

#include "address.h"
#include "app.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "call.h"
#include "config.h"
#include "hooks.h"
#include "idempotency.h"
#include "plans.h"
#include "storage/storage.h"

enum { LIMITS_MAX = 4, HEADER_BYTES = 256 };

/* Per call, in its arena. */
struct rate_state {
    struct rate_limit limits[LIMITS_MAX];
    struct rate_ask ask;
    bool taken;          /* rate_call_done may have to give it back */
    bool running;        /* holds one of the user's concurrent analyses */
    bool has_quota;      /* the user has a monthly quota */
    uint64_t quota_used; /* billed and reserved this month */
};

#define QUOTA_TYPE  "https://iana.org/assignments/http-problem-types#quota-exceeded"
#define QUOTA_TITLE N_("Request cannot be satisfied as assigned quota has been exceeded")

static struct rate_state *state_of(const struct call *call)
{
    return call->hook[HOOK_RATE];
}

/* --- which limits --- */

static void limit_add(struct rate_state *s, enum rate_kind kind, uint64_t id, uint64_t max,
                      uint32_t window_ms)
{
    if (max != PLAN_UNLIMITED)
        s->limits[s->ask.count++] =
            (struct rate_limit){.kind = kind, .id = id, .max = max, .window_ms = window_ms};
}

static void limits_of_key(const struct call *call, struct rate_state *s)
{
    const struct store_api_key *key = call->key;
    s->ask.home = call->user->id;
    limit_add(s, RATE_USER, call->user->id, call->plan->per_minute, RATE_MINUTE_MS);
    limit_add(s, RATE_USER, call->user->id, call->plan->per_day, 0);
    if (key->per_minute_max && key->per_minute_max < call->plan->per_minute)
        limit_add(s, RATE_KEY, key->id, key->per_minute_max, RATE_MINUTE_MS);
    if (key->per_day_max && key->per_day_max < call->plan->per_day)
        limit_add(s, RATE_KEY, key->id, key->per_day_max, 0);
}

static uint64_t session_number(const struct store_session *session)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8 && i < session->hash.len; i++)
        number = number << 8 | (unsigned char)session->hash.ptr[i];
    return number;
}

static void limits_choose(const struct call *call, struct rate_state *s)
{
    const struct config *config = call->app->config;
    if (call->actor != ACTOR_NONE && (call->route->flags & ROUTE_POLLING)) {
        s->ask.home = call->user->id;
        limit_add(s, RATE_POLL, call->user->id, (uint64_t)config->ratelimit_poll_per_minute,
                  RATE_MINUTE_MS);
    } else if (call->actor == ACTOR_KEY) {
        limits_of_key(call, s);
    } else if (call->actor == ACTOR_SESSION) {
        s->ask.home = call->user->id;
        limit_add(s, RATE_SESSION, session_number(call->session),
                  (uint64_t)config->ratelimit_session_per_minute, RATE_MINUTE_MS);
    } else {
        uint64_t group = address_group(call->client_address);
        s->ask.home = group;
        limit_add(s, RATE_ADDRESS, group, call->plan->per_minute, RATE_MINUTE_MS);
        limit_add(s, RATE_ADDRESS, group, call->plan->per_day, 0);
    }
}

static uint64_t count_of_today(const struct call *call, const struct store_counter *counter)
{
    return counter->index == (uint64_t)time_day(call->now_ms) ? counter->count : 0;
}

/* The day's counts of an earlier process, before the first request of the user is counted. */
static status day_restore(struct call *call)
{
    struct store_counter counter;
    struct rate *rate = call->app->rate;
    if (call->actor != ACTOR_KEY)
        return ST_OK;
    uint64_t user_id = call->user->id;
    if (!rate_day_known(rate, user_id)) {
        TRY(store_counter_get(call->txn, user_id, 'd', &counter));
        rate_day_set(rate, user_id, call->now_ms, count_of_today(call, &counter));
    }
    if (call->key->per_day_max && !rate_key_day_known(rate, user_id, call->key->id)) {
        TRY(store_key_day_get(call->txn, user_id, call->key->id, &counter));
        rate_key_day_set(rate, user_id, call->key->id, call->now_ms,
                         count_of_today(call, &counter));
    }
    return ST_OK;
}

static status quota_read(struct call *call, struct rate_state *s)
{
    struct store_usage_month month;
    if (!call->user || call->plan->analyses_per_month == PLAN_UNLIMITED)
        return ST_OK;
    TRY(store_analyses_get(call->txn, call->user->id, store_month(call->now_ms), &month));
    s->has_quota = true;
    s->quota_used = month.analyses + month.reserved;
    return ST_OK;
}

/* --- headers --- */

static uint64_t seconds_up(int64_t ms)
{
    return ms <= 0 ? 0 : (uint64_t)(ms + 999) / 1000;
}

/* One policy as the headers show it. */
struct policy {
    const char *name; /* "minute", "day", "analyses" */
    uint64_t max, used, window_s, reset_s;
};

static uint64_t remaining(const struct policy *p)
{
    return p->used < p->max ? p->max - p->used : 0;
}

static struct policy policy_of_limit(const struct rate_limit *limit)
{
    bool day = limit->window_ms == 0;
    return (struct policy){.name = day ? "day" : "minute",
                           .max = limit->max,
                           .used = limit->used,
                           .window_s = day ? 86400 : limit->window_ms / 1000,
                           .reset_s = seconds_up(limit->wait_ms)};
}

static struct policy policy_of_quota(const struct call *call, const struct rate_state *s)
{
    return (struct policy){.name = "analyses",
                           .max = call->plan->analyses_per_month,
                           .used = s->quota_used,
                           .window_s = 2592000,
                           .reset_s =
                               seconds_up(time_next_month_start(call->now_ms) - call->now_ms)};
}

/* Every policy once: a key's own limit replaces the user's of the same name when it is nearer. */
static size_t policies_collect(const struct call *call, const struct rate_state *s,
                               struct policy policies[static LIMITS_MAX + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < s->ask.count; i++) {
        struct policy p = policy_of_limit(&s->limits[i]);
        size_t at = 0;
        while (at < count && strcmp(policies[at].name, p.name) != 0)
            at++;
        if (at == count)
            policies[count++] = p;
        else if (remaining(&p) < remaining(&policies[at]))
            policies[at] = p;
    }
    if (s->has_quota)
        policies[count++] = policy_of_quota(call, s);
    return count;
}

/* The one with the smallest share left. */
static const struct policy *nearest(const struct policy *policies, size_t count)
{
    const struct policy *best = &policies[0];
    for (size_t i = 1; i < count; i++)
        if ((double)remaining(&policies[i]) * (double)(best->max ? best->max : 1) <
            (double)remaining(best) * (double)(policies[i].max ? policies[i].max : 1))
            best = &policies[i];
    return best;
}

/* One member of a list of the IETF draft, "minute";q=60;w=60 and "minute";r=59;t=60. */
static void policy_put(struct buf *out, const char *name, const char *first, uint64_t first_value,
                       const char *second, uint64_t second_value)
{
    buf_put_str(out, out->len ? ", \"" : "\"");
    buf_put_str(out, name);
    buf_put_str(out, first);
    buf_put_u64(out, first_value);
    buf_put_str(out, second);
    buf_put_u64(out, second_value);
}

static void headers_ietf(struct call *call, const struct policy *policies, size_t count)
{
    struct buf policy;
    struct buf state;
    buf_init_arena(&policy, &call->arena, HEADER_BYTES);
    buf_init_arena(&state, &call->arena, HEADER_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct policy *p = &policies[i];
        policy_put(&policy, p->name, "\";q=", p->max, ";w=", p->window_s);
        if (strcmp(p->name, "analyses") == 0)
            buf_put(&policy, S(";qu=\"analyses\""));
        policy_put(&state, p->name, "\";r=", remaining(p), ";t=", p->reset_s);
    }
    reply_header_kept(call, S("ratelimit-policy"), buf_slice(&policy));
    reply_header_kept(call, S("ratelimit"), buf_slice(&state));
}

static void header_number(struct call *call, slice name, uint64_t value)
{
    char *text = arena_array_raw(&call->arena, DECIMAL_TEXT_MAX, 1);
    if (text)
        reply_header_kept(call, name, slice_make(text, decimal_u64(value, text)));
}

/* violated: name of the policy that refuses, or NULL. */
static void headers_write(struct call *call, const struct rate_state *s, const char *violated)
{
    struct policy policies[LIMITS_MAX + 1];
    size_t count = policies_collect(call, s, policies);
    if (!count)
        return;
    const struct policy *shown = nearest(policies, count);
    for (size_t i = 0; i < count && violated; i++)
        if (strcmp(policies[i].name, violated) == 0)
            shown = &policies[i];
    header_number(call, S("x-ratelimit-limit"), shown->max);
    header_number(call, S("x-ratelimit-remaining"), remaining(shown));
    header_number(call, S("x-ratelimit-reset"), (uint64_t)(call->now_ms / 1000) + shown->reset_s);
    reply_header_kept(call, S("x-ratelimit-resource"), slice_of(shown->name));
    if (call->app->config->ratelimit_ietf_headers)
        headers_ietf(call, policies, count);
    uint64_t max = call->plan->analyses_per_month;
    if (s->has_quota && s->quota_used >= max)
        reply_header_kept(call, S("sleuth-quota-warning"), S("100"));
    else if (s->has_quota && s->quota_used >= max - max / 5)
        reply_header_kept(call, S("sleuth-quota-warning"), S("80"));
}

/* --- refusals --- */

static void problem_429(struct call *call, const struct policy *p)
{
    char text[TIME_TEXT_MAX];
    slice at = time_rfc3339((call->now_ms / 1000 + (int64_t)p->reset_s) * 1000, text);
    call->problem.error = N_("Rate limit exceeded");
    call->problem.type = QUOTA_TYPE;
    call->problem.title = QUOTA_TITLE;
    call->problem.retry_after_s = p->reset_s > INT32_MAX ? INT32_MAX : (int)p->reset_s;
    call_problem_members(call,
                         arena_printf(&call->arena,
                                      "\"violated-policies\":[\"%s\"],\"current_plan\":\"%s\","
                                      "\"retry_after\":%llu,\"reset_at\":\"" SLICE_FMT
                                      "\",\"upgrade_url\":\"/pricing\"",
                                      p->name, call->plan->slug, (unsigned long long)p->reset_s,
                                      SLICE_ARG(at)));
}

static status refuse(struct call *call, const struct rate_limit *limit, struct error *err)
{
    struct policy p = policy_of_limit(limit);
    headers_write(call, state_of(call), p.name);
    problem_429(call, &p);
    if (limit->window_ms == 0)
        return error_code(err, ST_RATE, "rate_limit_day",
                          "%llu requests per day allowed on the %s plan; retry in %llu s",
                          (unsigned long long)limit->max, call->plan->slug,
                          (unsigned long long)p.reset_s);
    return error_code(err, ST_RATE, "rate_limit_minute",
                      "%llu requests per minute allowed on the %s plan; retry in %llu s",
                      (unsigned long long)limit->max, call->plan->slug,
                      (unsigned long long)p.reset_s);
}

status rate_refuse_quota(struct call *call, struct error *err)
{
    struct rate_state *s = state_of(call);
    if (s && s->quota_used < call->plan->analyses_per_month)
        s->quota_used = call->plan->analyses_per_month; /* others were quicker meanwhile */
    struct policy p = policy_of_quota(call, s ? s : &(struct rate_state){0});
    if (s)
        headers_write(call, s, "analyses");
    problem_429(call, &p);
    return error_code(err, ST_QUOTA, "monthly_quota_exceeded",
                      "%llu analyses per month allowed on the %s plan; it starts again in %llu s",
                      (unsigned long long)call->plan->analyses_per_month, call->plan->slug,
                      (unsigned long long)p.reset_s);
}

status rate_check_quota(struct call *call, struct error *err)
{
    const struct rate_state *s = state_of(call);
    if (!s || !s->has_quota || !call->livemode || s->quota_used < call->plan->analyses_per_month)
        return ST_OK;
    return rate_refuse_quota(call, err);
}

void rate_counted(struct call *call, uint64_t quota_used)
{
    struct rate_state *s = state_of(call);
    if (!s)
        return;
    s->quota_used = quota_used;
    headers_write(call, s, NULL);
}

status rate_begin_analysis(struct call *call, struct error *err)
{
    struct rate_state *s = state_of(call);
    if (!s || !call->user || s->running)
        return ST_OK;
    s->running = rate_run_begin(call->app->rate, call->user->id, call->plan->concurrency);
    if (s->running)
        return ST_OK;
    struct policy p = {.name = "concurrency", .max = call->plan->concurrency, .reset_s = 1};
    problem_429(call, &p);
    return error_code(err, ST_RATE, "concurrency_limit",
                      "%llu analyses at the same time allowed on the %s plan; retry in %d s",
                      (unsigned long long)call->plan->concurrency, call->plan->slug, 1);
}

status rate_check_login(struct call *call, uint64_t account, struct error *err)
{
    uint64_t group = address_group(call->client_address);
    struct rate_limit per_account = {.kind = RATE_LOGIN_ACCOUNT,
                                     .id = account,
                                     .max = RATE_LOGIN_ACCOUNT_MAX,
                                     .window_ms = RATE_LOGIN_MS};
    struct rate_limit per_address = {.kind = RATE_LOGIN_ADDRESS,
                                     .id = group,
                                     .max = RATE_LOGIN_ADDRESS_MAX,
                                     .window_ms = RATE_LOGIN_MS};
    struct rate_ask asks[] = {
        {.home = group, .limits = &per_address, .count = 1, .mono_ms = clock_mono_ms()},
        {.home = account, .limits = &per_account, .count = 1, .mono_ms = clock_mono_ms()}};
    if (!call->app->rate)
        return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(asks); i++) {
        int verdict = rate_take(call->app->rate, &asks[i]);
        if (verdict == RATE_ADMITTED)
            continue;
        if (verdict == RATE_NO_ROOM)
            return error_set(err, ST_BUSY, "the server is busy; try again");
        struct policy p = policy_of_limit(&asks[i].limits[0]);
        problem_429(call, &p);
        return error_code(err, ST_RATE, "login_limit", "too many tries; retry in %llu s",
                          (unsigned long long)p.reset_s);
    }
    return ST_OK;
}

void rate_login_passed(struct call *call, uint64_t account)
{
    if (call->app->rate)
        rate_forget(call->app->rate, account, RATE_LOGIN_ACCOUNT, account);
}

/* --- the hook --- */

status rate_call(struct call *call, struct error *err)
{
    if (call->actor == ACTOR_HOST) /* for a user, or without one: not limited, but done once */
        return call->route->flags & ROUTE_IDEMPOTENT ? idempotency_call(call, err) : ST_OK;
    if (!call->app->rate || call->route->need == NEED_NOTHING)
        return ST_OK;
    struct rate_state *s = arena_alloc(&call->arena, sizeof *s);
    if (!s)
        return arena_check(&call->arena, err);
    call->hook[HOOK_RATE] = s;
    s->ask.limits = s->limits;
    s->ask.mono_ms = clock_mono_ms();
    s->ask.wall_ms = call->now_ms;
    limits_choose(call, s);
    TRY(day_restore(call));
    TRY(quota_read(call, s));
    if (call->route->flags & ROUTE_UNCOUNTED) {
        rate_look(call->app->rate, &s->ask);
        headers_write(call, s, NULL);
        return ST_OK;
    }
    int verdict = rate_take(call->app->rate, &s->ask);
    if (verdict == RATE_NO_ROOM)
        return error_set(err, ST_BUSY, "the server is busy; try again");
    if (verdict != RATE_ADMITTED)
        return refuse(call, &s->limits[verdict], err);
    s->taken = true;
    headers_write(call, s, NULL);
    return call->route->flags & ROUTE_IDEMPOTENT ? idempotency_call(call, err) : ST_OK;
}

void rate_call_done(struct call *call)
{
    struct rate_state *s = state_of(call);
    if (!s)
        return;
    if (s->running)
        rate_run_end(call->app->rate, call->user->id);
    bool refused_later = call->result == ST_RATE || call->result == ST_QUOTA;
    if (s->taken && (refused_later || call->reply.http_status == 304))
        rate_give_back(call->app->rate, &s->ask);
    s->running = s->taken = false;
}

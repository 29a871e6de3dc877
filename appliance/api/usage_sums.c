/* Sums of usage: which rows count, how they group, how they look. */
#include "api/usage_api.h"

#include "base/clock.h"
#include "body.h"

enum { RANGE_DAYS = 30, DAY_MS = 86400000, HOUR_MS = 3600000, ZONE_HOURS_MAX = 14 };

static const struct {
    const char *name;
    enum usage_group group;
} groups[] = {{"day", GROUP_DAY}, {"hour", GROUP_HOUR},     {"endpoint", GROUP_ENDPOINT},
              {"key", GROUP_KEY}, {"status", GROUP_STATUS}, {"user", GROUP_USER}};

/* --- the question --- */

static status date_query(const struct call *call, const char *name, int64_t fallback_ms,
                         int64_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    *ret = fallback_ms;
    if (!text.ptr || time_parse(text, ret))
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_field", "parameter '%s' must be a date", name);
}

/* "UTC", "+08:00", "-05:00"; a '+' may have become a blank on its way through a query. */
static bool zone_parse(slice text, int64_t *ret_ms)
{
    uint64_t hours;
    if (slice_eq(text, S("UTC")) || slice_eq(text, S("Z"))) {
        *ret_ms = 0;
        return true;
    }
    if (text.len != 6 || !slice_has_suffix(text, S(":00")) ||
        !slice_to_u64(slice_sub(text, 1, 2), &hours) || hours > ZONE_HOURS_MAX)
        return false;
    bool west = text.ptr[0] == '-';
    if (!west && text.ptr[0] != '+' && text.ptr[0] != ' ')
        return false;
    *ret_ms = (west ? -1 : 1) * (int64_t)hours * HOUR_MS;
    return true;
}

static status group_read(const struct call *call, bool may_group_users, enum usage_group *ret,
                         struct error *err)
{
    slice by = call_query(call, "group_by");
    *ret = GROUP_DAY;
    if (!by.ptr)
        return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(groups); i++)
        if (slice_eq(by, slice_of(groups[i].name)) &&
            (groups[i].group != GROUP_USER || may_group_users)) {
            *ret = groups[i].group;
            return ST_OK;
        }
    return error_code(err, ST_INVALID, "invalid_field", "parameter 'group_by' must be one of %s",
                      may_group_users ? "day, hour, endpoint, key, status, user"
                                      : "day, hour, endpoint, key, status");
}

static bool needs_hours(const struct usage_question *question)
{
    return question->group == GROUP_HOUR || question->group == GROUP_STATUS ||
           question->offset_ms != 0;
}

status usage_question_read(const struct call *call, uint64_t user_id, bool may_group_users,
                           struct usage_question *ret, struct error *err)
{
    int64_t from;
    int64_t to;
    slice zone = call_query(call, "tz");
    *ret = (struct usage_question){0};
    if (zone.ptr && !zone_parse(zone, &ret->offset_ms))
        return error_code(err, ST_INVALID, "invalid_field",
                          "parameter 'tz' must be UTC or an offset in whole hours such as +08:00");
    TRY(group_read(call, may_group_users, &ret->group, err));
    bool zone_fits = !ret->offset_ms || ret->group == GROUP_DAY || ret->group == GROUP_HOUR ||
                     ret->group == GROUP_STATUS;
    if (!zone_fits)
        return error_code(err, ST_INVALID, "invalid_field",
                          "sums by %s are kept in UTC days; leave out 'tz'",
                          ret->group == GROUP_KEY ? "key" : "endpoint or user");
    int64_t today = time_day_start(call->now_ms + ret->offset_ms);
    TRY(date_query(call, "from", today - (int64_t)(RANGE_DAYS - 1) * DAY_MS, &from, err));
    TRY(date_query(call, "to", today, &to, err));
    if (from < 0 || from > to || to - from > (int64_t)USAGE_RANGE_DAYS_MAX * DAY_MS)
        return error_code(err, ST_INVALID, "invalid_field", "parameter '%s' must be a date",
                          "from");
    if (needs_hours(ret) && to - from >= (int64_t)USAGE_HOURS_DAYS_MAX * DAY_MS)
        return error_code(err, ST_INVALID, "invalid_field",
                          "sums by hour or status, or with a time zone, cover at most %d days",
                          USAGE_HOURS_DAYS_MAX);
    int64_t first = time_day_start(from) - ret->offset_ms;
    ret->range = (struct store_usage_range){
        .user_id = user_id,
        .from_ms = first > 0 ? first : 0,
        .to_ms = time_day_start(to) + DAY_MS - ret->offset_ms,
    };
    return ST_OK;
}

/* --- adding up --- */

static bool same_group(enum usage_group group, const struct usage_row *a, const struct usage_row *b)
{
    switch (group) {
    case GROUP_DAY:
        return a->day == b->day;
    case GROUP_HOUR:
        return a->hour == b->hour;
    case GROUP_ENDPOINT:
        return slice_eq(a->endpoint, b->endpoint);
    case GROUP_KEY:
        return a->api_key_id == b->api_key_id;
    case GROUP_STATUS:
        return a->status == b->status;
    case GROUP_USER:
        return a->user_id == b->user_id;
    }
    return false;
}

static bool add_row(struct usage_sums *sums, const struct usage_row *one)
{
    struct usage_row *row = NULL;
    for (size_t i = sums->count; i-- > 0 && !row;) /* neighbours come together: from the end */
        if (same_group(sums->question.group, &sums->rows[i], one))
            row = &sums->rows[i];
    if (!row && sums->count == USAGE_GROUPS_MAX) {
        sums->full = true;
        return false;
    }
    if (!row) {
        row = &sums->rows[sums->count++];
        *row = *one;
        row->endpoint = arena_copy(&sums->call->arena, one->endpoint);
        return true;
    }
    row->calls += one->calls;
    row->analyses += one->analyses;
    row->errors += one->errors;
    row->cached += one->cached;
    store_hist_merge(&row->latency, &one->latency);
    return true;
}

static bool add_day(void *arg, const struct store_usage_day *day)
{
    const struct usage_row one = {.day = day->day,
                                  .user_id = day->user_id,
                                  .api_key_id = day->api_key_id,
                                  .endpoint = day->endpoint,
                                  .calls = day->calls,
                                  .analyses = day->analyses,
                                  .errors = day->errors,
                                  .cached = day->cached,
                                  .latency = day->latency};
    return add_row(arg, &one);
}

/* Hour and day are those of the zone. */
static bool add_hour(void *arg, const struct store_usage_hour *hour)
{
    struct usage_sums *sums = arg;
    int64_t local_ms = (int64_t)hour->hour * HOUR_MS + sums->question.offset_ms;
    const struct usage_row one = {.day = store_day(local_ms),
                                  .hour = store_hour(local_ms),
                                  .status = hour->status,
                                  .user_id = hour->user_id,
                                  .endpoint = S(""),
                                  .calls = hour->calls,
                                  .analyses = hour->analyses,
                                  .errors = hour->status >= 400 ? hour->calls : 0,
                                  .latency = hour->latency};
    return add_row(sums, &one);
}

status usage_sum_question(struct call *call, const struct usage_question *question,
                          struct usage_sums *ret, struct error *err)
{
    *ret = (struct usage_sums){.question = *question, .call = call};
    ret->rows = arena_array(&call->arena, USAGE_GROUPS_MAX, sizeof *ret->rows);
    if (!ret->rows)
        return arena_check(&call->arena, err);
    if (needs_hours(question))
        TRY(store_usage_hours(call->txn, &question->range, add_hour, ret));
    else
        TRY(store_usage_days(call->txn, &question->range, add_day, ret));
    if (ret->full)
        return error_code(err, ST_LIMIT, "too_many_rows", "more than %d rows; ask for fewer days",
                          USAGE_GROUPS_MAX);
    return arena_check(&call->arena, err);
}

status usage_sum(struct call *call, const struct store_usage_range *range, enum usage_group group,
                 struct usage_sums *ret, struct error *err)
{
    const struct usage_question question = {.range = *range, .group = group};
    return usage_sum_question(call, &question, ret, err);
}

/* --- showing --- */

/* "2026-11-18T11:00:00+08:00" */
static slice hour_text(const struct usage_sums *sums, const struct usage_row *row)
{
    char text[TIME_TEXT_MAX];
    int64_t offset_ms = sums->question.offset_ms;
    slice time = time_rfc3339((int64_t)row->hour * HOUR_MS, text);
    if (offset_ms == 0)
        return arena_copy(&sums->call->arena, time);
    int64_t hours = (offset_ms < 0 ? -offset_ms : offset_ms) / HOUR_MS;
    return arena_printf(&sums->call->arena, "%.19s%c%02d:00", time.ptr, offset_ms < 0 ? '-' : '+',
                        (int)hours);
}

static void group_write(struct json_out *w, const struct usage_sums *sums,
                        const struct usage_row *row)
{
    char text[TIME_TEXT_MAX];
    switch (sums->question.group) {
    case GROUP_DAY:
        json_key_str(w, "date", time_date((int64_t)row->day * DAY_MS, text));
        break;
    case GROUP_HOUR:
        json_key_str(w, "hour", hour_text(sums, row));
        break;
    case GROUP_ENDPOINT:
        json_key_str(w, "endpoint", row->endpoint);
        break;
    case GROUP_KEY:
        json_key_u64(w, "api_key_id", row->api_key_id);
        break;
    case GROUP_STATUS:
        json_key_u64(w, "status", row->status);
        break;
    case GROUP_USER:
        json_key_u64(w, "user_id", row->user_id);
        break;
    }
}

void usage_rows_write(struct json_out *w, const char *name, const struct usage_sums *sums)
{
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < sums->count; i++) {
        const struct usage_row *row = &sums->rows[i];
        json_object(w);
        group_write(w, sums, row);
        json_key_u64(w, "requests", row->calls);
        json_key_u64(w, "analyses", row->analyses);
        json_key_u64(w, "errors", row->errors);
        json_key_f64(w, "p50_ms", (double)store_hist_quantile_us(&row->latency, 0.5) / 1000);
        json_key_f64(w, "p95_ms", (double)store_hist_quantile_us(&row->latency, 0.95) / 1000);
        json_end(w);
    }
    json_end(w);
}

status usage_answer(struct call *call, const struct usage_question *question, struct error *err)
{
    struct usage_sums sums;
    char from[TIME_TEXT_MAX];
    char to[TIME_TEXT_MAX];
    const struct store_usage_range *range = &question->range;
    TRY(usage_sum_question(call, question, &sums, err));
    struct json_out *w = reply_json(call, 200);
    json_key_str(w, "from", time_date(range->from_ms + question->offset_ms, from));
    json_key_str(w, "to", time_date(range->to_ms + question->offset_ms - DAY_MS, to));
    usage_rows_write(w, "rows", &sums);
    return reply_end_tagged(call, err);
}

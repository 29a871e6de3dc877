/* Tests of usage as callers read it: statistics, sums, export, me; and of the administrator's. */
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static uint64_t user;

#define CSV                                                                                        \
    "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,performance,constraint_x\\n"     \
    "1,A,0.7,100\\n1,B,0.6,100\\n2,A,0.72,110\\n2,B,0.63,110\\n\"}"

static void start(void)
{
    struct error err = {0};
    gate_open(&g);
    user = gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    for (int i = 0; i < 3; i++) {
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, ""));
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys/77", key, ""));
    }
    gate_end(gate_run(&g, METHOD_POST, "/api/detect", key, CSV));
    ck_ok(usage_flush(&g.app, g.now_ms, &err));
}

static void expect(const char *path, const char *query, int http_status, const char *says)
{
    g.query = query;
    struct call *call = gate_run(&g, METHOD_GET, path, key, "");
    gate_expect(call, http_status, says);
    gate_end(call);
}

START_TEST(statistics_have_the_plans_fields_and_thirty_days)
{
    start();
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/stats", key, "");
    gate_expect(call, 200,
                "{\"plan\":\"pro\",\"usage\":{\"monthly\":7,\"total\":7,"
                "\"daily_trend\":[{\"date\":\"");
    size_t days = 0;
    size_t at;
    for (slice rest = gate_body(call); slice_find(rest, S("{\"date\":"), &at); days++)
        rest = slice_from(rest, at + 1);
    ck_assert_uint_eq(days, 30);
    gate_expect(call, 200, "\"count\":7}]");
    gate_expect(call, 200, "\"analyses\":{\"monthly\":1,\"limit\":1000,\"remaining\":999");
    gate_expect(call, 200, "\"errors_monthly\":3");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(sums_group_as_asked)
{
    start();
    expect("/api/usage", NULL, 200, "\"requests\":7,\"analyses\":1,\"errors\":3");
    expect("/api/usage", "group_by=endpoint", 200,
           "{\"endpoint\":\"/api/detect\",\"requests\":1,\"analyses\":1,\"errors\":0");
    expect("/api/usage", "group_by=key", 200, "\"api_key_id\":1,\"requests\":7");
    expect("/api/usage", "from=2020-01-01&to=2020-01-31", 200, "\"rows\":[]");
    expect("/api/usage", "from=nonsense", 400, "'from'");
    expect("/api/usage", "group_by=mood", 400, "group_by");
    gate_close(&g);
}
END_TEST

START_TEST(hours_and_statuses_are_groups_too)
{
    start();
    expect("/api/usage", "group_by=status", 200, "{\"status\":404,\"requests\":3,\"analyses\":0,");
    expect("/api/usage", "group_by=status", 200, "{\"status\":200,\"requests\":4,\"analyses\":1,");
    expect("/api/usage", "group_by=hour", 200, "\"requests\":7,\"analyses\":1,\"errors\":3");
    expect("/api/usage", "group_by=hour&tz=+08:00", 200, ":00:00+08:00\",\"requests\":7");
    expect("/api/usage", "group_by=day&tz=-11:00", 200, "\"requests\":7,\"analyses\":1");
    expect("/api/usage", "group_by=hour&from=2026-01-01", 400, "at most 31 days");
    expect("/api/usage", "group_by=key&tz=+08:00", 400, "leave out");
    expect("/api/usage", "tz=Asia/Shanghai", 400, "'tz'");
    expect("/api/usage", "tz=+05:30", 400, "whole hours");
    expect("/api/usage", "group_by=user", 400, "group_by");
    gate_close(&g);
}
END_TEST

START_TEST(single_calls_come_in_pages_newest_first)
{
    start();
    expect("/api/usage/records", "limit=1", 200,
           "\"endpoint\":\"/api/"
           "detect\",\"method\":\"POST\",\"status_code\":200,\"processing_time\":");
    g.query = "limit=2";
    struct call *call = gate_run(&g, METHOD_GET, "/api/usage/records", key, "");
    ck_assert(slice_find(gate_reply_header(call, "Link"), S("</api/usage/records?limit=2&cursor="),
                         &(size_t){0}));
    gate_end(call);
    expect("/api/usage/records", "order=oldest&limit=200", 200, "\"next_cursor\":null");
    expect("/api/usage/records", "cursor=xx", 400, "cursor");
    gate_close(&g);
}
END_TEST

/* The answer of a stream, all chunks of it. */
static slice export_with(const char *query, const char *with)
{
    static char text[1 << 16];
    g.query = query;
    struct call *call = gate_run(&g, METHOD_GET, "/api/usage/export", with, "");
    ck_assert_int_eq(call->reply.http_status, 200);
    size_t len = gate_drain(call, text, sizeof text);
    gate_end(call);
    return slice_make(text, len);
}

static void holds(slice text, const char *part)
{
    ck_assert_msg(slice_find(text, slice_of(part), &(size_t){0}), "%s in " SLICE_FMT, part,
                  SLICE_ARG(text));
}

START_TEST(raw_rows_are_for_plan_business)
{
    char rich[API_KEY_LEN + 1];
    struct error err = {0};
    start();
    expect("/api/usage/export", "rows=calls", 403, "\"required_plan\":\"business\"");
    expect("/api/usage/export", "rows=everything", 400, "'rows'");
    (void)gate_user(&g, "b@example.com", "business", SCOPES_ALL, rich, NULL);
    for (int i = 0; i < 250; i++)
        gate_end(gate_run(&g, METHOD_GET, "/api/dashboard/keys", rich, ""));
    ck_ok(usage_flush(&g.app, g.now_ms, &err));
    slice csv = export_with("rows=calls", rich);
    size_t lines = 0;
    for (size_t i = 0; i < csv.len; i++)
        lines += csv.ptr[i] == '\n';
    ck_assert_uint_eq(lines, 251); /* its own calls and the head, over several pages */
    holds(csv, ",\"/api/dashboard/keys\",\"GET\",200,");
    slice jsonl = export_with("rows=calls&format=jsonl", rich);
    holds(jsonl, "\"status_code\":200");
    gate_close(&g);
}
END_TEST

/* Request ids are the clients' own words. */
START_TEST(cells_that_look_like_formulas_are_quoted)
{
    char rich[API_KEY_LEN + 1];
    struct error err = {0};
    start();
    (void)gate_user(&g, "b@example.com", "business", SCOPES_ALL, rich, NULL);
    const struct store_usage_call evil = {.at_ms = g.now_ms,
                                          .user_id = user + 1,
                                          .method = S("GET"),
                                          .endpoint = S("=1+1"),
                                          .status = 200,
                                          .request_id = S("-2\"x")};
    store_writer_stop(g.t.store);
    ck_assert_int_eq(store_usage_log(temp_write(&g.t), g.now_ms + 999, 3, &evil, 1), ST_OK);
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
    slice csv = export_with("rows=calls", rich);
    holds(csv, ",\"'=1+1\",\"GET\",");
    holds(csv, ",\"'-2\"\"x\",");
    gate_close(&g);
}
END_TEST

START_TEST(export_gives_rows_and_me_tells_who)
{
    start();
    holds(export_with(NULL, key), ",1,\"/api/detect\",1,1,0\r\n");
    holds(export_with("format=jsonl", key),
          "\"endpoint\":\"/api/detect\",\"requests\":1,\"analyses\":1");
    expect("/api/me", NULL, 200, "\"email\":\"a@example.com\",\"name\":\"\",\"plan\":\"pro\"");
    gate_close(&g);
}
END_TEST

START_TEST(another_user_sees_nothing_of_it)
{
    start();
    (void)gate_user(&g, "b@example.com", "pro", SCOPES_ALL, key, NULL);
    expect("/api/usage", NULL, 200, "\"rows\":[]");
    expect("/api/dashboard/stats", NULL, 200, "\"monthly\":0,\"total\":0");
    gate_close(&g);
}
END_TEST

static void host(const char *path, const char *query, const char *says)
{
    g.actor = ACTOR_HOST;
    g.query = query;
    struct call *call = gate_run(&g, METHOD_GET, path, NULL, "");
    gate_expect(call, 200, says);
    gate_end(call);
}

START_TEST(the_administrator_sees_all_and_can_verify)
{
    start();
    gate_end(gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{}"));
    host("/api/admin/usage", NULL, "\"requests\":7,\"analyses\":1,\"errors\":3");
    host("/api/admin/usage", "group_by=user", "{\"user_id\":1,\"requests\":7");
    host("/api/admin/usage", "group_by=user&user=2", "\"rows\":[]");
    host("/api/admin/usage/verify", NULL, "\"ok\":true,\"users\":1,\"analyses\":1");
    host("/api/admin/audit", NULL, "\"action\":\"key.create\"");
    host("/api/admin/audit/verify", NULL, "\"ok\":true,\"entries\":1");
    host("/api/admin/config", NULL, "\"name\":\"http.listen\",\"value\":\"127.0.0.1:5000\"");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_usage", statistics_have_the_plans_fields_and_thirty_days, sums_group_as_asked,
          hours_and_statuses_are_groups_too, single_calls_come_in_pages_newest_first,
          raw_rows_are_for_plan_business, cells_that_look_like_formulas_are_quoted,
          export_gives_rows_and_me_tells_who, another_user_sees_nothing_of_it,
          the_administrator_sees_all_and_can_verify)

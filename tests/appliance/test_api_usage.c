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

START_TEST(export_gives_rows_and_me_tells_who)
{
    start();
    expect("/api/usage/export", NULL, 200, ",1,\"/api/detect\",1,1,0\r\n");
    expect("/api/usage/export", "format=jsonl", 200,
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
          export_gives_rows_and_me_tells_who, another_user_sees_nothing_of_it,
          the_administrator_sees_all_and_can_verify)

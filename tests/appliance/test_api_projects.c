/* Tests of the project routes on a store: the host acts for users, additions are looks, quotas and
 * conflicts, what is kept. */
#include "lib/gate.h"

#include "json.h"

#include "base/clock.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static uint64_t ann;
static char project[STORE_ID_MAX], path[256];

static struct call *ask(enum method method, const char *tail, const char *body)
{
    (void)snprintf(path, sizeof path, "/api/projects/%s%s", project, tail);
    return gate_run(&g, method, path, key, body);
}

static void expect(enum method method, const char *tail, const char *body, int http_status,
                   const char *part)
{
    struct call *call = ask(method, tail, body);
    gate_expect(call, http_status, part);
    gate_end(call);
}

static void begin(const char *plan)
{
    const struct json *root;
    struct error err = {0};
    gate_open(&g);
    ann = gate_user(&g, "ann@example.org", plan, SCOPE_DETECT, key, NULL);
    struct call *call = gate_run(&g, METHOD_POST, "/api/projects", key, "{\"name\":\"p\"}");
    gate_expect(call, 201, "\"rounds_total\":0");
    ck_ok(json_parse(gate_body(call), &call->arena, &root, &err));
    (void)snprintf(project, sizeof project, SLICE_FMT, SLICE_ARG(json_find(root, "id")->text));
    gate_end(call);
}

#define ROW(t, y)                                                                                  \
    "{\"time_period\":" #t ",\"algorithm\":\"A\",\"performance\":" #y ",\"constraint_x\":" #t "}"
#define ROWS "{\"rows\":[" ROW(1, 0.5) "," ROW(2, 0.6) "]}"

START_TEST(projects_need_the_plan_that_has_them)
{
    gate_open(&g);
    (void)gate_user(&g, "free@example.org", "free", SCOPE_DETECT, key, NULL);
    struct call *call = gate_run(&g, METHOD_POST, "/api/projects", key, "{\"name\":\"p\"}");
    gate_expect(call, 403, "\"required_plan\":\"pro\"");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(an_addition_is_counted_once_and_kept)
{
    begin("pro");
    struct call *call = ask(METHOD_POST, "/rounds", ROWS);
    gate_expect(call, 200, "\"rounds_total\":2,\"changed\":true");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "1");
    gate_end(call);
    call = ask(METHOD_POST, "/rounds", ROWS);
    gate_expect(call, 200, "\"already_recorded\":true");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "0");
    gate_end(call);
    expect(METHOD_GET, "", "", 200,
           "\"additions\":1,\"rounds_total\":2,\"rows\":2,\"grade\":\"C\"");
    expect(METHOD_GET, "/rounds", "", 200, "\"number\":1,\"source\":\"upload\"");
    expect(METHOD_GET, "/verdicts", "", 200, "\"rule\":\"spending_open_end\"");
    gate_close(&g);
}
END_TEST

START_TEST(test_keys_are_not_billed)
{
    struct store_api_key record;
    begin("pro");
    gate_close(&g);
    gate_open(&g);
    ann = gate_user(&g, "ann@example.org", "pro", SCOPE_DETECT, key, &record);
    record.livemode = false;
    gate_put_key(&g, &record);
    struct call *call = gate_run(&g, METHOD_POST, "/api/projects", key, "{\"name\":\"p\"}");
    const struct json *root;
    struct error err = {0};
    ck_ok(json_parse(gate_body(call), &call->arena, &root, &err));
    (void)snprintf(project, sizeof project, SLICE_FMT, SLICE_ARG(json_find(root, "id")->text));
    gate_end(call);
    call = ask(METHOD_POST, "/rounds", ROWS);
    gate_expect(call, 200, "\"rounds_total\":2");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "0");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(bad_additions_are_refused_with_the_place)
{
    begin("pro");
    expect(METHOD_POST, "/rounds", "", 400, "no log");
    expect(METHOD_POST, "/rounds", "{}", 400, "Missing required field: ledger");
    expect(METHOD_POST, "/rounds", "{\"rows\":[]}", 400, "no_rounds");
    expect(METHOD_POST, "/rounds", "{\"rows\":[{}]}", 400, "row 1");
    expect(METHOD_POST, "/rounds", "{\"rows\":7}", 400, "'rows' must be a list");
    expect(METHOD_POST, "/rounds", "{\"rows\":[" ROW(1, 0.5) "],\"extra\":1}", 400, "extra");
    expect(METHOD_POST, "/rounds", "{\"ledger\":[" ROW(1, 0.5) "]}", 400, "row 1");
    g.query = "round_by=moon";
    expect(METHOD_POST, "/rounds", ROWS, 400, "'round_by': 'moon'");
    expect(METHOD_GET, "", "", 200, "\"additions\":0");
    gate_close(&g);
}
END_TEST

START_TEST(the_host_acts_for_a_user_and_only_with_a_name)
{
    char query[64];
    begin("pro");
    (void)snprintf(path, sizeof path, "/api/projects/%s", project);
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, METHOD_GET, path, NULL, "");
    gate_expect(call, 400, "for_user=ID");
    gate_end(call);
    (void)snprintf(query, sizeof query, "for_user=%llu", (unsigned long long)ann);
    g.actor = ACTOR_HOST;
    g.query = query;
    call = gate_run(&g, METHOD_GET, path, NULL, "");
    gate_expect(call, 200, "\"name\":\"p\"");
    gate_end(call);
    g.actor = ACTOR_HOST;
    g.query = "for_user=99";
    call = gate_run(&g, METHOD_GET, path, NULL, "");
    gate_expect(call, 404, "user_not_found");
    gate_end(call);
    g.query = query; /* over the network the parameter means nothing */
    call = gate_run(&g, METHOD_GET, path, NULL, "");
    gate_expect(call, 401, "missing_api_key");
    gate_end(call);
    (void)snprintf(path, sizeof path, "/api/projects/%s/deviations/1/approve", project);
    g.actor = ACTOR_HOST;
    g.query = query; /* ann is no reviewer, whoever types */
    call = gate_run(&g, METHOD_POST, path, NULL, "{\"reason\":\"x\"}");
    gate_expect(call, 403, "role_required");
    gate_end(call);
    gate_close(&g);
}
END_TEST

#define PLAN                                                                                       \
    "{\"protocol\":{\"constraint_x\":1},\"splits\":[\"unknown\"],\"metric\":\"performance\","      \
    "\"planned_rounds\":9}"

START_TEST(a_frozen_table_is_compared_too)
{
    begin("pro");
    expect(METHOD_GET, "/freeze", "", 404, "not_frozen");
    expect(METHOD_POST, "/freeze", PLAN, 201, "\"algorithm\":\"Ed25519\"");
    expect(METHOD_POST, "/freeze", PLAN, 409, "already_frozen");
    expect(METHOD_POST, "/rounds", "{\"rows\":[" ROW(1, 0.5) "]}", 200, "\"deviations\":[]");
    expect(METHOD_POST, "/rounds", "{\"rows\":[" ROW(2, 0.5) "]}", 200,
           "\"kind\":\"protocol_changed\"");
    expect(METHOD_GET, "/deviations", "", 200,
           "\"field\":\"constraint_x\",\"from\":\"1\",\"to\":\"2\"");
    expect(METHOD_POST, "/freeze", PLAN, 409, "already_frozen");
    gate_close(&g);
}
END_TEST

START_TEST(deleting_takes_everything_along)
{
    begin("pro");
    expect(METHOD_POST, "/rounds", ROWS, 200, "");
    expect(METHOD_DELETE, "", "", 204, "");
    expect(METHOD_GET, "/verdicts", "", 404, "project_not_found");
    gate_close(&g);
}
END_TEST

/* One run that starts `minutes` after the time of the call. */
static void add_run(const char *name, int64_t minutes, const char *token, int http_status,
                    const char *part)
{
    static char query[128], body[512];
    char time[TIME_TEXT_MAX];
    (void)snprintf(query, sizeof query, "watch=%s", token);
    (void)snprintf(body, sizeof body,
                   "{\"captured\":true,\"ledger\":[{\"run_id\":\"%s\",\"time\":\"" SLICE_FMT
                   "\",\"system\":\"m\",\"task\":\"t\",\"metric\":\"a\",\"value\":1,"
                   "\"source\":{\"path\":\"%s\",\"sha256\":\"ab\"}}]}",
                   name, SLICE_ARG(time_rfc3339(g.now_ms + minutes * 60000, time)), name);
    g.query = query;
    expect(METHOD_POST, "/rounds", body, http_status, part);
}

static void newest_grade(const char *grade)
{
    struct call *call = ask(METHOD_GET, "/rounds", "");
    gate_expect(call, 200, "{\"rounds\":[{");
    slice text = gate_body(call);
    size_t at;
    ck_assert(slice_find(text, S("\"grade\":\""), &at));
    ck_slice(slice_sub(text, at + 9, 1), grade);
    gate_end(call);
}

START_TEST(grade_a_is_what_the_appliance_saw_and_not_what_a_sender_says)
{
    char token[64];
    begin("pro");
    struct call *call = ask(METHOD_POST, "/watch", "");
    gate_expect(call, 201, "\"opened_at\":");
    size_t at;
    ck_assert(slice_find(gate_body(call), S("\"token\":\""), &at));
    (void)snprintf(token, sizeof token, "%.43s", gate_body(call).ptr + at + 9);
    gate_end(call);
    add_run("claimed", 0, "", 200, "");
    newest_grade("B"); /* "captured" alone proves nothing */
    add_run("seen", 0, token, 200, "");
    newest_grade("A");
    add_run("before", -6, token, 200, "");
    newest_grade("B"); /* it started before the watch, beyond the skew of clocks */
    add_run("future", 14 * 60 + 1, token, 200, "");
    newest_grade("B");
    g.now_ms += INT64_C(72) * 3600 * 1000;
    add_run("last moment", -72 * 60, token, 200, "");
    newest_grade("A");
    g.now_ms += 60000;
    add_run("late", -72 * 60 - 1, token, 200, "");
    newest_grade("B");
    token[3] = token[3] == 'A' ? 'B' : 'A'; /* an earlier time would cover more */
    add_run("forged", 0, token, 400, "invalid_watch");
    gate_close(&g);
}
END_TEST

START_TEST(a_watch_of_one_project_says_nothing_about_another)
{
    char token[64];
    const struct json *root;
    struct error err = {0};
    size_t at;
    begin("pro");
    struct call *call = ask(METHOD_POST, "/watch", "");
    ck_assert(slice_find(gate_body(call), S("\"token\":\""), &at));
    (void)snprintf(token, sizeof token, "%.43s", gate_body(call).ptr + at + 9);
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/projects", key, "{\"name\":\"q\"}");
    ck_ok(json_parse(gate_body(call), &call->arena, &root, &err));
    (void)snprintf(project, sizeof project, SLICE_FMT, SLICE_ARG(json_find(root, "id")->text));
    gate_end(call);
    add_run("r", 0, token, 400, "invalid_watch");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_projects", grade_a_is_what_the_appliance_saw_and_not_what_a_sender_says,
          a_watch_of_one_project_says_nothing_about_another, projects_need_the_plan_that_has_them,
          an_addition_is_counted_once_and_kept, test_keys_are_not_billed,
          bad_additions_are_refused_with_the_place, the_host_acts_for_a_user_and_only_with_a_name,
          a_frozen_table_is_compared_too, deleting_takes_everything_along)

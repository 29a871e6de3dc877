/* Tests over the whole route table: another tenant's ids are as absent as ids that never were, and
 * every route refuses every kind of wrong credential as its row declares. */
#include "json.h"
#include "lib/rows.h"

static struct gate g;

struct tenant {
    char key[API_KEY_LEN + 1];
    struct store_api_key record;
    uint64_t user;
    char analysis[STORE_ID_MAX];
};
static struct tenant ann, ben;

static void analyse(struct tenant *tenant)
{
    const struct json *root;
    struct error err = {0};
    struct call *call = gate_run(&g, METHOD_POST, "/api/detect", tenant->key,
                                 "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,"
                                 "performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n"
                                 "2,A,0.72,110\\n2,B,0.63,110\\n\"}");
    gate_expect(call, 200, "\"id\":\"ana_");
    ck_ok(json_parse(gate_body(call), &call->arena, &root, &err));
    (void)snprintf(tenant->analysis, sizeof tenant->analysis, SLICE_FMT,
                   SLICE_ARG(json_find(root, "id")->text));
    gate_end(call);
}

static void start(void)
{
    gate_open(&g);
    ann.user = gate_user(&g, "ann@example.com", "enterprise", SCOPES_ALL, ann.key, &ann.record);
    ben.user = gate_user(&g, "ben@example.com", "enterprise", SCOPES_ALL, ben.key, &ben.record);
    analyse(&ann);
    analyse(&ben);
}

/* --- two tenants --- */

static unsigned tenant_calls;

static void ask_both(const struct route *row, const char *foreign, const char *random)
{
    static char one[4096];
    static char two[4096];
    char path[256];
    rows_path(row, foreign, path);
    struct call *call = gate_run(&g, row->method, path, ann.key, "");
    int http_status = call->reply.http_status;
    rows_normal(call, foreign, one);
    ck_assert_msg(http_status == 404, "%s %s: %d %.300s", method_name(row->method), path,
                  http_status, one);
    gate_end(call);
    rows_path(row, random, path);
    call = gate_run(&g, row->method, path, ann.key, "");
    rows_normal(call, random, two);
    ck_assert_int_eq(call->reply.http_status, http_status);
    ck_assert_msg(strcmp(one, two) == 0, "%s: %.300s\n%.300s", row->path, one, two);
    gate_end(call);
    tenant_calls += 2;
}

static void ask_foreign(const struct route *row)
{
    char key_id[24];
    char user_id[24];
    if (row->need != NEED_KEY || !strchr(row->path, ':'))
        return;
    (void)snprintf(key_id, sizeof key_id, "%llu", (unsigned long long)ben.record.id);
    (void)snprintf(user_id, sizeof user_id, "%llu", (unsigned long long)(ben.user + 700));
    ask_both(row, ben.analysis, "ana_00000000000000000000000000");
    ask_both(row, key_id, user_id);
}

START_TEST(ids_of_another_tenant_are_as_absent_as_random_ones)
{
    start();
    rows_each(ask_foreign);
    printf("figure: ids of another tenant, %u calls, each 404 and like a random id\n",
           tenant_calls);
    ck_assert_uint_ge(tenant_calls, 32); /* eight routes, two kinds of id */
    gate_close(&g);
}
END_TEST

/* --- credentials --- */

static unsigned credential_calls;

static void refused(const struct route *row, const char *key, int wanted, const char *what)
{
    char path[256];
    rows_path(row, "1", path);
    struct call *call = gate_run(&g, row->method, path, key, "");
    ck_assert_msg(call->reply.http_status == wanted, "%s %s with %s: %d, wanted %d",
                  method_name(row->method), path, what, call->reply.http_status, wanted);
    if (wanted == 401)
        ck_assert_uint_gt(gate_reply_header(call, "WWW-Authenticate").len, 0);
    gate_end(call);
    credential_calls++;
}

static bool is_demo(const struct route *row)
{
    return row->flags & ROUTE_DEMO;
}

static void ask_without(const struct route *row)
{
    if (row->need == NEED_KEY && !is_demo(row) && !(row->flags & ROUTE_HTML))
        refused(row, NULL, 401, "no key");
}

static void ask_dead(const struct route *row)
{
    if (row->need == NEED_KEY && !(row->flags & ROUTE_HTML))
        refused(row, ann.key, 401, "a dead key");
}

static void ask_garbage(const struct route *row)
{
    if (row->need == NEED_KEY && !(row->flags & ROUTE_HTML)) {
        refused(row, "garbage", 401, "garbage");
        refused(row, "sk_live_0123456789012345678901234567890123456789012", 401, "an unknown key");
    }
}

/* A key with every scope but the row's. */
static void ask_without_scope(const struct route *row)
{
    if (row->need != NEED_KEY || row->scope == SCOPE_NONE || (row->flags & ROUTE_HTML))
        return;
    ann.record.scopes = SCOPES_ALL & ~(uint64_t)row->scope;
    gate_put_key(&g, &ann.record);
    refused(row, ann.key, 403, "the wrong scope");
}

/* Keys are no sessions, whatever their scopes: browser and administrator routes refuse them. */
static void ask_role(const struct route *row)
{
    bool refuses = row->need == NEED_SESSION || row->need == NEED_REVIEWER ||
                   row->need == NEED_ADMIN || row->need == NEED_HOST;
    char path[256];
    if (!refuses)
        return;
    rows_path(row, "1", path);
    struct call *call = gate_run(&g, row->method, path, ann.key, "");
    int got = call->reply.http_status;
    ck_assert_msg(got == 401 || got == 403 || got == 404 || (row->flags & ROUTE_HTML && got == 303),
                  "%s %s: %d", method_name(row->method), path, got);
    gate_end(call);
    credential_calls++;
}

/* The test's figure, and that it was no empty walk. */
static void asked(const char *what, unsigned minimum)
{
    printf("figure: %s, %u calls, all refused\n", what, credential_calls);
    ck_assert_uint_gt(credential_calls, minimum);
}

START_TEST(without_a_key_every_route_that_needs_one_answers_401)
{
    start();
    rows_each(ask_without);
    asked("no key", 10);
    gate_close(&g);
}
END_TEST

START_TEST(garbage_and_unknown_keys_answer_401_everywhere)
{
    start();
    rows_each(ask_garbage);
    asked("garbage and unknown keys", 20);
    gate_close(&g);
}
END_TEST

START_TEST(expired_keys_answer_401_everywhere)
{
    start();
    ann.record.expires_ms = g.now_ms - 1;
    gate_put_key(&g, &ann.record);
    rows_each(ask_dead);
    asked("expired keys", 10);
    gate_close(&g);
}
END_TEST

START_TEST(revoked_keys_answer_401_everywhere)
{
    start();
    ann.record.revoked_ms = g.now_ms - 1;
    gate_put_key(&g, &ann.record);
    rows_each(ask_dead);
    asked("revoked keys", 10);
    gate_close(&g);
}
END_TEST

START_TEST(keys_without_the_scope_of_a_route_answer_403)
{
    start();
    rows_each(ask_without_scope);
    asked("keys without the scope", 10);
    gate_close(&g);
}
END_TEST

START_TEST(keys_open_no_route_of_browsers_administrators_and_the_host)
{
    start();
    rows_each(ask_role);
    asked("keys on other routes", 10);
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_matrix", ids_of_another_tenant_are_as_absent_as_random_ones,
          without_a_key_every_route_that_needs_one_answers_401,
          garbage_and_unknown_keys_answer_401_everywhere, expired_keys_answer_401_everywhere,
          revoked_keys_answer_401_everywhere, keys_without_the_scope_of_a_route_answer_403,
          keys_open_no_route_of_browsers_administrators_and_the_host)

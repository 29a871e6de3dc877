/* One analysis, charged alike by whoever computed it: one month for all endpoints, and word sent.
 */
#include "charge.h"

#include "json.h"
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static uint64_t user;

#define CSV                                                                                        \
    "time_period,algorithm,performance,constraint_x\n1,A,0.70,100\n1,B,0.60,100\n2,A,0.72,110\n"   \
    "2,B,0.63,110\n3,A,0.71,120\n3,B,0.66,125\n"

static void open_with_hook(const char *plan)
{
    struct error err = {0};
    gate_open(&g);
    user = gate_user(&g, "a@example.com", plan, SCOPES_ALL, key, NULL);
    g.config.hooks_enabled = true;
    store_writer_stop(g.t.store);
    struct store_hook hook = {
        .id = S("hok_1"), .user_id = user, .url = S("https://example.com/h"), .enabled = true};
    ck_status(store_hook_add(temp_write(&g.t), &hook), ST_OK);
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
}

static int post(const char *path, const char *type, const char *body)
{
    g.content_type = type;
    gate_header(&g, "content-type", type);
    struct call *call = gate_run(&g, METHOD_POST, path, key, body);
    int http_status = call->reply.http_status;
    gate_end(call);
    return http_status;
}

static size_t deliveries(const char *type)
{
    struct store_page page = {0};
    struct store_delivery *rows;
    size_t count = 0;
    ck_status(store_delivery_list(temp_read(&g.t), user, &page, &g.t.arena, &rows), ST_OK);
    for (size_t i = 0; i < page.count; i++)
        count += slice_eq(rows[i].type, slice_of(type));
    store_read_end(&g.t.r);
    return count;
}

START_TEST(all_endpoints_share_one_month_and_say_when_it_is_full)
{
    open_with_hook("enterprise");
    g.plans.plan[PLAN_ENTERPRISE].analyses_per_month = 2;
    ck_assert_int_eq(post("/api/detect", "text/csv", CSV), 200);
    ck_assert_uint_eq(deliveries("quota.threshold"), 0);
    ck_assert_int_eq(post("/api/analyze-csv", "text/csv", CSV), 200);
    ck_assert_uint_eq(deliveries("quota.threshold"), 2); /* 80 and 100 % at once */
    ck_assert_int_eq(post("/api/analyze-csv", "text/csv", CSV "4,A,0.5,1\n"), 429);
    gate_close(&g);
}
END_TEST

START_TEST(a_project_tells_when_its_verdict_changes)
{
    const struct json *root;
    struct error err = {0};
    char path[96];
    open_with_hook("enterprise");
    struct call *call = gate_run(&g, METHOD_POST, "/api/projects", key, "{\"name\":\"p\"}");
    gate_expect(call, 201, "\"id\":\"prj_");
    ck_ok(json_parse(gate_body(call), &call->arena, &root, &err));
    (void)snprintf(path, sizeof path, "/api/projects/" SLICE_FMT "/rounds",
                   SLICE_ARG(json_find(root, "id")->text));
    gate_end(call);
    ck_assert_int_eq(post(path, "text/csv", CSV), 200);
    ck_assert_uint_eq(deliveries("verdict.changed"), 1); /* the first one */
    ck_assert_int_eq(post(path, "text/csv", CSV "4,A,0.7,130\n4,B,0.7,130\n"), 200);
    ck_assert_uint_eq(deliveries("verdict.changed"), 1);
    gate_close(&g);
}
END_TEST

TEST_MAIN("charge", all_endpoints_share_one_month_and_say_when_it_is_full,
          a_project_tells_when_its_verdict_changes)

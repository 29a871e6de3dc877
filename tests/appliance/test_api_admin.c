/* Tests of the administrator's routes over HTTP: what they show, what they keep back, when they are
 * closed; and that somebody is always left who may use them. */
#include "lib/browser.h"

static struct gate g;
static struct browser admin;

static void start(void)
{
    gate_open(&g);
    (void)browser_user(&g, "root@example.com", "admin");
    browser_sign_in(&g, &admin, "root@example.com");
}

static void expect(enum method method, const char *path, const char *body, int http_status,
                   const char *says)
{
    struct call *call = browser_run(&g, &admin, method, path, body);
    gate_expect(call, http_status, says);
    gate_end(call);
}

static void some_state(void)
{
    struct error err = {0};
    const struct store_billing_event event = {.id = S("evt_1"),
                                              .type = S("invoice.paid"),
                                              .outcome = S("applied"),
                                              .payload = S("{\"card\":\"private\"}"),
                                              .seen_ms = g.now_ms};
    store_writer_stop(g.t.store);
    ck_assert_int_eq(store_event_add(temp_write(&g.t), &event), ST_OK);
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
}

START_TEST(state_is_shown_without_contents)
{
    start();
    some_state();
    expect(METHOD_GET, "/api/admin/storage", "", 200, "\"file_system\":\"");
    struct call *call = browser_run(&g, &admin, METHOD_GET, "/api/admin/events", "");
    gate_expect(call, 200, "\"id\":\"evt_1\",\"type\":\"invoice.paid\"");
    ck_assert(!gate_says(call, "private"));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(the_configuration_is_shown_without_secrets)
{
    start();
    g.config.metrics_token = S("very secret token");
    struct call *call = browser_run(&g, &admin, METHOD_GET, "/api/admin/config", "");
    gate_expect(call, 200, "\"name\":\"metrics.token\"");
    ck_assert(!gate_says(call, "very secret"));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(the_last_administrator_stays)
{
    start();
    expect(METHOD_PATCH, "/api/admin/users/1", "{\"enabled\":false}", 409, "last_admin");
    expect(METHOD_PATCH, "/api/admin/users/1", "{\"role\":\"user\"}", 409, "last_admin");
    expect(METHOD_DELETE, "/api/admin/users/1", "", 409, "last_admin");
    (void)browser_user(&g, "second@example.com", "admin");
    expect(METHOD_PATCH, "/api/admin/users/2", "{\"enabled\":false}", 200, "\"enabled\":false");
    expect(METHOD_DELETE, "/api/admin/users/1", "", 409,
           "last_admin"); /* disabled ones do not count */
    expect(METHOD_PATCH, "/api/admin/users/2", "{\"enabled\":true}", 200, "\"enabled\":true");
    expect(METHOD_DELETE, "/api/admin/users/1", "", 200, "deleted");
    gate_close(&g);
}
END_TEST

START_TEST(writes_need_a_fresh_password_and_reads_do_not)
{
    start();
    g.now_ms += 16 * 60000;
    expect(METHOD_GET, "/api/admin/users", "", 200, "users");
    expect(METHOD_POST, "/api/admin/users", "{\"email\":\"n@example.com\"}", 403,
           "reauthentication_required");
    expect(METHOD_POST, "/api/auth/reauth", "{\"password\":\"" BROWSER_PASSWORD "\"}", 200,
           "success");
    expect(METHOD_POST, "/api/admin/users", "{\"email\":\"n@example.com\"}", 201, "n@example.com");
    expect(METHOD_PATCH, "/api/admin/users/2", "{\"role\":\"admin\"}", 403, "command line only");
    gate_close(&g);
}
END_TEST

START_TEST(administration_over_http_can_be_switched_off)
{
    start();
    g.config.admin_http = S("false");
    expect(METHOD_GET, "/api/admin/users", "", 403, "admin_http_disabled");
    g.config.admin_http = S("auto");
    expect(METHOD_GET, "/api/admin/users", "", 200, "users");
    g.config.outbound_mode = S("airgap");
    expect(METHOD_GET, "/api/admin/users", "", 403, "admin_http_disabled");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_admin", state_is_shown_without_contents, the_configuration_is_shown_without_secrets,
          the_last_administrator_stays, writes_need_a_fresh_password_and_reads_do_not,
          administration_over_http_can_be_switched_off)

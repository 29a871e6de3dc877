/* Tests of the routes for hooks: plan and switch, the secret once, own rows only, tests. */
#include "lib/job_fixture.h"

static struct job_fixture f;

static void ask(enum method method, const char *path, const char *body, int http_status,
                const char *says)
{
    struct call *call = gate_run(&f.g, method, path, f.key, body);
    gate_expect(call, http_status, says);
    gate_end(call);
}

static const char *create(void)
{
    static char path[100];
    struct call *call =
        gate_run(&f.g, METHOD_POST, "/api/hooks", f.key,
                 "{\"url\":\"https://example.com/h\",\"events\":[\"job.finished\"]}");
    gate_expect(call, 201, "\"secret\":\"whsec_");
    (void)snprintf(path, sizeof path, "/api/hooks/" SLICE_FMT,
                   SLICE_ARG(job_member(&f, gate_body(call), "id")));
    gate_end(call);
    return path;
}

static void start(const char *plan)
{
    jobs_open(&f, plan);
    f.g.config.hooks_enabled = true;
}

START_TEST(a_hook_is_made_shown_changed_and_deleted)
{
    start("business");
    const char *path = create();
    ask(METHOD_GET, path, "", 200, "\"events\":[\"job.finished\"],\"enabled\":true");
    struct call *call = gate_run(&f.g, METHOD_GET, path, f.key, "");
    ck_assert(!gate_says(call, "whsec_")); /* the secret was shown once */
    gate_end(call);
    ask(METHOD_PATCH, path, "{\"events\":[],\"enabled\":false}", 200,
        "\"events\":[],\"enabled\":false");
    ask(METHOD_GET, "/api/hooks", "", 200, "\"enabled\":false");
    ask(METHOD_DELETE, path, "", 204, "");
    ask(METHOD_GET, path, "", 404, "hook_not_found");
    ask(METHOD_GET, "/api/hooks", "", 200, "\"hooks\":[]");
    jobs_close(&f);
}
END_TEST

START_TEST(bad_hooks_are_refused)
{
    static const struct {
        const char *body;
        int http_status;
        const char *says;
    } cases[] = {
        {"{}", 400, "url"},
        {"{\"url\":\"example\"}", 400, "url"},
        {"{\"url\":\"http://127.0.0.1:1/\"}", 403, "egress_forbidden"},
        {"{\"url\":\"https://169.254.169.254/latest\"}", 403, "egress_forbidden"},
        {"{\"url\":\"https://[::1]/\"}", 403, "egress_forbidden"},
        {"{\"url\":\"https://example.com/\",\"events\":[\"x\"]}", 400, "event_unknown"},
        {"{\"url\":\"https://example.com/\",\"secret\":\"x\"}", 400, "unknown_field"},
    };
    start("business");
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        ask(METHOD_POST, "/api/hooks", cases[i].body, cases[i].http_status, cases[i].says);
    f.g.config.hooks_enabled = false;
    ask(METHOD_POST, "/api/hooks", "{\"url\":\"https://example.com/\"}", 501, "hooks_disabled");
    jobs_close(&f);
    start("pro");
    ask(METHOD_POST, "/api/hooks", "{\"url\":\"https://example.com/\"}", 403, "plan_required");
    jobs_close(&f);
}
END_TEST

START_TEST(others_see_nothing_of_a_hook)
{
    char other[API_KEY_LEN + 1], path[200];
    start("business");
    (void)snprintf(path, sizeof path, "%s", create());
    (void)gate_user(&f.g, "b@example.com", "business", SCOPES_ALL, other, NULL);
    memcpy(f.key, other, sizeof other);
    ask(METHOD_GET, path, "", 404, "hook_not_found");
    ask(METHOD_PATCH, path, "{}", 404, "hook_not_found");
    ask(METHOD_DELETE, path, "", 404, "hook_not_found");
    ask(METHOD_GET, "/api/hooks", "", 200, "\"hooks\":[]");
    jobs_close(&f);
}
END_TEST

START_TEST(a_test_becomes_a_delivery_of_that_hook)
{
    char path[200], more[240];
    start("business");
    (void)snprintf(path, sizeof path, "%s", create());
    (void)snprintf(more, sizeof more, "%s/test", path);
    ask(METHOD_POST, more, "", 202, "queued");
    (void)snprintf(more, sizeof more, "%s/deliveries", path);
    ask(METHOD_GET, more, "", 200, "\"type\":\"hook.test\",\"attempts\":0,\"status\":null");
    ask(METHOD_PATCH, path, "{\"enabled\":false}", 200, "false");
    (void)snprintf(more, sizeof more, "%s/test", path);
    ask(METHOD_POST, more, "", 409, "hook_disabled");
    jobs_close(&f);
}
END_TEST

START_TEST(the_secret_of_callbacks_is_ones_own)
{
    start("business");
    ask(METHOD_GET, "/api/callback-secret", "", 200, "\"secret\":\"whsec_");
    jobs_close(&f);
}
END_TEST

START_TEST(a_user_has_twenty_hooks_at_most)
{
    start("business");
    for (int i = 0; i < 20; i++)
        (void)create();
    ask(METHOD_POST, "/api/hooks", "{\"url\":\"https://example.com/\"}", 422, "hooks_max");
    jobs_close(&f);
}
END_TEST

TEST_MAIN("api_hooks", a_hook_is_made_shown_changed_and_deleted, bad_hooks_are_refused,
          others_see_nothing_of_a_hook, a_test_becomes_a_delivery_of_that_hook,
          the_secret_of_callbacks_is_ones_own, a_user_has_twenty_hooks_at_most)

/* Tests of signing in and out, sessions, CSRF, passwords, reset links, limits and plans. */
#include "assets.h"
#include "lib/browser.h"

static struct gate g;
static struct browser b;

#define PASSWORD BROWSER_PASSWORD

static void start(void)
{
    gate_open(&g);
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, METHOD_POST, "/api/admin/users", NULL,
                                 "{\"email\":\"a@Example.com\",\"password\":\"" PASSWORD "\","
                                 "\"plan\":\"pro\",\"role\":\"admin\"}");
    gate_expect(call, 201, "\"email\":\"a@example.com\"");
    gate_end(call);
}

static struct call *login(const char *email, const char *password)
{
    char body[256];
    (void)snprintf(body, sizeof body, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
    return gate_run(&g, METHOD_POST, "/api/auth/login", NULL, body);
}

static void signed_in(void)
{
    struct call *call = login("A@example.com", PASSWORD);
    gate_expect(call, 200, "\"role\":\"admin\"");
    browser_keep(&b, call);
    gate_end(call);
}

static struct call *with_session(enum method method, const char *path, const char *body)
{
    return browser_run(&g, &b, method, path, body);
}

START_TEST(sign_in_use_and_sign_out)
{
    start();
    signed_in();
    struct call *call = with_session(METHOD_GET, "/api/auth/sessions", "");
    gate_expect(call, 200, "\"current\":true");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/auth/logout", "");
    gate_expect(call, 200, "success");
    ck_assert(slice_find(gate_reply_header(call, "Set-Cookie"), S("Max-Age=0"), &(size_t){0}));
    gate_end(call);
    call = with_session(METHOD_GET, "/api/auth/sessions", "");
    gate_expect(call, 401, "unauthenticated");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(wrong_password_and_unknown_address_sound_alike)
{
    start();
    struct call *wrong = login("a@example.com", "not the password");
    struct call *unknown = login("b@example.com", "not the password");
    gate_expect(wrong, 401, "{\"error\":\"Invalid credentials\"");
    gate_expect(unknown, 401, "{\"error\":\"Invalid credentials\"");
    ck_assert(slice_eq(slice_sub(gate_body(wrong), 0, 200),
                       slice_sub(gate_body(unknown), 0, 200)));
    gate_end(wrong);
    gate_end(unknown);
    for (int i = 0; i < 5; i++) {
        struct call *call = login("a@example.com", "not the password");
        gate_expect(call, i < 4 ? 401 : 429, i < 4 ? "invalid_credentials" : "login_limit");
        gate_end(call);
    }
    gate_close(&g);
}
END_TEST

/* What a page of another site can send, and what ours sends. */
START_TEST(unsafe_calls_need_token_and_own_origin)
{
    static const struct {
        const char *origin, *site;
        bool token;
        int status;
    } cases[] = {
        {"https://localhost:5000", "same-origin", true, 200},
        {"https://localhost:5000", NULL, true, 200},
        {NULL, "same-origin", true, 200},
        {NULL, NULL, true, 200},
        {"https://localhost:5000", "same-origin", false, 403},
        {"null", NULL, true, 403},
        {"https://evil.example", NULL, true, 403},
        {"https://localhost:5000.evil.example", NULL, true, 403},
        {"https://sub.localhost:5000", NULL, true, 403},
        {"http://localhost:5000", NULL, true, 403},
        {NULL, "cross-site", true, 403},
        {NULL, "same-site", true, 403},
    };
    start();
    signed_in();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        gate_header(&g, "cookie", b.cookie);
        if (cases[i].token)
            gate_header(&g, "x-csrf-token", b.csrf);
        if (cases[i].origin)
            gate_header(&g, "origin", cases[i].origin);
        if (cases[i].site)
            gate_header(&g, "sec-fetch-site", cases[i].site);
        struct call *call = gate_run(&g, METHOD_DELETE, "/api/auth/sessions", NULL, "");
        ck_assert_msg(call->reply.http_status == cases[i].status, "case %zu: %d", i,
                      call->reply.http_status);
        gate_end(call);
    }
    gate_close(&g);
}
END_TEST

START_TEST(sessions_end_when_idle_and_absolutely)
{
    start();
    signed_in();
    g.now_ms += 30 * 60000; /* administrators: 30 minutes */
    struct call *call = with_session(METHOD_GET, "/api/auth/sessions", "");
    gate_expect(call, 401, "unauthenticated");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_user_made_again_with_the_same_idempotency_key_is_the_same_user)
{
    static const char body[] = "{\"email\":\"new@example.com\"}";
    start();
    signed_in();
    gate_header(&g, "idempotency-key", "make-one-user");
    struct call *call = with_session(METHOD_POST, "/api/admin/users", body);
    gate_expect(call, 201, "\"email\":\"new@example.com\"");
    gate_end(call);
    gate_header(&g, "idempotency-key", "make-one-user");
    call = with_session(METHOD_POST, "/api/admin/users", body);
    gate_expect(call, 201, "\"email\":\"new@example.com\"");
    ck_slice(gate_reply_header(call, "Idempotency-Replayed"), "true");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/admin/users", body);
    gate_expect(call, 409, "email_taken");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(administrators_prove_their_password_again_for_writes)
{
    start();
    signed_in();
    struct call *call = with_session(METHOD_PATCH, "/api/admin/users/1", "{\"name\":\"A\"}");
    gate_expect(call, 200, "\"name\":\"A\"");
    gate_end(call);
    g.now_ms += 16 * 60000;
    call = with_session(METHOD_PATCH, "/api/admin/users/1", "{\"name\":\"B\"}");
    gate_expect(call, 403, "reauthentication_required");
    gate_end(call);
    call = with_session(METHOD_GET, "/api/admin/users", "");
    gate_expect(call, 200, "\"users\"");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/auth/reauth", "{\"password\":\"" PASSWORD "\"}");
    gate_expect(call, 200, "success");
    gate_end(call);
    call = with_session(METHOD_PATCH, "/api/admin/users/1", "{\"name\":\"B\"}");
    gate_expect(call, 200, "\"name\":\"B\"");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/admin/users",
                        "{\"email\":\"x@example.com\",\"role\":\"admin\"}");
    gate_expect(call, 403, "role_required");
    gate_end(call);
    call = with_session(METHOD_PATCH, "/api/admin/users/1", "{\"role\":\"user\"}");
    gate_expect(call, 409, "last_admin");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_reset_link_works_once_and_ends_sessions)
{
    char body[256];
    start();
    signed_in();
    g.actor = ACTOR_HOST;
    struct call *call =
        gate_run(&g, METHOD_POST, "/api/admin/users/a@example.com/reset-link", NULL, "");
    gate_expect(call, 201, "\"url\":\"/reset#");
    size_t at;
    ck_assert(slice_find(gate_body(call), S("\"token\":\""), &at));
    (void)snprintf(body, sizeof body,
                   "{\"token\":\"%.43s\",\"password\":\"paper moon glass seven\"}",
                   gate_body(call).ptr + at + 9);
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/auth/reset", NULL, body);
    gate_expect(call, 200, "success");
    gate_end(call);
    call = with_session(METHOD_GET, "/api/auth/sessions", "");
    gate_expect(call, 401, "unauthenticated");
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/auth/reset", NULL, body);
    gate_expect(call, 400, "invalid_token");
    gate_end(call);
    call = login("a@example.com", "paper moon glass seven");
    gate_expect(call, 200, "csrf_token");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_changed_password_needs_the_old_one_and_is_judged)
{
    start();
    signed_in();
    struct call *call = with_session(METHOD_POST, "/api/auth/password",
                                     "{\"old_password\":\"wrong\",\"new_password\":\"paper moon "
                                     "glass seven\"}");
    gate_expect(call, 401, "invalid_credentials");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/auth/password",
                        "{\"old_password\":\"" PASSWORD "\",\"new_password\":\"password1234\"}");
    gate_expect(call, 400, "weak_password");
    gate_end(call);
    call = with_session(METHOD_POST, "/api/auth/password",
                        "{\"old_password\":\"" PASSWORD
                        "\",\"new_password\":\"paper moon glass seven\"}");
    gate_expect(call, 200, "csrf_token");
    char old[128];
    memcpy(old, b.cookie, sizeof old);
    browser_keep(&b, call);
    gate_end(call);
    ck_assert_str_ne(old, b.cookie);
    call = with_session(METHOD_GET, "/api/auth/sessions", "");
    gate_expect(call, 200, "\"sessions\"");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(sign_up_is_closed_unless_opened)
{
    static const char body[] = "{\"email\":\"n@example.com\",\"password\":\"" PASSWORD "\"}";
    start();
    struct call *call = gate_run(&g, METHOD_POST, "/api/auth/register", NULL, body);
    gate_expect(call, 403, "signup_closed");
    gate_end(call);
    g.config.auth_signup = S("open");
    call = gate_run(&g, METHOD_POST, "/api/auth/register", NULL, body);
    gate_expect(call, 201, "\"plan\":\"free\"");
    gate_expect(call, 201, "\"role\":\"user\"");
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/auth/register", NULL, body);
    gate_expect(call, 201, "\"role\":\"user\""); /* the same answer; test_api_second_factor.c */
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/auth/register", NULL,
                    "{\"email\":\"m@example.com\",\"password\":\"" PASSWORD "\",\"plan\":\"pro\"}");
    gate_expect(call, 400, "unknown_field");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(plans_and_limits_agree)
{
    char key[API_KEY_LEN + 1];
    ck_status(assets_init(NULL), ST_OK);
    start();
    (void)gate_user(&g, "k@example.com", "business", SCOPES_ALL, key, NULL);
    struct call *call = gate_run(&g, METHOD_GET, "/api/plans", NULL, "");
    gate_expect(call, 200, "{\"id\":\"pro\",\"name\":\"Professional\",\"price\":49");
    gate_expect(call, 200, "\"purchasable\":false");
    gate_end(call);
    call = gate_run(&g, METHOD_GET, "/api/limits", key, "");
    gate_expect(call, 200, "\"minute\":{\"used\":0,\"limit\":300,\"remaining\":300");
    gate_expect(call, 200, "\"analyses\":{\"used\":0,\"limit\":10000");
    gate_end(call);
    call = gate_run(&g, METHOD_GET, "/api/presets", NULL, "");
    gate_expect(call, 200, "\"name\":\"standard\"");
    gate_end(call);
    g.query = "name=adaptive.csv";
    call = gate_run(&g, METHOD_GET, "/api/sample", NULL, "");
    gate_expect(call, 200, "time_period");
    gate_end(call);
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_account", sign_in_use_and_sign_out, wrong_password_and_unknown_address_sound_alike,
          unsafe_calls_need_token_and_own_origin, sessions_end_when_idle_and_absolutely,
          a_user_made_again_with_the_same_idempotency_key_is_the_same_user,
          administrators_prove_their_password_again_for_writes,
          a_reset_link_works_once_and_ends_sessions,
          a_changed_password_needs_the_old_one_and_is_judged, sign_up_is_closed_unless_opened,
          plans_and_limits_agree)

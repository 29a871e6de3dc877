/* Tests of the second factor, of sign-up and invitations, of leaving with everything. */
#include "lib/browser.h"
#include "totp.h"

static struct gate g;
static struct browser b;
static char secret[TOTP_SECRET_BYTES];

static void start(void)
{
    gate_open(&g);
    (void)browser_user(&g, "a@example.com", "admin");
    browser_sign_in(&g, &b, "a@example.com");
}

/* The base 32 text of the answer, back into bytes. */
static void secret_read(const struct call *call)
{
    size_t at;
    slice name = S("\"secret\":\"");
    ck_assert(slice_find(gate_body(call), name, &at));
    const char *text = gate_body(call).ptr + at + name.len;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < TOTP_SECRET_TEXT; i++) {
        unsigned value =
            text[i] >= 'A' ? (unsigned)(text[i] - 'A') : (unsigned)(text[i] - '2') + 26;
        bits = bits << 5 | value;
        held += 5;
        if (held >= 8)
            secret[n++] = (char)(bits >> (held -= 8) & 255);
    }
}

/* The code of now, moved by some steps. */
static const char *code(int steps)
{
    static char text[8];
    (void)snprintf(
        text, sizeof text, "%06u",
        totp_code(slice_make(secret, sizeof secret), (uint64_t)(g.now_ms / TOTP_STEP_MS + steps)));
    return text;
}

static struct call *factor(const char *verb, const char *with)
{
    char path[64];
    char body[128];
    (void)snprintf(path, sizeof path, "/api/auth/totp/%s", verb);
    (void)snprintf(body, sizeof body, "{\"password\":\"" BROWSER_PASSWORD "\",\"code\":\"%s\"}",
                   with);
    return browser_run(&g, &b, METHOD_POST, path, body);
}

static void expect(struct call *call, int http_status, const char *text)
{
    gate_expect(call, http_status, text);
    gate_end(call);
}

/* Leaves the first recovery code in *ret. */
static void enable(char ret[static TOTP_RECOVERY_TEXT + 1])
{
    size_t at;
    slice name = S("\"recovery_codes\":[\"");
    struct call *call = factor("enable", "");
    gate_expect(call, 200, "\"status\":\"pending\"");
    gate_expect(call, 200, "otpauth://totp/Sleuth:user-1?secret=");
    gate_expect(call, 200, "\"otpauth_qr\":{\"side\":45,\"path\":\"M0 0h7v1h-7z");
    secret_read(call);
    gate_end(call);
    call = factor("enable", code(0));
    gate_expect(call, 200, "\"status\":\"enabled\"");
    ck_assert(slice_find(gate_body(call), name, &at));
    (void)snprintf(ret, TOTP_RECOVERY_TEXT + 1, "%.11s", gate_body(call).ptr + at + name.len);
    gate_end(call);
}

START_TEST(a_code_is_asked_for_once_it_is_enabled)
{
    char recovery[TOTP_RECOVERY_TEXT + 1];
    start();
    expect(factor("enable", "123456"), 409, "totp_not_begun");
    enable(recovery);
    g.now_ms += 60 * TOTP_STEP_MS;
    expect(browser_login(&g, "a@example.com", NULL), 401, "totp_required");
    expect(browser_login(&g, "a@example.com", code(2)), 401, "invalid_totp");
    expect(browser_login(&g, "a@example.com", code(-1)), 200, "\"totp_enabled\":true");
    gate_close(&g);
}
END_TEST

START_TEST(no_code_opens_twice)
{
    char recovery[TOTP_RECOVERY_TEXT + 1];
    start();
    enable(recovery);
    expect(browser_login(&g, "a@example.com", code(0)), 401, "invalid_totp"); /* used to enable */
    expect(browser_login(&g, "a@example.com", code(1)), 200, "csrf_token");
    expect(browser_login(&g, "a@example.com", code(1)), 401, "invalid_totp");
    gate_close(&g);
}
END_TEST

START_TEST(a_recovery_code_works_once_and_is_kept_as_a_hash)
{
    char recovery[TOTP_RECOVERY_TEXT + 1];
    struct store_user user;
    start();
    enable(recovery);
    ck_assert_int_eq(ST_OK, store_user_get(temp_read(&g.t), 1, &g.t.arena, &user));
    ck_assert_uint_eq(user.totp_recovery.len, TOTP_RECOVERY_COUNT * CRYPT_HASH_BYTES);
    ck_assert(!slice_find(user.totp_recovery, slice_of(recovery), &(size_t){0}));
    store_read_end(&g.t.r);
    expect(browser_login(&g, "a@example.com", recovery), 200, "csrf_token");
    expect(browser_login(&g, "a@example.com", recovery), 401, "invalid_totp");
    gate_close(&g);
}
END_TEST

START_TEST(disabling_needs_password_and_code)
{
    char recovery[TOTP_RECOVERY_TEXT + 1];
    start();
    enable(recovery);
    expect(factor("enable", ""), 409, "totp_enabled");
    expect(factor("disable", ""), 401, "totp_required");
    expect(factor("disable", recovery), 200, "success");
    expect(browser_login(&g, "a@example.com", NULL), 200, "\"totp_enabled\":false");
    gate_close(&g);
}
END_TEST

START_TEST(the_administrator_can_switch_it_off_but_not_on)
{
    char recovery[TOTP_RECOVERY_TEXT + 1];
    start();
    enable(recovery);
    g.actor = ACTOR_HOST;
    expect(gate_run(&g, METHOD_PATCH, "/api/admin/users/1", NULL, "{\"totp_enabled\":true}"), 400,
           "can only be switched off here");
    g.actor = ACTOR_HOST;
    expect(gate_run(&g, METHOD_PATCH, "/api/admin/users/1", NULL, "{\"totp_enabled\":false}"), 200,
           "\"totp_enabled\":false");
    expect(browser_login(&g, "a@example.com", NULL), 200, "csrf_token");
    gate_close(&g);
}
END_TEST

/* --- sign-up --- */

static struct call *sign_up(const char *email, const char *invite)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"%s%s%s}", email,
                   invite ? ",\"invite\":\"" : "", invite ? invite : "", invite ? "\"" : "");
    return gate_run(&g, METHOD_POST, "/api/auth/register", NULL, body);
}

/* The body with digits and the token's characters blanked: what is left must be equal. */
static size_t shape(const struct call *call, char ret[static 2048])
{
    slice body = gate_body(call);
    size_t at;
    slice token = S("\"csrf_token\":\"");
    ck_assert(slice_find(body, token, &at));
    ck_assert_uint_lt(body.len, 2048);
    for (size_t i = 0; i < body.len; i++) {
        bool digit = body.ptr[i] >= '0' && body.ptr[i] <= '9';
        ret[i] = digit || i >= at + token.len ? '0' : body.ptr[i];
    }
    return body.len;
}

START_TEST(a_known_address_gets_the_answer_of_a_new_one)
{
    static char one[2048];
    static char two[2048];
    struct browser fake;
    start();
    g.config.auth_signup = S("open");
    struct call *fresh = sign_up("b@example.com", NULL);
    struct call *known = sign_up("a@example.com", NULL);
    gate_expect(fresh, 201, "csrf_token");
    gate_expect(known, 201, "csrf_token");
    size_t len = shape(fresh, one);
    ck_assert_uint_eq(len, shape(known, two));
    size_t at;
    ck_assert(slice_find(slice_make(one, len), S("b@example"), &at));
    one[at] = 'a';
    ck_assert_msg(memcmp(one, two, len) == 0, "%s\n%s", one, two);
    ck_assert_uint_eq(gate_reply_header(fresh, "set-cookie").len,
                      gate_reply_header(known, "set-cookie").len);
    browser_keep(&fake, known);
    gate_end(fresh);
    gate_end(known);
    expect(browser_run(&g, &fake, METHOD_GET, "/api/me", ""), 401, "error");
    expect(browser_login(&g, "a@example.com", NULL), 200, "\"id\":1,");
    gate_close(&g);
}
END_TEST

START_TEST(an_invitation_is_for_one_address_and_one_account)
{
    char token[TOKEN_LEN + 1];
    size_t at;
    slice name = S("\"token\":\"");
    start();
    g.config.auth_signup = S("invite");
    expect(sign_up("n@example.com", NULL), 403, "invitation_required");
    struct call *call = browser_run(&g, &b, METHOD_POST, "/api/admin/invites",
                                    "{\"email\":\"n@example.com\",\"plan\":\"pro\"}");
    gate_expect(call, 201, "/signup#");
    ck_assert(slice_find(gate_body(call), name, &at));
    (void)snprintf(token, sizeof token, "%.43s", gate_body(call).ptr + at + name.len);
    gate_end(call);
    expect(sign_up("other@example.com", token), 400, "invalid_token");
    expect(sign_up("n@example.com", token), 201, "\"plan\":\"pro\"");
    expect(sign_up("n@example.com", token), 400, "invalid_token");
    expect(browser_run(&g, &b, METHOD_POST, "/api/admin/invites", "{\"email\":\"n@example.com\"}"),
           409, "email_taken");
    gate_close(&g);
}
END_TEST

START_TEST(an_invitation_ends_and_a_closed_door_stays_closed)
{
    char token[TOKEN_LEN + 1];
    size_t at;
    slice name = S("\"token\":\"");
    start();
    expect(browser_run(&g, &b, METHOD_POST, "/api/admin/invites", "{\"email\":\"n@example.com\"}"),
           409, "signup_closed");
    g.config.auth_signup = S("invite");
    struct call *call = browser_run(&g, &b, METHOD_POST, "/api/admin/invites",
                                    "{\"email\":\"n@example.com\",\"expires_in_days\":1}");
    gate_expect(call, 201, "token");
    ck_assert(slice_find(gate_body(call), name, &at));
    (void)snprintf(token, sizeof token, "%.43s", gate_body(call).ptr + at + name.len);
    gate_end(call);
    g.now_ms += 86400000;
    expect(sign_up("n@example.com", token), 400, "invalid_token");
    gate_close(&g);
}
END_TEST

/* --- leaving --- */

START_TEST(the_export_holds_records_of_the_caller_alone_and_no_secret)
{
    static char text[1 << 20];
    char key[API_KEY_LEN + 1];
    start();
    (void)gate_user(&g, "other@example.com", "pro", SCOPES_ALL, key, NULL);
    struct call *call = browser_run(&g, &b, METHOD_GET, "/api/me/export", "");
    ck_assert_int_eq(call->reply.http_status, 200);
    slice got = slice_make(text, gate_drain(call, text, sizeof text));
    gate_end(call);
    ck_assert(slice_has_prefix(got, S("{\"type\":\"user\",\"id\":1,\"email\":\"a@example.com\"")));
    ck_assert(slice_find(got, S("{\"type\":\"session\""), &(size_t){0}));
    ck_assert(!slice_find(got, S("other@example.com"), &(size_t){0}));
    ck_assert(!slice_find(got, S("argon2"), &(size_t){0}));
    ck_assert(!slice_find(got, S("\"hash\""), &(size_t){0}));
    ck_assert(!slice_find(got, S("\"csrf\""), &(size_t){0}));
    gate_close(&g);
}
END_TEST

START_TEST(an_account_is_deleted_with_its_password_only)
{
    struct browser user;
    start();
    uint64_t id = browser_user(&g, "u@example.com", "user");
    browser_sign_in(&g, &user, "u@example.com");
    expect(browser_run(&g, &user, METHOD_DELETE, "/api/me", "{\"password\":\"wrong\"}"), 401,
           "invalid_credentials");
    expect(browser_run(&g, &user, METHOD_DELETE, "/api/me", "{}"), 400, "missing_field");
    expect(browser_run(&g, &b, METHOD_DELETE, "/api/me", "{\"password\":\"" BROWSER_PASSWORD "\"}"),
           409, "last_admin");
    expect(
        browser_run(&g, &user, METHOD_DELETE, "/api/me", "{\"password\":\"" BROWSER_PASSWORD "\"}"),
        204, "");
    expect(browser_run(&g, &user, METHOD_GET, "/api/me", ""), 401, "error");
    expect(browser_login(&g, "u@example.com", NULL), 401, "invalid_credentials");
    struct store_user gone;
    ck_assert_int_eq(store_user_get(temp_read(&g.t), id, &g.t.arena, &gone), ST_NOT_FOUND);
    store_read_end(&g.t.r);
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_second_factor", a_code_is_asked_for_once_it_is_enabled, no_code_opens_twice,
          a_recovery_code_works_once_and_is_kept_as_a_hash, disabling_needs_password_and_code,
          the_administrator_can_switch_it_off_but_not_on,
          a_known_address_gets_the_answer_of_a_new_one,
          an_invitation_is_for_one_address_and_one_account,
          an_invitation_ends_and_a_closed_door_stays_closed,
          the_export_holds_records_of_the_caller_alone_and_no_secret,
          an_account_is_deleted_with_its_password_only)

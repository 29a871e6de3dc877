/* Tests of the licence in force: plan caps, seats, quotas, grace, and a clock that cannot be
 * fooled. */
#include "entitlement.h"

#include "base/file.h"
#include "lib/gate.h"
#include "log.h"

static struct gate g;
static struct error err;
static const unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {42};
static const char *const keys_path = "/tmp/sleuth-entitlement-keys";
static struct buf text;
static int64_t mono_ms;

/* Both clocks as the test wants them. */
static void at(int64_t wall_ms)
{
    g.now_ms = wall_ms;
    clock_fake(wall_ms, mono_ms);
}

static void later(int64_t by_ms)
{
    mono_ms += by_ms;
    at(g.now_ms + by_ms);
}

static void start(const char *mode)
{
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    gate_open(&g);
    log_configure(&(struct log_options){.fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR});
    mono_ms = 1000000;
    at(T0_MS);
    crypt_sign_keypair(public_key, secret, seed);
    ck_ok(file_replace(keys_path, crypt_hex(hex, public_key, sizeof public_key), 0600, &err));
    g.config.license_trusted_keys_file = slice_of(keys_path);
    g.config.billing_mode = slice_of(mode);
    g.app.data_dir = g.t.dir;
    ck_ok(entitlement_create(&g.app, &g.app.entitlement, &err));
    buf_init(&text, LICENSE_TEXT_MAX);
}

/* The process ends and comes back. */
static void restart(void)
{
    entitlement_destroy(&g.app.entitlement);
    ck_ok(entitlement_create(&g.app, &g.app.entitlement, &err));
}

static void finish(void)
{
    buf_finish(&text);
    entitlement_destroy(&g.app.entitlement);
    (void)unlink(keys_path);
    clock_fake(0, 0);
    gate_close(&g);
}

static struct license pro(void)
{
    return (struct license){.id = "lic_1",
                            .licensee = "Lab",
                            .plan = PLAN_PRO,
                            .seats = 3,
                            .analyses_per_month = PLAN_UNLIMITED,
                            .issued_ms = T0_MS,
                            .not_before_ms = T0_MS,
                            .not_after_ms = T0_MS + 365 * LICENSE_DAY_MS};
}

static struct call *post(struct license license)
{
    text.len = 0;
    ck_ok(license_sign(&license, seed, &text, &err));
    g.actor = ACTOR_HOST;
    buf_put_byte(&text, 0);
    return gate_run(&g, METHOD_POST, "/api/admin/license", NULL, text.ptr);
}

static void install(struct license license)
{
    struct call *call = post(license);
    gate_expect(call, 201, "\"state\":\"");
    gate_end(call);
}

static void refused(struct license license, int http_status, const char *code)
{
    struct call *call = post(license);
    gate_expect(call, http_status, code);
    gate_end(call);
}

static char key[API_KEY_LEN + 1];
static struct store_api_key record;

static void plan_is(const char *wanted)
{
    char shown[40];
    (void)snprintf(shown, sizeof shown, "\"plan\":\"%s\"", wanted);
    struct call *call = gate_run(&g, METHOD_GET, "/api/me", key, "");
    gate_expect(call, 200, shown);
    ck_assert_str_eq(call->plan->slug, wanted);
    gate_end(call);
}

static int create_user(const char *mail)
{
    char body[100];
    (void)snprintf(body, sizeof body, "{\"email\":\"%s\"}", mail);
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, METHOD_POST, "/api/admin/users", NULL, body);
    int got = call->reply.http_status;
    ck_assert(got == 201 || gate_says(call, "seats_exceeded"));
    if (got == 201)
        ck_assert(gate_says(call, "\"plan_source\":\"license\""));
    gate_end(call);
    return got;
}

START_TEST(the_lower_of_user_plan_and_licence_counts_for_the_next_request)
{
    start("license");
    (void)gate_user(&g, "ann@example.com", "enterprise", SCOPES_ALL, key, &record);
    plan_is("free"); /* no licence: nothing is sold here */
    install(pro());
    plan_is("pro");
    struct license better = pro();
    better.plan = PLAN_BUSINESS;
    better.issued_ms += 1000;
    install(better);
    plan_is("business");
    refused(pro(), 409, "license_older");
    finish();
}
END_TEST

START_TEST(other_modes_ignore_the_licence)
{
    start("manual");
    (void)gate_user(&g, "ann@example.com", "enterprise", SCOPES_ALL, key, &record);
    install(pro());
    plan_is("enterprise");
    finish();
}
END_TEST

START_TEST(after_the_grace_everything_is_free_and_nothing_is_gone)
{
    start("license");
    (void)gate_user(&g, "ann@example.com", "pro", SCOPES_ALL, key, &record);
    install(pro());
    later(365 * LICENSE_DAY_MS);
    plan_is("pro"); /* grace */
    later(LICENSE_GRACE_MS - 1);
    plan_is("pro");
    later(1);
    plan_is("free");
    struct license next = pro();
    next.issued_ms = next.not_before_ms = T0_MS + 395 * LICENSE_DAY_MS;
    next.not_after_ms = next.not_before_ms + LICENSE_DAY_MS;
    install(next);
    plan_is("pro");
    finish();
}
END_TEST

START_TEST(setting_the_clock_back_extends_nothing)
{
    start("license");
    (void)gate_user(&g, "ann@example.com", "pro", SCOPES_ALL, key, &record);
    install(pro());
    later(365 * LICENSE_DAY_MS + LICENSE_GRACE_MS);
    entitlement_tick(&g.app, g.now_ms);
    plan_is("free");
    at(T0_MS); /* back by 395 days, while it runs */
    plan_is("free");
    mono_ms = 5000;
    restart(); /* and across a restart */
    plan_is("free");
    finish();
}
END_TEST

START_TEST(a_clock_that_is_set_back_again_and_again_still_runs_out)
{
    start("license");
    (void)gate_user(&g, "ann@example.com", "pro", SCOPES_ALL, key, &record);
    install(pro());
    int days = 0;
    for (; days < 500; days++) {
        entitlement_tick(&g.app, g.now_ms);
        mono_ms += LICENSE_DAY_MS;
        at(T0_MS); /* every evening the clock goes back to the first day */
        struct call *call = gate_run(&g, METHOD_GET, "/api/me", key, "");
        bool over = call->plan->rank == PLAN_FREE;
        gate_end(call);
        if (over)
            break;
    }
    ck_assert_int_eq(days, 394); /* 365 days, 30 of grace, and not one more */
    finish();
}
END_TEST

START_TEST(a_jump_back_is_an_audit_record_once)
{
    struct store_page page = {0};
    struct store_audit *rows;
    size_t found = 0;
    start("license");
    for (int i = 0; i < 5; i++) {
        entitlement_tick(&g.app, g.now_ms);
        mono_ms += 61000;
        at(T0_MS - 3600000);
    }
    ck_ok(store_audit_list(temp_read(&g.t), &page, &g.t.arena, &rows));
    for (size_t i = 0; i < page.count; i++)
        found += slice_eq(rows[i].action, S("clock.back"));
    ck_assert_uint_eq(found, 1);
    finish();
}
END_TEST

START_TEST(a_clock_that_went_back_opens_no_month_again)
{
    start("license");
    (void)entitlement_now(&g.app, T0_MS);
    ck_assert_int_eq(entitlement_bill_time(&g.app, T0_MS - 40 * LICENSE_DAY_MS), T0_MS);
    ck_assert_int_eq(entitlement_bill_time(&g.app, T0_MS - 62 * LICENSE_DAY_MS), T0_MS);
    int64_t far = T0_MS - 63 * LICENSE_DAY_MS; /* the clock was far ahead before */
    ck_assert_int_eq(entitlement_bill_time(&g.app, far), far);
    mono_ms += 1000;
    at(T0_MS);
    ck_assert_int_eq(entitlement_bill_time(&g.app, T0_MS), T0_MS + 1000);
    finish();
}
END_TEST

START_TEST(a_clock_set_forward_does_not_begin_a_licence_early_for_long)
{
    start("license");
    (void)gate_user(&g, "ann@example.com", "pro", SCOPES_ALL, key, &record);
    struct license future = pro();
    future.not_before_ms = T0_MS + 10 * LICENSE_DAY_MS;
    future.not_after_ms = T0_MS + 20 * LICENSE_DAY_MS;
    install(future);
    plan_is("free");
    at(T0_MS + 10 * LICENSE_DAY_MS); /* set forward: it begins, and its end comes earlier, too */
    plan_is("pro");
    at(T0_MS);
    plan_is("pro");
    mono_ms += 40 * LICENSE_DAY_MS;
    at(T0_MS);
    plan_is("free");
    finish();
}
END_TEST

START_TEST(seats_are_enabled_users)
{
    start("license");
    install(pro());
    ck_assert_int_eq(create_user("a@example.com"), 201);
    ck_assert_int_eq(create_user("b@example.com"), 201);
    ck_assert_int_eq(create_user("c@example.com"), 201);
    ck_assert_int_eq(create_user("d@example.com"), 409);
    g.actor = ACTOR_HOST;
    struct call *call =
        gate_run(&g, METHOD_PATCH, "/api/admin/users/a@example.com", NULL, "{\"enabled\":false}");
    gate_expect(call, 200, "\"enabled\":false");
    gate_end(call);
    ck_assert_int_eq(create_user("d@example.com"), 201);
    g.actor = ACTOR_HOST;
    call = gate_run(&g, METHOD_PATCH, "/api/admin/users/a@example.com", NULL, "{\"enabled\":true}");
    gate_expect(call, 409, "seats_exceeded");
    gate_end(call);
    finish();
}
END_TEST

START_TEST(users_beyond_the_seats_are_on_the_free_plan)
{
    char other[API_KEY_LEN + 1];
    struct store_api_key row;
    start("license");
    for (int i = 0; i < 3; i++) {
        char mail[40];
        (void)snprintf(mail, sizeof mail, "user%d@example.com", i);
        (void)gate_user(&g, mail, "pro", SCOPES_ALL, other, &row);
    }
    (void)gate_user(&g, "late@example.com", "pro", SCOPES_ALL, key, &record);
    install(pro());
    plan_is("free");
    struct license more = pro();
    more.issued_ms += 1000;
    more.seats = 4;
    install(more);
    plan_is("pro");
    finish();
}
END_TEST

START_TEST(quotas_are_totals_of_the_appliance)
{
    struct license license = pro();
    start("license");
    (void)gate_user(&g, "ann@example.com", "pro", SCOPES_ALL, key, &record);
    license.analyses_per_month = 1;
    install(license);
    for (int i = 0; i < 2; i++) {
        struct call *call =
            gate_run(&g, METHOD_POST, "/api/detect", key,
                     i ? "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,"
                         "performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n"
                         "2,A,0.72,110\\n2,B,0.63,110\\n\"}"
                       : "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,"
                         "performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n"
                         "2,A,0.72,110\\n2,B,0.64,110\\n\"}");
        ck_assert_int_eq(call->reply.http_status, i ? 429 : 200);
        gate_end(call);
    }
    finish();
}
END_TEST

START_TEST(a_file_in_the_data_directory_counts_until_a_newer_one_is_installed)
{
    char path[128];
    struct license license = pro();
    start("license");
    (void)gate_user(&g, "ann@example.com", "enterprise", SCOPES_ALL, key, &record);
    ck_ok(license_sign(&license, seed, &text, &err));
    (void)snprintf(path, sizeof path, "%s/sleuth.lic", g.t.dir);
    ck_ok(file_replace(path, buf_slice(&text), 0600, &err));
    restart();
    plan_is("pro");
    license.plan = PLAN_BUSINESS;
    license.issued_ms += 1000;
    install(license);
    restart();
    plan_is("business");
    finish();
}
END_TEST

START_TEST(what_does_not_verify_is_refused_and_told)
{
    char path[128];
    struct entitlement_view view;
    struct license license = pro();
    start("license");
    (void)snprintf(license.host_id, sizeof license.host_id, "00000000000000000000000000000000");
    refused(license, 409, "license_other_host");
    license = pro();
    license.issued_ms = license.not_before_ms = T0_MS - 100 * LICENSE_DAY_MS;
    license.not_after_ms = T0_MS - LICENSE_GRACE_MS;
    refused(license, 409, "license_expired");
    ck_ok(license_sign(&license, seed, &text, &err));
    text.len -= 3;
    (void)snprintf(path, sizeof path, "%s/sleuth.lic", g.t.dir);
    ck_ok(file_replace(path, buf_slice(&text), 0600, &err));
    restart();
    entitlement_look(&g.app, g.now_ms, &view);
    ck_assert_int_eq(view.state, LICENSE_NONE);
    ck_assert_uint_gt(strlen(view.refused.text), 0);
    finish();
}
END_TEST

TEST_MAIN("entitlement", the_lower_of_user_plan_and_licence_counts_for_the_next_request,
          other_modes_ignore_the_licence, after_the_grace_everything_is_free_and_nothing_is_gone,
          setting_the_clock_back_extends_nothing,
          a_clock_that_is_set_back_again_and_again_still_runs_out,
          a_jump_back_is_an_audit_record_once, a_clock_that_went_back_opens_no_month_again,
          a_clock_set_forward_does_not_begin_a_licence_early_for_long, seats_are_enabled_users,
          users_beyond_the_seats_are_on_the_free_plan, quotas_are_totals_of_the_appliance,
          a_file_in_the_data_directory_counts_until_a_newer_one_is_installed,
          what_does_not_verify_is_refused_and_told)

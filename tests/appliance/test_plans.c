/* Tests of the plans: defaults of the contract, plans.conf, refusals. */
#include "plans.h"

#include "base/file.h"
#include "lib/main.h"

#include <unistd.h>

static struct error err;
static char path[64];

static void start(const char *text)
{
    (void)snprintf(path, sizeof path, "/tmp/sleuth-plans-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    ck_ok(file_replace(path, slice_of(text), 0600, &err));
}

START_TEST(defaults_are_the_ones_that_are_sold)
{
    struct plans plans;
    ck_ok(plans_load(NULL, &plans, &err));
    const uint64_t expected[PLAN_COUNT][4] = {{10, 100, 100, 0},
                                              {60, 1000, 1000, 4900},
                                              {300, 10000, 10000, 29900},
                                              {1000, PLAN_UNLIMITED, PLAN_UNLIMITED, 0}};
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        const struct plan *p = &plans.plan[i];
        ck_assert_uint_eq(p->rank, i);
        ck_assert_uint_eq(p->per_minute, expected[i][0]);
        ck_assert_uint_eq(p->per_day, expected[i][1]);
        ck_assert_uint_eq(p->analyses_per_month, expected[i][2]);
        ck_assert_uint_eq(p->price_cents, expected[i][3]);
    }
    ck_assert_uint_eq(plans.plan[PLAN_FREE].keys_max, 2);
    plans_finish(&plans);
}
END_TEST

START_TEST(file_changes_single_members)
{
    struct plans plans;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    start("[plan \"pro\"]\nper_minute = 90\nstripe_price = price_1\n[plan \"business\"]\n"
          "per_day = unlimited\nname = Team\n");
    ck_ok(plans_load(path, &plans, &err));
    ck_assert_uint_eq(plans.plan[PLAN_PRO].per_minute, 90);
    ck_assert_uint_eq(plans.plan[PLAN_PRO].per_day, 1000);
    ck_slice(plans.plan[PLAN_PRO].stripe_price, "price_1");
    ck_slice(plans.plan[PLAN_BUSINESS].name, "Team");
    const char *name;
    slice text;
    bool seen = false;
    for (size_t i = 0; plan_field(&plans.plan[PLAN_BUSINESS], i, &name, &text, &arena); i++)
        if (strcmp(name, "per_day") == 0) {
            ck_slice(text, "unlimited");
            seen = true;
        }
    ck_assert(seen);
    plans_finish(&plans);
    arena_finish(&arena);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

static void refused(const char *text, const char *why)
{
    struct plans plans;
    start(text);
    ck_status(plans_load(path, &plans, &err), ST_CONFIG);
    ck_assert_msg(strstr(err.text, why), "'%s' does not say '%s'", err.text, why);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_int_eq(unlink(path), 0);
}

START_TEST(wrong_files_are_refused_with_their_line)
{
    refused("[plan \"gold\"]\nper_minute = 1\n", ":2");
    refused("[plan \"pro\"]\nper_minut = 1\n", "unknown key");
    refused("[plan \"pro\"]\nper_minute = 0\n", "1 to 100000");
    refused("[plan \"pro\"]\nper_minute = unlimited\n", "1 to 100000");
    refused("[plan \"pro\"]\npurchasable = yes\n", "true or false");
    refused("[plan \"pro\"]\ncurrency = EURO\n", "3 to 3");
    refused("[plan \"free\"]\nper_minute = 61\n", "'pro' allows less than plan 'free'");
}
END_TEST

START_TEST(a_missing_file_means_defaults)
{
    struct plans plans;
    ck_ok(plans_load("/nonexistent/plans.conf", &plans, &err));
    ck_assert_uint_eq(plans.plan[PLAN_PRO].per_minute, 60);
    plans_finish(&plans);
}
END_TEST

TEST_MAIN("plans", defaults_are_the_ones_that_are_sold, file_changes_single_members,
          wrong_files_are_refused_with_their_line, a_missing_file_means_defaults)

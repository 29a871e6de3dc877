/* psi*: relative change per round, and its interval. */
#include "small_log.h"

static double x[13];
static struct plane planes[] = {{.rows = 1, .columns = 13, .value = x}};

START_TEST(steady_growth_of_five_percent_reads_log_105)
{
    struct arena arena;
    struct interval interval;
    struct settings settings = {.count = 1, .plane = planes};
    for (size_t t = 0; t < 13; t++)
        x[t] = log(1.05) * (double)t;
    arena_init(&arena, 1 << 20);
    ck_near(psi_star(&arena, &settings, 1, &interval), log(1.05), 1e-15);
    ck_assert(interval.defined);
    ck_near(interval.low, log(1.05), 1e-12);
    ck_near(interval.high, log(1.05), 1e-12);
    arena_finish(&arena);
}
END_TEST

START_TEST(the_interval_holds_the_estimate_and_needs_four_steps)
{
    struct arena arena;
    struct interval interval;
    struct settings settings = {.count = 1, .plane = planes};
    struct rng rng = rng_begin(1, 1);
    for (size_t t = 0; t < 13; t++)
        x[t] = normal(&rng);
    arena_init(&arena, 1 << 20);
    double psi = psi_star(&arena, &settings, 1, &interval);
    ck_assert(interval.low < psi);
    ck_assert(psi < interval.high);
    planes[0].columns = 4;
    (void)psi_star(&arena, &settings, 1, &interval);
    ck_assert(!interval.defined);
    planes[0].columns = 13;
    arena_finish(&arena);
}
END_TEST

START_TEST(no_setting_no_change)
{
    struct arena arena;
    struct interval interval;
    const struct settings none = {0};
    arena_init(&arena, 1 << 20);
    ck_near(psi_star(&arena, &none, 1, &interval), 0, 0);
    ck_assert(!interval.defined);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("describe", steady_growth_of_five_percent_reads_log_105,
          the_interval_holds_the_estimate_and_needs_four_steps, no_setting_no_change)

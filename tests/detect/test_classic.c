/* The classic block: details, and rules that hold for any log. */
#include "detect/frame.h"
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct classic classic;
static struct detect_options options;

static void run(const char *csv)
{
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    options = detect_options_default();
    ck_ok(
        classic_build(panel_of(&arena, ENGINE_CALIBRATED, csv), &options, &arena, &classic, &err));
}

/* A random log; factor scales the constraints, order permutes the rows. */
static const char *random_log(struct buf *csv, uint32_t seed, double factor, size_t order)
{
    enum { ROWS = 24 };
    char rows[ROWS][96];
    uint32_t state = seed;
    for (size_t i = 0; i < ROWS; i++) {
        double c[2];
        for (size_t j = 0; j < 2; j++) {
            state = state * 1664525 + 1013904223;
            c[j] = (1 + (double)(state >> 20)) * factor;
        }
        state = state * 1664525 + 1013904223;
        (void)snprintf(rows[i], sizeof rows[i], "%zu,S%zu,0.%u,%.17g,%.17g\n", i / 4, i % 4,
                       1000 + (state >> 20), c[0], c[1]);
    }
    buf_init(csv, 1 << 16);
    buf_put_str(csv, "time_period,algorithm,performance,constraint_a,constraint_b\n");
    for (size_t i = 0; i < ROWS; i++)
        buf_put_str(csv, rows[(i * (2 * order + 1)) % ROWS]);
    buf_put_byte(csv, 0);
    return csv->ptr;
}

START_TEST(details_by_hand)
{
    run("time_period,algorithm,performance,constraint_a\n"
        "1,A,.1,10\n1,B,.3,20\n2,A,.5,30\n2,B,.7,40\n");
    ck_assert_uint_eq(classic.period_count, 2);
    ck_assert(isnan(classic.periods[0].step));
    ck_assert_double_eq(classic.periods[1].step, 20);
    ck_close(classic.periods[0].performance_mean, .2, 1e-15);
    ck_assert_double_eq(classic.periods[1].constraint_mean[0], 35);
    ck_close(classic.periods[0].consistency, 1 - sqrt(50) / 15, 1e-15);
    ck_assert_uint_eq(classic.algorithm_count, 2);
    ck_slice(classic.algorithms[1].name, "B");
    ck_assert_double_eq(classic.algorithms[1].psi, 20);
    ck_assert(isnan(classic.algorithms[1].rho_pc)); /* two rows */
    ck_assert_double_eq(classic.constraints[0].mean, 25);
    ck_assert_double_eq(classic.constraints[0].psi_share, 1);
    ck_close(classic.constraints[0].correlation, 1, 1e-15);
    ck_close(classic.spearman, 1, 1e-15);
}
END_TEST

START_TEST(the_partial_correlation_removes_the_common_trend)
{
    /* y and x both rise with time and nothing else: the residuals of x are 1,-1,-1,1, of y the
     * same with the other sign. */
    run("time_period,algorithm,performance,constraint_a\n1,A,9,11\n2,A,21,19\n3,A,31,29\n4,A,39,"
        "41\n");
    ck_assert_double_gt(classic.indicator[INDICATOR_RHO_PC].score, 0.98);
    ck_close(classic.partial_rho, -1, 1e-12);
}
END_TEST

START_TEST(the_order_of_rows_does_not_matter)
{
    for (uint32_t seed = 1; seed < 30; seed++) {
        struct buf csv;
        run(random_log(&csv, seed, 1, 0));
        struct classic first = classic;
        buf_finish(&csv);
        run(random_log(&csv, seed, 1, 2)); /* 5 and 24 have no common divisor */
        buf_finish(&csv);
        for (int id = 0; id < INDICATOR_COUNT; id++)
            ck_close(classic.indicator[id].score, first.indicator[id].score, 1e-12);
        ck_close(classic.partial_rho, first.partial_rho, 1e-12);
        ck_close(classic.spearman, first.spearman, 1e-12);
    }
}
END_TEST

START_TEST(only_psi_depends_on_the_unit)
{
    for (uint32_t seed = 1; seed < 30; seed++) {
        struct buf csv;
        run(random_log(&csv, seed, 1, 0));
        struct classic first = classic;
        buf_finish(&csv);
        run(random_log(&csv, seed, 1000, 0));
        buf_finish(&csv);
        ck_close(classic.indicator[INDICATOR_PSI].score / first.indicator[INDICATOR_PSI].score,
                 1000, 1e-12);
        ck_close(classic.indicator[INDICATOR_CCS].score, first.indicator[INDICATOR_CCS].score,
                 1e-12);
        ck_close(classic.indicator[INDICATOR_RHO_PC].score, first.indicator[INDICATOR_RHO_PC].score,
                 1e-12);
    }
}
END_TEST

START_TEST(a_log_without_constraints_has_no_classic_numbers)
{
    run("time_period,algorithm,performance,temperature\n1,A,.1,1\n2,A,.2,2\n3,A,.3,1\n4,A,.4,2\n");
    ck_assert(!classic.defined);
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        ck_assert(isnan(classic.indicator[id].score));
        ck_assert_str_eq(classic.indicator[id].reason, "no_constraint_columns");
    }
    ck_assert_int_eq(classic.risk, RISK_UNKNOWN);
    ck_assert_uint_eq(classic.constraint_count, 0);
}
END_TEST

START_TEST(a_small_arena_is_told_at_every_size)
{
    struct buf csv;
    const char *text = random_log(&csv, 3, 1, 0);
    status rc = ST_TOO_LARGE;
    struct arena panel_arena;
    arena_init(&panel_arena, 1 << 24);
    struct panel *panel = panel_of(&panel_arena, ENGINE_CALIBRATED, text);
    options = detect_options_default();
    options.bootstrap.run = true;
    options.bootstrap.resamples = 10;
    for (size_t cap = 64; rc != ST_OK && cap < 1 << 22; cap += 512) {
        arena_init(&arena, cap);
        rc = classic_build(panel, &options, &arena, &classic, &err);
        ck_assert(rc == ST_OK || rc == ST_TOO_LARGE);
        arena_finish(&arena);
    }
    ck_assert_int_eq(rc, ST_OK);
    arena_finish(&panel_arena);
    buf_finish(&csv);
}
END_TEST

TEST_MAIN("classic", details_by_hand, the_partial_correlation_removes_the_common_trend,
          the_order_of_rows_does_not_matter, only_psi_depends_on_the_unit,
          a_log_without_constraints_has_no_classic_numbers, a_small_arena_is_told_at_every_size)

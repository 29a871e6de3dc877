/* Row bootstrap: against a plain computation, same bits for any threads, intervals, cancelling. */
#include "detect/frame.h"
#include "detect/rng.h"
#include "lib/panel.h"

#include <stdatomic.h>

static struct error err;
static struct detect_options options;

static const char log_text[] = "time_period,algorithm,performance,constraint_a,constraint_b\n"
                               "1,A,.51,100,8\n1,B,.62,103,\n2,A,.55,111,9\n2,B,.61,120,7\n"
                               "3,A,.58,118,8.5\n3,B,.66,125,9.5\n4,A,.57,,9\n4,B,.69,131,10\n"
                               "5,A,.61,133,11\n5,B,.70,129,10.5\n6,A,.59,140,10\n6,B,.72,138,12\n";

static struct classic run(struct arena *arena, const char *csv)
{
    struct classic classic;
    arena_finish(arena);
    arena_init(arena, 1 << 26);
    ck_ok(classic_build(panel_of(arena, ENGINE_CALIBRATED, csv), &options, arena, &classic, &err));
    return classic;
}

static void setup(void)
{
    options = detect_options_default();
    options.bootstrap.run = true;
    options.bootstrap.resamples = 500;
    options.bootstrap.include_samples = true;
}

static bool same_bits(const struct classic *a, const struct classic *b)
{
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        const struct bootstrap_stat *x = &a->bootstrap[id];
        const struct bootstrap_stat *y = &b->bootstrap[id];
        if (memcmp(&x->mean, &y->mean, 5 * sizeof(double)) != 0 || x->successful != y->successful ||
            memcmp(x->samples, y->samples, x->successful * sizeof(double)) != 0)
            return false;
    }
    return true;
}

START_TEST(one_two_and_seven_threads_give_the_same_bits)
{
    static const size_t threads[] = {1, 2, 7};
    static struct arena arena[4]; /* lives as long as the process of the test */
    setup();
    struct classic serial = run(&arena[0], log_text);
    for (size_t i = 0; i < 3; i++) {
        size_t count = threads[i];
        options.hooks = (struct detect_hooks){.ctx = &count, .parallel_for = loop_in_threads};
        struct classic parallel = run(&arena[i + 1], log_text);
        ck_assert(same_bits(&serial, &parallel));
    }
}
END_TEST

START_TEST(another_seed_gives_other_samples)
{
    static struct arena arena[2]; /* lives as long as the process of the test */
    setup();
    struct classic first = run(&arena[0], log_text);
    options.seed = 2;
    struct classic second = run(&arena[1], log_text);
    ck_assert(!same_bits(&first, &second));
    ck_close(second.bootstrap[1].mean, first.bootstrap[1].mean, 0.02);
}
END_TEST

/* The resample of a log whose rows are all equal is the log itself. */
START_TEST(equal_rows_have_no_spread)
{
    static struct arena arena; /* lives as long as the process of the test */
    setup();
    struct classic c = run(&arena, "time_period,algorithm,performance,constraint_a\n"
                                   "1,A,.5,10\n1,B,.5,10\n2,A,.5,12\n2,B,.5,12\n");
    const struct bootstrap_stat *psi = &c.bootstrap[INDICATOR_PSI];
    for (size_t b = 0; b < psi->successful; b++) /* one period drawn: 0, else the step */
        ck_assert(psi->samples[b] == 0 || fabs(psi->samples[b] - 2) < 1e-12);
    ck_assert_uint_eq(psi->successful, 500);
    ck_assert_uint_eq(c.bootstrap[INDICATOR_RHO_PC].successful, 0); /* constant performance */
    ck_assert_uint_eq(c.bootstrap[INDICATOR_RHO_PC].failures, 500);
    ck_assert(isnan(c.bootstrap[INDICATOR_RHO_PC].mean));
}
END_TEST

/* One replicate recomputed by the functions of the indicators on a log made of the drawn rows. */
START_TEST(a_replicate_equals_the_indicators_of_its_rows)
{
    enum { N = 12 };
    static struct arena arena; /* lives as long as the process of the test */
    setup();
    options.bootstrap.resamples = 1;
    for (uint64_t seed = 1; seed < 40; seed++) {
        options.seed = seed;
        struct classic boot = run(&arena, log_text);
        struct rng rng = rng_begin(seed ^ UINT64_C(0x3C6EF372FE96982B), 1);
        const char *rows[N + 1];
        size_t lens[N + 1];
        slice rest = slice_of(log_text);
        slice line;
        for (size_t i = 0; slice_split(&rest, '\n', &line) && i <= N; i++) {
            rows[i] = line.ptr;
            lens[i] = line.len;
        }
        struct buf csv;
        buf_init(&csv, 1 << 16);
        buf_printf(&csv, "%.*s\n", (int)lens[0], rows[0]);
        for (size_t i = 0; i < N; i += 2) {
            uint64_t bits = rng_next(&rng);
            size_t first = ((bits >> 32) * N) >> 32;
            size_t second = ((bits & UINT32_MAX) * N) >> 32;
            buf_printf(&csv, "%.*s\n%.*s\n", (int)lens[first + 1], rows[first + 1],
                       (int)lens[second + 1], rows[second + 1]);
        }
        buf_put_byte(&csv, 0);
        struct arena again = {0};
        options.bootstrap.run = false;
        struct classic direct = run(&again, csv.ptr);
        options.bootstrap.run = true;
        for (int id = 0; id < INDICATOR_COUNT; id++) {
            const struct bootstrap_stat *stat = &boot.bootstrap[id];
            double expected = direct.indicator[id].score;
            ck_assert_uint_eq(stat->successful, isnan(expected) ? 0U : 1U);
            if (!isnan(expected))
                ck_close(stat->samples[0], expected, 1e-9);
        }
        arena_finish(&again);
        arena_finish(&arena);
        buf_finish(&csv);
    }
}
END_TEST

START_TEST(intervals_are_ordered_and_widen_with_confidence)
{
    static struct arena arena[3]; /* lives as long as the process of the test */
    setup();
    struct classic narrow = run(&arena[0], log_text);
    options.bootstrap.confidence = 0.99;
    struct classic wide = run(&arena[1], log_text);
    options.bootstrap.method = CI_BCA;
    struct classic bca = run(&arena[2], log_text);
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        ck_assert(wide.bootstrap[id].ci_lower <= narrow.bootstrap[id].ci_lower);
        ck_assert(wide.bootstrap[id].ci_upper >= narrow.bootstrap[id].ci_upper);
        ck_assert(narrow.bootstrap[id].ci_lower <= narrow.bootstrap[id].median);
        ck_assert(bca.bootstrap[id].ci_lower <= bca.bootstrap[id].ci_upper);
    }
    /* PSI is biased upward by resampling: BCa moves the interval down. */
    ck_assert(bca.bootstrap[INDICATOR_PSI].ci_upper < wide.bootstrap[INDICATOR_PSI].ci_upper);
}
END_TEST

START_TEST(samples_stay_out_unless_asked_for)
{
    static struct arena arena; /* lives as long as the process of the test */
    setup();
    options.bootstrap.include_samples = false;
    struct classic c = run(&arena, log_text);
    ck_assert_ptr_null(c.bootstrap[0].samples);
    ck_assert(c.bootstrapped);
}
END_TEST

static bool cancel_now(void *ctx)
{
    return true;
}

static _Atomic size_t most_done;

static void remember_progress(void *ctx, const char *phase, size_t done, size_t total)
{
    ck_assert_str_eq(phase, "bootstrap");
    ck_assert_uint_le(done, total);
    if (done > most_done)
        most_done = done;
}

START_TEST(cancelling_stops_and_progress_reaches_the_end)
{
    static struct arena arena; /* lives as long as the process of the test */
    struct classic classic;
    setup();
    options.hooks.cancelled = cancel_now;
    arena_finish(&arena);
    arena_init(&arena, 1 << 26);
    ck_status(classic_build(panel_of(&arena, ENGINE_CALIBRATED, log_text), &options, &arena,
                            &classic, &err),
              ST_CANCELLED);
    options.hooks = (struct detect_hooks){.progress = remember_progress};
    (void)run(&arena, log_text);
    ck_assert_uint_eq(most_done, 500);
}
END_TEST

START_TEST(extreme_magnitudes_stay_finite)
{
    static struct arena arena; /* lives as long as the process of the test */
    setup();
    struct classic c =
        run(&arena, "time_period,algorithm,performance,constraint_a,constraint_b\n"
                    "1,A,.5,1e200,1e-300\n1,B,.6,2e200,2e-300\n2,A,.4,1.5e200,3e-300\n"
                    "2,B,.7,3e200,1e-300\n3,A,.5,2e200,2e-300\n3,B,.9,1e200,1e-300\n");
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        ck_assert(isfinite(c.bootstrap[id].ci_lower));
        ck_assert(isfinite(c.bootstrap[id].ci_upper));
    }
    ck_assert_double_gt(c.bootstrap[INDICATOR_PSI].mean, 1e199);
}
END_TEST

TEST_MAIN("bootstrap", one_two_and_seven_threads_give_the_same_bits,
          another_seed_gives_other_samples, equal_rows_have_no_spread,
          a_replicate_equals_the_indicators_of_its_rows,
          intervals_are_ordered_and_widen_with_confidence, samples_stay_out_unless_asked_for,
          cancelling_stops_and_progress_reaches_the_end, extreme_magnitudes_stay_finite)

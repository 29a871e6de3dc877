/* Every copy of the hot path gives the same bits, on complete and incomplete logs. */
#include "small_log.h"

enum { UNITS = 5, PERIODS = 14, DRAWS = 100, TALLY_MAX = 16384 };

static struct series *series_all(struct arena *arena, const struct plane *planes, size_t count)
{
    struct series *series = planes ? arena_array(arena, count, sizeof *series) : NULL;
    for (size_t j = 0; j < count && series; j++)
        series[j] = series_make(arena, &planes[j], 0);
    return series;
}

/* Two settings and a category, with holes when asked for. */
static struct small_log *log_make(bool holes)
{
    struct small_log *log = log_begin(UNITS, 2, 3);
    struct rng rng = rng_begin(11, 3);
    for (uint32_t k = 0; k < UNITS; k++) {
        for (size_t t = 0; t < PERIODS; t++) {
            size_t row = log_row(log, (double)t + 1, k, 0.5 + 0.02 * normal(&rng));
            log->setting[0][row] = exp(0.3 * normal(&rng));
            log->setting[1][row] = exp(0.3 * normal(&rng));
            log->label[row] = 1 + rng_below(&rng, 3);
            if (holes && rng_below(&rng, 9) == 0)
                log->performance[row] = NAN;
        }
    }
    return log;
}

static void protocol_make(struct small_log *log, struct cells *cells, struct protocol *ret)
{
    struct error err;
    struct arena *arena = &log->arena;
    struct grid grid;
    ck_ok(cells_make(&log->panel, false, arena, &grid, cells, &err));
    struct settings usable = settings_usable(arena, cells);
    struct categories live = categories_live(arena, cells);
    const struct workspace *work = work_for(arena, PERIODS);
    size_t p = usable.count;
    *ret = (struct protocol){.unit_count = UNITS,
                             .period_count = PERIODS,
                             .setting_count = p,
                             .settings = usable,
                             .quadratic_removed = true};
    ret->innovations = innovations_make(arena, &usable, work);
    ret->changes = changes_make(arena, UNITS, PERIODS, &usable, &live, work);
    ret->anchors = anchors_make(arena, &usable, UNITS, PERIODS, ret->innovations.specific != NULL);
    ret->own = series_all(arena, ret->innovations.own, p);
    ret->specific = series_all(arena, ret->innovations.specific, p);
    ret->common = series_all(arena, ret->innovations.common, p);
    ret->size_level = series_make(arena, &ret->changes.size_residual, 0);
    ret->size_improvement = series_make(arena, &ret->changes.size_residual, 1);
    ret->cosine = series_make(arena, &ret->changes.cosine, 1);
    ret->switch_level = series_make(arena, &ret->changes.switch_residual, 0);
    ret->switch_improvement = series_make(arena, &ret->changes.switch_residual, 1);
}

/* Every statistic of every draw by this kernel, one after the other; returns how many lanes. */
static size_t run_all(const struct kernel *kernel, const struct protocol *protocol,
                      const struct draws *draws, struct arena *arena, lanes *ret)
{
    static _Alignas(64) unsigned char tally[KERNEL_TESTS_MAX][TALLY_MAX];
    size_t count = 0;
    for (size_t shift = 0; shift < 2; shift++) {
        struct block block = block_make(arena, protocol->side, draws, shift);
        for (size_t first = 0; first < draws->count; first += LANES) {
            struct sums pool[4] = {{.product = {0}}};
            memset(tally, 0, sizeof tally);
            kernel->begin(&block, first);
            for (size_t k = 0; k < UNITS; k++) {
                kernel->load(&block, k);
                for (size_t i = 0; i < kernel->test_count && shift == 0; i++)
                    kernel->test[i]->unit(protocol, &block, k, tally[i]);
                if (shift == 1)
                    kernel->coupling_unit(protocol, &block, k, pool);
            }
            for (size_t i = 0; i < kernel->test_count && shift == 0; i++, count += 4)
                kernel->test[i]->finish(protocol, &block, tally[i], ret + count);
            if (shift == 1)
                kernel->coupling_finish(protocol, &block, pool, &ret[count++]);
        }
    }
    return count;
}

static void compare_kernels(bool holes)
{
    enum { VALUES_MAX = 2000 };
    static lanes expected[VALUES_MAX], actual[VALUES_MAX];
    struct small_log *log = log_make(holes);
    struct cells cells;
    struct protocol protocol;
    protocol_make(log, &cells, &protocol);
    struct score_side side = score_side_make(&log->arena, &cells.score);
    protocol.side = &side;
    ck_assert_int_eq(side.complete, !holes);
    struct draws draws = draws_make(UNITS, PERIODS, DRAWS - 1, 1);
    size_t count = run_all(&kernel_plain, &protocol, &draws, &log->arena, expected);
    ck_assert_uint_gt(count, DRAWS / LANES * 17);
    for (size_t i = 0; i < kernel_count; i++) {
        if (!kernels[i]->supported())
            continue;
        memset(actual, 0, sizeof actual);
        ck_assert_uint_eq(run_all(kernels[i], &protocol, &draws, &log->arena, actual), count);
        ck_assert_mem_eq(actual, expected, count * sizeof *expected);
    }
    log_end(log);
}

START_TEST(complete_logs_give_the_same_bits)
{
    compare_kernels(/* holes= */ false);
}
END_TEST

START_TEST(logs_with_holes_give_the_same_bits)
{
    compare_kernels(/* holes= */ true);
}
END_TEST

START_TEST(the_widest_supported_kernel_is_chosen)
{
    const struct kernel *chosen = kernel_choose();
    ck_assert(chosen->supported());
    for (size_t i = 0; kernels[i] != chosen; i++)
        ck_assert(!kernels[i]->supported());
    ck_assert_ptr_eq(kernels[kernel_count - 1], &kernel_plain);
    ck_assert(kernel_plain.supported());
}
END_TEST

TEST_MAIN("kernel", complete_logs_give_the_same_bits, logs_with_holes_give_the_same_bits,
          the_widest_supported_kernel_is_chosen)

/* Row bootstrap of the classic indicators: resample rows, recompute, summarise.
 *
 * B resamples of n rows with replacement (classic.md 1.6). Instead of gathering rows, a resample
 * counts how often each row was drawn; one pass over columns that were prepared once then adds
 * weight x feature per period. Features are centred on the mean of the log, so weighted second
 * moments lose no digits. Replicate b uses its own random stream: results do not depend on threads.
 *
 * Rows are sorted by period. Feature columns, in lanes of 4 padded with zeros:
 *   summed per period: 1 | d_1..d_p | m_1..m_p (only with missing values)
 *   summed over all:   y, x, y^2, x^2, x y | d_1^2..d_p^2
 * y performance, x row mean, d constraint, all centred; m = 1 where the value exists. */
#include "detect/frame.h"
#include "detect/interval.h"
#include "detect/rng.h"
#include "detect/wide.h"

#include <math.h>
#include <stdatomic.h>

enum { LANES = 4, CHUNK = 32, GROUPS_MAX = 500 };
enum { SLOTS = 64, SCRATCH_DOUBLES = 1 << 20 }; /* 8 MiB of scratch, but one slot at least */
/* Keeps these streams apart from the permutation draws of the same seed. */
#define STREAM UINT64_C(0x3C6EF372FE96982B)

enum { P_COUNT, P_D };                     /* summed per period; then the m */
enum { G_Y, G_X, G_YY, G_XX, G_XY, G_DD }; /* summed over all rows */

/* The lanes of one row; the compiler splits them where registers are narrower. */
typedef double row_lanes __attribute__((vector_size(LANES * sizeof(double))));

struct plan {
    const struct frame *frame;
    const struct detect_options *options;
    size_t n, p, periods;
    size_t period_blocks;    /* blocks of 4 features that are summed per period */
    size_t block_count;      /* of all features */
    const double *features;  /* [block][row][4], rows by period */
    const uint32_t *start;   /* [periods + 1] first row of each period */
    const double *centre;    /* [p] mean of each constraint */
    const double *scale;     /* [p] near its largest deviation, so that squares stay in range */
    const double *step_unit; /* [p] from scaled steps to PSI steps / psi_scale */
    double psi_scale;
    double centre_y, centre_x, scale_x;
    bool missing;                     /* the m columns exist */
    bool whole;                       /* no constraint is missing in any row's mean */
    size_t scratch_doubles;           /* per chunk */
    double *scratch;                  /* [chunks][scratch_doubles] */
    double *samples[INDICATOR_COUNT]; /* [resamples], NaN = failed */
    atomic_size_t done;               /* resamples finished, for progress */
};

/* --- preparation ---------------------------------------------------------------------------------
 */

static double centred(double value, double centre, double scale)
{
    return isnan(value) ? 0 : (value - centre) / scale;
}

static double period_feature(const struct plan *plan, size_t row, size_t q)
{
    const struct frame *f = plan->frame;
    size_t j = (q - P_D) % plan->p;
    if (q == P_COUNT)
        return 1;
    if (q < P_D + plan->p)
        return centred(f->constraint[j][row], plan->centre[j], plan->scale[j]);
    bool is_m = plan->missing && q < P_D + 2 * plan->p;
    return is_m && !isnan(f->constraint[j][row]) ? 1 : 0;
}

static double global_feature(const struct plan *plan, size_t row, size_t q)
{
    const struct frame *f = plan->frame;
    double y = centred(f->performance[row], plan->centre_y, 1);
    double x = centred(f->row_mean[row], plan->centre_x, plan->scale_x);
    double fixed[] = {[G_Y] = y, [G_X] = x, [G_YY] = y * y, [G_XX] = x * x, [G_XY] = x * y};
    if (q < G_DD)
        return fixed[q];
    double d = q < G_DD + plan->p ? period_feature(plan, row, P_D + q - G_DD) : 0;
    return d * d;
}

static void fill_features(const struct plan *plan, double *features)
{
    for (size_t block = 0; block < plan->block_count; block++)
        for (size_t i = 0; i < plan->n; i++)
            for (size_t lane = 0; lane < LANES; lane++)
                features[(block * plan->n + i) * LANES + lane] =
                    block < plan->period_blocks
                        ? period_feature(plan, plan->frame->by_period[i], block * LANES + lane)
                        : global_feature(plan, plan->frame->by_period[i],
                                         (block - plan->period_blocks) * LANES + lane);
}

static double deviation_scale(const struct moments *m)
{
    return stats_scale(m->max - m->mean > m->mean - m->min ? m->max - m->mean : m->mean - m->min);
}

static bool fill_centres(struct plan *plan, struct arena *arena)
{
    const struct frame *f = plan->frame;
    double *centre = arena_array(arena, plan->p, sizeof *centre);
    double *scale = arena_array(arena, plan->p, sizeof *scale);
    double *unit = arena_array(arena, plan->p, sizeof *unit);
    double largest = 0;
    if (!centre || !scale || !unit)
        return false;
    for (size_t j = 0; j < plan->p; j++) {
        struct moments m = stats_moments(f->constraint[j], plan->n);
        centre[j] = m.mean;
        scale[j] = deviation_scale(&m);
        unit[j] = scale[j] / f->psi_unit[j];
        largest = unit[j] > largest ? unit[j] : largest;
        plan->missing |= m.count < plan->n;
    }
    plan->psi_scale = stats_scale(largest);
    for (size_t j = 0; j < plan->p; j++)
        unit[j] /= plan->psi_scale;
    struct moments x = stats_moments(f->row_mean, plan->n);
    plan->centre_y = stats_moments(f->performance, plan->n).mean;
    plan->centre_x = x.mean;
    plan->scale_x = deviation_scale(&x);
    plan->centre = centre;
    plan->scale = scale;
    plan->step_unit = unit;
    return true;
}

static void fill_starts(const struct plan *plan, uint32_t *start)
{
    for (size_t i = 0; i < plan->n; i++)
        start[plan->frame->period[plan->frame->by_period[i]] + 1]++;
    for (size_t t = 0; t < plan->periods; t++)
        start[t + 1] += start[t];
}

static size_t chunk_count(const struct plan *plan)
{
    return (plan->options->bootstrap.resamples + CHUNK - 1) / CHUNK;
}

/* Chunks with the same remainder share one slot of scratch and run one after the other; slots run
 * side by side. Which slot a chunk uses does not touch its numbers. */
static size_t slot_count(const struct plan *plan)
{
    size_t slots = SCRATCH_DOUBLES / plan->scratch_doubles;
    slots = slots < 1 ? 1 : slots > SLOTS ? SLOTS : slots;
    return slots < chunk_count(plan) ? slots : chunk_count(plan);
}

/* Sums per period, then their total, then the sums over all rows. */
static size_t sums_size(const struct plan *plan)
{
    return (plan->periods * plan->period_blocks + plan->block_count) * LANES;
}

/* The samples may stay in the report; all else goes. */
static status plan_build(struct plan *plan, struct arena *arena, struct arena *scratch,
                         struct error *err)
{
    const struct frame *f = plan->frame;
    size_t resamples = plan->options->bootstrap.resamples;
    uint32_t *start = arena_array(scratch, plan->periods + 1, sizeof *start);
    TRY(arena_check(scratch, err));
    plan->whole = !f->constraint_missing_in_row;
    if (!fill_centres(plan, scratch))
        return arena_check(scratch, err);
    fill_starts(plan, start);
    plan->start = start;
    size_t per_period = P_D + plan->p * (plan->missing ? 2 : 1);
    plan->period_blocks = (per_period + LANES - 1) / LANES;
    plan->block_count = plan->period_blocks + (G_DD + plan->p + LANES - 1) / LANES;
    double *features =
        arena_array_raw(scratch, plan->n * plan->block_count, LANES * sizeof *features);
    plan->scratch_doubles = plan->n + sums_size(plan) + 2 * plan->p;
    plan->scratch =
        arena_array_raw(scratch, slot_count(plan), plan->scratch_doubles * sizeof *plan->scratch);
    for (int id = 0; id < INDICATOR_COUNT; id++)
        plan->samples[id] = arena_array_raw(arena, resamples, sizeof(double));
    TRY(arena_check(arena, err));
    TRY(arena_check(scratch, err));
    fill_features(plan, features);
    plan->features = features;
    return ST_OK;
}

/* --- one resample
 * ----------------------------------------------------------------------------------- */

/* Adds weight[i] x features of row i for `blocks` (1 or 2) blocks at once, `stride` doubles apart;
 * odd rows have their own registers: both hide the latency of the additions. */
INLINE void weighted_sums(const double *weight, const double *features, size_t count, size_t stride,
                          const size_t blocks, double *ret)
{
    row_lanes even[2] = {0};
    row_lanes odd[2] = {0};
    row_lanes row;
    size_t i = 0;
    for (; i + 2 <= count; i += 2)
        for (size_t b = 0; b < blocks; b++) {
            memcpy(&row, features + b * stride + i * LANES, sizeof row);
            even[b] += weight[i] * row;
            memcpy(&row, features + b * stride + (i + 1) * LANES, sizeof row);
            odd[b] += weight[i + 1] * row;
        }
    for (size_t b = 0; b < blocks; b++) {
        if (i < count) {
            memcpy(&row, features + b * stride + i * LANES, sizeof row);
            even[b] += weight[i] * row;
        }
        row = even[b] + odd[b];
        memcpy(ret + b * LANES, &row, sizeof row);
    }
}

/* Fills sums as sums_size describes it. */
INLINE void period_sums_inline(const struct plan *plan, const double *weight, double *sums)
{
    size_t stride = plan->period_blocks * LANES;
    size_t block_stride = plan->n * LANES;
    double *total = sums + plan->periods * stride;
    memset(total, 0, stride * sizeof *total);
    for (size_t block = 0; block < plan->period_blocks; block++) {
        const double *features = plan->features + block * block_stride;
        for (size_t t = 0; t < plan->periods; t++) {
            size_t first = plan->start[t];
            double *to = sums + t * stride + block * LANES;
            weighted_sums(weight + first, features + first * LANES, plan->start[t + 1] - first, 0,
                          1, to);
            for (size_t lane = 0; lane < LANES; lane++)
                total[block * LANES + lane] += to[lane];
        }
    }
    size_t block = plan->period_blocks;
    for (; block + 2 <= plan->block_count; block += 2)
        weighted_sums(weight, plan->features + block * block_stride, plan->n, block_stride, 2,
                      total + block * LANES);
    if (block < plan->block_count)
        weighted_sums(weight, plan->features + block * block_stride, plan->n, 0, 1,
                      total + block * LANES);
}

WIDE static void period_sums_wide(const struct plan *plan, const double *weight, double *sums)
{
    period_sums_inline(plan, weight, sums);
}

static void period_sums(const struct plan *plan, const double *weight, double *sums)
{
    if (HAS_WIDE)
        period_sums_wide(plan, weight, sums);
    else
        period_sums_inline(plan, weight, sums);
}

/* Weighted number of values of constraint j in one row of sums. */
static inline double values_of(const struct plan *plan, const double *sums, size_t j)
{
    return plan->missing ? sums[P_D + plan->p + j] : sums[P_COUNT];
}

/* Means of one period; 0 / 0 = NaN where a constraint has no value. */
static inline void period_means(const struct plan *plan, const double *period, double *ret)
{
    double share = 1 / period[P_COUNT];
    for (size_t j = 0; j < plan->p; j++)
        ret[j] =
            plan->missing ? period[P_D + j] / period[P_D + plan->p + j] : period[P_D + j] * share;
}

/* Mean step between the periods that were drawn; NaN when a constraint has no value in one. */
static double psi_from(const struct plan *plan, const double *sums, double *means)
{
    size_t stride = plan->period_blocks * LANES;
    double total = 0;
    size_t seen = 0;
    for (size_t t = 0; t < plan->periods; t++) {
        const double *period = sums + t * stride;
        if (!(period[P_COUNT] > 0))
            continue;
        double *now = means + (seen % 2) * plan->p;
        const double *before = means + (1 - seen % 2) * plan->p;
        double square = 0;
        period_means(plan, period, now);
        for (size_t j = 0; seen > 0 && j < plan->p; j++) {
            double step = (now[j] - before[j]) * plan->step_unit[j];
            square += step * step;
        }
        total += sqrt(square);
        seen++;
    }
    return seen > 1 ? total * plan->psi_scale / (double)(seen - 1)
                    : 0; /* one period: 0, as upstream */
}

static double ccs_from(const struct plan *plan, const double *total, const double *global)
{
    double sum = 0;
    size_t columns = 0;
    for (size_t j = 0; j < plan->p; j++) {
        double count = values_of(plan, total, j);
        if (count < 2)
            continue;
        double shift = total[P_D + j] / count;
        double squares = global[G_DD + j] - shift * total[P_D + j];
        bool flat = squares <= 1e-13 * global[G_DD + j];
        double std = flat ? 0 : sqrt(squares / (count - 1));
        double size = fabs(plan->centre[j] / plan->scale[j] + shift);
        sum += std > 0 ? std / size : 0; /* a mean of 0 gives infinity, so CCS = 0 */
        columns++;
    }
    if (columns == 0)
        return NAN;
    double score = 1 - sum / (double)columns;
    return score > 0 ? score : 0;
}

static double rho_from(const struct plan *plan, double n, const double *global)
{
    double xx = global[G_XX] - global[G_X] * global[G_X] / n;
    double yy = global[G_YY] - global[G_Y] * global[G_Y] / n;
    double xy = global[G_XY] - global[G_X] * global[G_Y] / n;
    bool flat = xx <= 1e-13 * global[G_XX] || yy <= 1e-13 * global[G_YY];
    if (!plan->whole || flat)
        return NAN;
    double r = xy / sqrt(xx * yy);
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

static void indicators_from(const struct plan *plan, const double *sums, double *means,
                            double ret[static INDICATOR_COUNT])
{
    const double *total = sums + plan->periods * plan->period_blocks * LANES;
    const double *global = total + plan->period_blocks * LANES;
    ret[INDICATOR_PSI] = psi_from(plan, sums, means);
    ret[INDICATOR_CCS] = ccs_from(plan, total, global);
    ret[INDICATOR_RHO_PC] = rho_from(plan, total[P_COUNT], global);
}

/* Two row numbers from every 64 random bits. */
static void draw_weights(const struct plan *plan, size_t replicate, double *weight)
{
    struct rng rng = rng_begin(plan->options->seed ^ STREAM, replicate + 1);
    uint64_t n = plan->n;
    memset(weight, 0, plan->n * sizeof *weight);
    for (size_t i = 0; i + 1 < plan->n; i += 2) {
        uint64_t bits = rng_next(&rng);
        weight[((bits >> 32) * n) >> 32] += 1;
        weight[((bits & UINT32_MAX) * n) >> 32] += 1;
    }
    if (plan->n % 2)
        weight[((rng_next(&rng) >> 32) * n) >> 32] += 1;
}

static bool is_cancelled(const struct detect_hooks *hooks)
{
    return hooks->cancelled && hooks->cancelled(hooks->ctx);
}

/* All chunks of one remainder, one after the other, in the scratch of that remainder. */
static void run_slot(void *arg, size_t slot)
{
    struct plan *plan = arg;
    const struct detect_hooks *hooks = &plan->options->hooks;
    double *weight = plan->scratch + slot * plan->scratch_doubles;
    double *sums = weight + plan->n;
    double *means = sums + sums_size(plan);
    size_t resamples = plan->options->bootstrap.resamples;
    size_t slots = slot_count(plan);

    for (size_t chunk = slot; chunk < chunk_count(plan); chunk += slots) {
        size_t end = (chunk + 1) * CHUNK < resamples ? (chunk + 1) * CHUNK : resamples;
        for (size_t b = chunk * CHUNK; b < end; b++) {
            double result[INDICATOR_COUNT];
            if ((plan->n > 10000 || b % CHUNK == 0) && is_cancelled(hooks))
                return;
            draw_weights(plan, b, weight);
            period_sums(plan, weight, sums);
            indicators_from(plan, sums, means, result);
            for (int id = 0; id < INDICATOR_COUNT; id++)
                plan->samples[id][b] = result[id];
        }
        size_t done = atomic_fetch_add_explicit(&plan->done, end - chunk * CHUNK,
                                                memory_order_relaxed); /* a counter, no more */
        if (hooks->progress)
            hooks->progress(hooks->ctx, "bootstrap", done + end - chunk * CHUNK, resamples);
    }
}

/* --- intervals
 * ------------------------------------------------------------------------------------------ */

/* Acceleration of BCa from the jackknife over groups of rows (single rows up to 500):
 * a = sum u^3 / (6 (sum u^2)^1.5), u = mean - value. Source: Efron 1987, JASA 82:171. */
static void accelerations(const struct plan *plan, double *values,
                          double ret[static INDICATOR_COUNT])
{
    size_t groups = plan->n < GROUPS_MAX ? plan->n : GROUPS_MAX;
    double *weight = plan->scratch;
    double *sums = weight + plan->n;
    double *means = sums + sums_size(plan);
    for (size_t g = 0; g < groups; g++) {
        for (size_t i = 0; i < plan->n; i++)
            weight[i] = i % groups == g ? 0 : 1;
        period_sums(plan, weight, sums);
        indicators_from(plan, sums, means, values + g * INDICATOR_COUNT);
    }
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        double mean = 0;
        double squares = 0;
        double cubes = 0;
        for (size_t g = 0; g < groups; g++)
            mean += values[g * INDICATOR_COUNT + (size_t)id] / (double)groups;
        for (size_t g = 0; g < groups; g++) {
            double u = mean - values[g * INDICATOR_COUNT + (size_t)id];
            squares += u * u;
            cubes += u * u * u;
        }
        ret[id] = squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
    }
}

static status summarise_all(struct plan *plan, struct arena *arena, struct classic *ret,
                            struct error *err)
{
    const struct bootstrap_options *options = &plan->options->bootstrap;
    double acceleration[INDICATOR_COUNT] = {NAN, NAN, NAN};
    struct arena_mark mark = arena_mark(arena);
    double *scratch = arena_array_raw(arena, options->resamples, sizeof *scratch);
    double *jackknife = arena_array_raw(arena, GROUPS_MAX, INDICATOR_COUNT * sizeof *jackknife);
    TRY(arena_check(arena, err));
    if (options->method == CI_BCA)
        accelerations(plan, jackknife, acceleration);
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        struct summary summary = {options, ret->indicator[id].score, acceleration[id], scratch};
        interval_summarise(&summary, plan->samples[id], &ret->bootstrap[id]);
        if (options->include_samples)
            ret->bootstrap[id].samples = plan->samples[id];
    }
    arena_rewind(arena, mark);
    ret->bootstrapped = true;
    return ST_OK;
}

status bootstrap_run(const struct frame *frame, const struct detect_options *options,
                     struct arena *arena, struct arena *scratch, struct classic *ret,
                     struct error *err)
{
    struct plan plan = {.frame = frame,
                        .options = options,
                        .n = frame->row_count,
                        .p = frame->constraint_count,
                        .periods = frame->period_count};
    const struct detect_hooks *hooks = &options->hooks;
    TRY(plan_build(&plan, arena, scratch, err));
    if (hooks->parallel_for)
        hooks->parallel_for(hooks->ctx, slot_count(&plan), run_slot, &plan);
    else
        for (size_t slot = 0; slot < slot_count(&plan); slot++)
            run_slot(&plan, slot);
    if (is_cancelled(hooks))
        return error_set(err, ST_CANCELLED, "the bootstrap was cancelled");
    return summarise_all(&plan, arena, ret, err);
}

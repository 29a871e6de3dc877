/* What drove the verdict, from the draw that really happened: strongest setting and system, rounds,
 * how the protocol answered to good and bad results, and the numbers behind the plots. */
#include "detect/kernel.h"
#include "detect/stats.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS_SHOWN_MAX = 5, NULL_BINS = 40, SCATTER_MAX = 20000 };

/* --- Strongest setting and system ----------------------------------------------------------------
 */

static void consider_unit(struct strongest *best, double *evidence, const struct sums *unit,
                          size_t k)
{
    lanes r;
    unit_r(unit, &r);
    double mine = fabs(r[0]) * sqrt(unit->count[0]);
    if (mine > *evidence) {
        *evidence = mine;
        best->unit = k;
        best->unit_r = r[0];
    }
}

struct strongest find_strongest(struct analysis *analysis, struct arena *scratch)
{
    struct protocol *protocol = &analysis->protocol;
    struct strongest best = {0};
    double evidence = 0;
    struct arena_mark mark = arena_mark(scratch);
    struct block block = block_make(scratch, &analysis->side, &analysis->draws, /* shift= */ 0);
    struct sums *pool = arena_array(scratch, protocol->setting_count, sizeof *pool);
    if (scratch->overflow)
        return best;
    block_begin(&block, 0);
    for (size_t k = 0; k < protocol->unit_count; k++) {
        if (protocol->unit_max < protocol->unit_count && k % protocol->unit_max == 0)
            protocol_load(protocol, k);
        block_load(&block, k);
        for (size_t j = 0; j < protocol->setting_count; j++) {
            struct sums unit;
            sums_of(&protocol->own[j], k, &block.level, &unit);
            sums_add(&pool[j], &unit);
            consider_unit(&best, &evidence, &unit, k);
        }
    }
    for (size_t j = 0; j < protocol->setting_count; j++) {
        lanes r;
        pooled_r(&pool[j], &r);
        if (fabs(r[0]) > fabs(best.setting_r)) {
            best.setting = j;
            best.setting_r = r[0];
            best.found = true;
        }
    }
    arena_rewind(scratch, mark);
    return best;
}

/* --- Driving rounds ------------------------------------------------------------------------------
 */

/* The pair of series that the strongest mechanism compares. */
struct pair {
    const struct plane *fixed;
    bool improvement; /* compared with the improvement instead of the level */
};

static struct pair pair_of(const struct analysis *analysis, const struct strongest *best)
{
    const struct protocol *protocol = &analysis->protocol;
    const double *p = analysis->combined.p_mechanism;
    size_t strongest = MECHANISM_COUNT;
    for (size_t m = 0; m < MECHANISM_COUNT; m++) {
        if (!isnan(p[m]) && (strongest == MECHANISM_COUNT || p[m] < p[strongest]))
            strongest = m;
    }
    if (strongest == MECHANISM_REACTIVE && best->found)
        return (struct pair){.fixed = &protocol->innovations.own[best->setting]};
    if (strongest == MECHANISM_LOSE_SHIFT)
        return (struct pair){.fixed = &protocol->changes.size_residual};
    if (strongest == MECHANISM_RATCHET)
        return (struct pair){.fixed = &protocol->changes.cosine, .improvement = true};
    if (strongest == MECHANISM_SWITCH)
        return (struct pair){.fixed = &protocol->changes.switch_residual};
    return (struct pair){0};
}

static double signal_at(const double *row, size_t t, bool improvement)
{
    if (!improvement)
        return row[t];
    return t > 0 ? row[t] - row[t - 1] : NAN;
}

/* Adds the products of one unit, both sides without mean and slope, to their transitions. */
static void add_products(const struct pair *pair, const double *score, size_t k, double *scratch,
                         double *products)
{
    size_t n = pair->fixed->columns, count = 0;
    const double *fixed = plane_row(pair->fixed, k);
    double *a = scratch, *b = scratch + n;
    uint32_t *index = (uint32_t *)(void *)(scratch + (2 + TREND_MAX) * n);
    for (size_t t = 0; t < n; t++) {
        double signal = signal_at(score, t, pair->improvement);
        if (!isfinite(fixed[t]) || !isfinite(signal))
            continue;
        index[count] = (uint32_t)t;
        a[count] = fixed[t];
        b[count++] = signal;
    }
    struct trend trend;
    trend_make(&trend, index, count, /* quadratic= */ false, scratch + 2 * n);
    trend_remove(&trend, a);
    trend_remove(&trend, b);
    for (size_t i = 0; i < count; i++)
        products[index[i]] += a[i] * b[i];
}

static int larger_contribution_first(const void *a, const void *b)
{
    const struct driving_round *x = a, *y = b;
    if (x->contribution > y->contribution || x->contribution < y->contribution)
        return x->contribution > y->contribution ? -1 : 1;
    return (x->transition > y->transition) - (x->transition < y->transition);
}

static void find_rounds(const struct analysis *analysis, const struct strongest *best,
                        struct arena *arena, struct facts *ret)
{
    struct pair pair = pair_of(analysis, best);
    size_t n = analysis->protocol.period_count - 1;
    if (!pair.fixed || !pair.fixed->value)
        return;
    struct driving_round *rounds = arena_array(arena, n, sizeof *rounds);
    double *products = arena_array(arena, n, sizeof *products);
    double *scratch = arena_array(arena, (3 + TREND_MAX) * n, sizeof *scratch);
    double total = 0, size = 0;
    if (arena->overflow)
        return;
    for (size_t k = 0; k < analysis->protocol.unit_count; k++)
        add_products(&pair, plane_row(&analysis->side.residual, k), k, scratch, products);
    for (size_t t = 0; t < n; t++) {
        total += products[t];
        size += fabs(products[t]);
    }
    if (!(fabs(total) > 1e-9 * size))
        return;
    for (size_t t = 0; t < n; t++)
        rounds[t] = (struct driving_round){.transition = t,
                                           .time = analysis->cells->grid->rounds[t + 1],
                                           .contribution = products[t] / total};
    qsort(rounds, n, sizeof *rounds, larger_contribution_first);
    ret->rounds = rounds;
    ret->round_count = n < ROUNDS_SHOWN_MAX ? n : ROUNDS_SHOWN_MAX;
}

/* --- How the protocol answered -------------------------------------------------------------------
 */

struct mean { /* of what followed one kind of result */
    double sum, changes;
    size_t count;
};

static void mean_add(struct mean *mean, double value)
{
    mean->sum += value;
    mean->changes += fabs(value) > 1e-9 ? 1 : 0;
    mean->count++;
}

static double mean_value(const struct mean *mean)
{
    return mean->count > 0 ? mean->sum / (double)mean->count : NAN;
}

static double mean_rate(const struct mean *mean)
{
    return mean->count > 0 ? mean->changes / (double)mean->count : NAN;
}

static double row_median(const double *row, size_t columns, double *scratch)
{
    size_t count = 0;
    for (size_t t = 0; t < columns; t++) {
        if (isfinite(row[t]))
            scratch[count++] = row[t];
    }
    if (count == 0)
        return NAN;
    stats_sort(scratch, scratch + columns, count);
    return stats_quantile(scratch, count, 0.5);
}

struct answers {
    struct mean after_low, after_high;         /* change sizes */
    struct mean after_improvement, after_fall; /* turn cosines */
    struct mean after_drop, after_rise;        /* switches */
};

/* The row of a plane that may not be there. */
static const double *row_of(const struct plane *plane, size_t k)
{
    return plane->value ? plane_row(plane, k) : NULL;
}

static void collect_unit(const struct analysis *analysis, const double *score, size_t k,
                         double *scratch, struct answers *ret)
{
    const struct changes *changes = &analysis->protocol.changes;
    const double *sizes = row_of(&changes->size, k), *cosines = row_of(&changes->cosine, k);
    const double *counts = row_of(&changes->switch_count, k);
    size_t periods = analysis->protocol.period_count;
    double median = row_median(score, periods, scratch);
    for (size_t t = 0; t + 1 < periods; t++) {
        double size = sizes ? sizes[t] : NAN, cosine = cosines ? cosines[t] : NAN;
        double count = counts ? counts[t] : NAN;
        double step = signal_at(score, t, true);
        if (isfinite(size) && score[t] < median)
            mean_add(&ret->after_low, size);
        if (isfinite(size) && score[t] > median)
            mean_add(&ret->after_high, size);
        if (isfinite(cosine) && step > 0)
            mean_add(&ret->after_improvement, cosine);
        if (isfinite(cosine) && step < 0)
            mean_add(&ret->after_fall, cosine);
        if (isfinite(count) && step > 0)
            mean_add(&ret->after_rise, count);
        if (isfinite(count) && step < 0)
            mean_add(&ret->after_drop, count);
    }
}

void change_cloud_add(struct change_cloud *cloud, size_t step, double time, double before,
                      double size)
{
    if (!isfinite(before) || !isfinite(size))
        return;
    int side = before >= 0;
    cloud->sum[side] += size;
    cloud->total[side]++;
    cloud->most = fmax(cloud->most, size);
    if (step % cloud->stride == 0 && cloud->count[side] < CHANGE_DOTS_MAX) {
        cloud->x[side][cloud->count[side]] = time;
        cloud->y[side][cloud->count[side]++] = size;
    }
}

static void collect_cloud(const struct analysis *analysis, const double *score, size_t k,
                          struct change_cloud *cloud)
{
    const double *size = plane_row(&analysis->protocol.changes.size, k);
    size_t steps = analysis->protocol.period_count - 1;
    for (size_t t = 0; t < steps; t++)
        change_cloud_add(cloud, k * steps + t, analysis->cells->grid->rounds[t + 1], score[t],
                         size[t]);
}

static struct change_cloud *cloud_make(const struct analysis *analysis, struct arena *arena)
{
    const struct protocol *protocol = &analysis->protocol;
    size_t steps = protocol->unit_count * (protocol->period_count - 1);
    bool moves = protocol->changes.size.value && steps > 0;
    struct change_cloud *cloud = moves ? arena_alloc(arena, sizeof *cloud) : NULL;
    if (cloud)
        cloud->stride = (steps + CHANGE_DOTS_MAX - 1) / CHANGE_DOTS_MAX;
    return cloud;
}

void explain_answers(const struct analysis *analysis, const struct plane *residual,
                     struct arena *arena, struct verdict *ret)
{
    struct answers answers = {0};
    struct facts *facts = &ret->facts;
    struct change_cloud *cloud = cloud_make(analysis, arena);
    struct arena_mark mark = arena_mark(arena);
    double *scratch = arena_array(arena, 2 * analysis->protocol.period_count, sizeof *scratch);
    for (size_t k = 0; k < analysis->protocol.unit_count && scratch; k++) {
        const double *score = plane_row(residual, k);
        collect_unit(analysis, score, k, scratch, &answers);
        if (cloud)
            collect_cloud(analysis, score, k, cloud);
    }
    arena_rewind(arena, mark);
    ret->plots.changes = cloud;
    facts->change_rate_after_low = mean_rate(&answers.after_low);
    facts->change_rate_after_high = mean_rate(&answers.after_high);
    facts->change_size_after_low = mean_value(&answers.after_low);
    facts->change_size_after_high = mean_value(&answers.after_high);
    facts->cosine_after_improvement = mean_value(&answers.after_improvement);
    facts->cosine_after_decline = mean_value(&answers.after_fall);
    facts->switch_rate_after_drop = mean_rate(&answers.after_drop);
    facts->switch_rate_after_rise = mean_rate(&answers.after_rise);
}

/* --- Plots ---------------------------------------------------------------------------------------
 */

static void put_scatter(const struct analysis *analysis, const struct strongest *best,
                        struct arena *arena, struct plots *ret)
{
    const struct plane *fixed = &analysis->protocol.innovations.own[best->setting];
    size_t cells = fixed->rows * fixed->columns;
    size_t most = cells < SCATTER_MAX ? cells : SCATTER_MAX, count = 0;
    double *x = arena_array(arena, most, sizeof *x);
    double *y = arena_array(arena, most, sizeof *y);
    uint32_t *system = arena_array(arena, most, sizeof *system);
    for (size_t i = 0; i < cells && count < most && !arena->overflow; i++) {
        size_t k = i / fixed->columns, t = i % fixed->columns;
        double score = plane_row(&analysis->side.residual, k)[t], d = plane_row(fixed, k)[t];
        if (!isfinite(score) || !isfinite(d))
            continue;
        x[count] = score;
        y[count] = d;
        system[count++] = (uint32_t)k;
    }
    ret->scatter_x = x;
    ret->scatter_y = y;
    ret->scatter_system = system;
    ret->scatter_count = arena->overflow ? 0 : count;
}

/* The panel statistic is a mean of Cauchy variables; on the normal scale (a monotone map, so that
 * every p-value stays) its bulk and its tail fit into one picture. */
static double normal_scale(double cauchy)
{
    double p = 0.5 + atan(cauchy) / 3.14159265358979323846;
    return stats_normal_quantile(fmin(fmax(p, 1e-12), 1 - 1e-12));
}

static void put_null(const struct combined *combined, size_t draws, struct arena *arena,
                     struct plots *ret)
{
    uint32_t *bins = arena_array(arena, NULL_BINS, sizeof *bins);
    double low = INFINITY, high = -INFINITY;
    for (size_t b = 0; b < draws; b++) {
        double value = normal_scale(combined->null[b]);
        low = fmin(low, value);
        high = fmax(high, value);
    }
    if (!bins || draws == 0)
        return;
    high = high > low ? high : low + 1;
    for (size_t b = 0; b < draws; b++) {
        double place = (normal_scale(combined->null[b]) - low) / (high - low) * NULL_BINS;
        size_t bin = place > 0 ? (size_t)place : 0;
        bins[bin < NULL_BINS ? bin : NULL_BINS - 1]++;
    }
    ret->null_counts = bins;
    ret->null_bins = NULL_BINS;
    ret->null_low = low;
    ret->null_high = high;
    ret->null_observed = normal_scale(combined->null[0]);
}

struct facts facts_unknown(void)
{
    return (struct facts){
        .setting = {"", 0},
        .setting_r = NAN,
        .system = {"", 0},
        .system_r = NAN,
        .change_rate_after_low = NAN,
        .change_rate_after_high = NAN,
        .change_size_after_low = NAN,
        .change_size_after_high = NAN,
        .cosine_after_improvement = NAN,
        .cosine_after_decline = NAN,
        .switch_rate_after_drop = NAN,
        .switch_rate_after_rise = NAN,
    };
}

void explain(const struct analysis *analysis, struct arena *arena, struct verdict *ret)
{
    struct facts *facts = &ret->facts;
    const struct protocol *protocol = &analysis->protocol;
    if (!analysis->tested || arena->overflow)
        return;
    struct strongest best = analysis->strongest;
    if (best.found) {
        const struct grid *grid = analysis->cells->grid;
        facts->setting = grid->setting_names[protocol->settings.source[best.setting]];
        facts->setting_r = best.setting_r;
        facts->system = grid->systems[best.unit];
        facts->system_r = best.unit_r;
        put_scatter(analysis, &best, arena, &ret->plots);
    }
    find_rounds(analysis, &best, arena, facts);
    put_null(&analysis->combined, analysis->draws.count, arena, &ret->plots);
}

/* The statistics toolbox: compensated moments, correlation and its tail, radix sort, quantiles. */
#include "detect/stats.h"

#include "detect/wide.h"

#include <assert.h>
#include <math.h>

/* Two columns side by side: an addition takes longer than the next one has to wait for its
 * operands, so that both take the time of one. Each adds in its own order. */
typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_bits __attribute__((vector_size(16)));

INLINE pair pair_select(pair_bits where, pair yes, pair no)
{
    return (pair)((where & (pair_bits)yes) | (~where & (pair_bits)no));
}

struct pair_sum {
    pair value, lost;
};

INLINE void pair_add(struct pair_sum *sum, pair x) /* sum_add of both */
{
    pair next = sum->value + x;
    pair added = next - sum->value;
    sum->lost += (sum->value - (next - added)) + (x - added);
    sum->value = next;
}

INLINE double pair_total(const struct pair_sum *sum, size_t lane)
{
    struct sum one = {sum->value[lane], sum->lost[lane]};
    return sum_total(&one);
}

/* Count, mean, range. A missing value adds 0, which changes nothing. */
static void first_pass(const double *a, const double *b, size_t count, struct moments ret[static 2])
{
    struct pair_sum sum = {{0}, {0}};
    pair_bits there_count = {0};
    pair min = {INFINITY, INFINITY}, max = -min, zero = {0};
    for (size_t i = 0; i < count; i++) {
        pair x = {a[i], b[i]};
        pair_bits there = x == x;
        there_count -= there; /* true is -1 */
        min = pair_select(x < min, x, min);
        max = pair_select(x > max, x, max);
        pair_add(&sum, pair_select(there, x, zero));
    }
    for (size_t lane = 0; lane < 2; lane++) {
        size_t n = (size_t)there_count[lane];
        ret[lane] = (struct moments){.mean = NAN, .squares = NAN, .min = NAN, .max = NAN};
        if (n > 0)
            ret[lane] = (struct moments){.count = n,
                                         .mean = pair_total(&sum, lane) / (double)n,
                                         .squares = NAN,
                                         .min = min[lane],
                                         .max = max[lane]};
    }
}

void stats_moments_pair(const double *a, const double *b, size_t count,
                        struct moments ret[static 2])
{
    first_pass(a, b, count, ret);
    struct pair_sum squares = {{0}, {0}};
    pair mean = {ret[0].mean, ret[1].mean}, zero = {0};
    for (size_t i = 0; i < count; i++) {
        pair x = {a[i], b[i]};
        pair d = x - mean;
        pair_add(&squares, pair_select(x == x, d * d, zero));
    }
    for (size_t lane = 0; lane < 2; lane++) {
        struct moments *m = &ret[lane];
        if (m->count == 0)
            continue;
        m->squares = pair_total(&squares, lane);
        if (m->max <= m->min) { /* all equal: no rounding may make them differ from their mean */
            m->mean = m->min;
            m->squares = 0;
        }
    }
}

struct moments stats_moments(const double *values, size_t count)
{
    struct moments both[2];
    stats_moments_pair(values, values, count, both);
    return both[0];
}

double stats_std(const struct moments *m, size_t lost_degrees)
{
    if (m->count <= lost_degrees)
        return NAN;
    return sqrt(m->squares / (double)(m->count - lost_degrees));
}

double stats_scale(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t exponent = bits >> 52 & 0x7FF;
    if (!(fabs(x) > 0) || isinf(x))
        return 1;
    /* 2^e with |x| in [2^(e-1), 2^e), e from -1021 to 1023 */
    exponent = exponent < 1 ? 2 : exponent > 2045 ? 2046 : exponent + 1;
    bits = exponent << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Sum of squared deviations in units of `scale`. */
static double scaled_squares(const double *values, const struct moments *m, double scale)
{
    struct sum sum = {0};
    /* Powers of two commute with every rounding of the sum that moments made, unless a square
     * leaves the range of a double. */
    if (scale > 0x1p-100 && scale < 0x1p100)
        return m->squares / scale / scale;
    for (size_t i = 0; i < m->count; i++) {
        double d = (values[i] - m->mean) / scale;
        sum_add(&sum, d * d);
    }
    return sum_total(&sum);
}

struct stats_column stats_column_of(const double *values, const struct moments *m)
{
    struct stats_column column = {
        .values = values, .count = m->count, .moments = *m, .scale = 1, .norm = NAN};
    if (!(m->max > m->min))
        return column;
    column.scale =
        stats_scale(m->max - m->mean > m->mean - m->min ? m->max - m->mean : m->mean - m->min);
    column.norm = sqrt(scaled_squares(values, m, column.scale));
    return column;
}

struct stats_column stats_column_of_ranks(const uint32_t *twice, size_t count)
{
    /* Whole numbers: the sums are exact, and rounded once. */
    unsigned __int128 squares = 0;
    struct moments m = {.count = count, .mean = ((double)count + 1) / 2, .min = NAN, .max = NAN};
    uint32_t min = UINT32_MAX, max = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t d = (int64_t)twice[i] - (int64_t)count - 1;
        squares += (uint64_t)(d * d);
        min = twice[i] < min ? twice[i] : min;
        max = twice[i] > max ? twice[i] : max;
    }
    m.squares = (double)squares / 4;
    m.min = (double)min / 2;
    m.max = (double)max / 2;
    struct stats_column column = stats_column_of(NULL, &m);
    column.twice = twice;
    return column;
}

double stats_pearson(const double *x, const double *y, size_t count)
{
    struct moments m[2];
    stats_moments_pair(x, y, count, m);
    struct stats_column column_x = stats_column_of(x, &m[0]);
    struct stats_column column_y = stats_column_of(y, &m[1]);
    return stats_pearson_of(&column_x, &column_y);
}

enum { PART = 128 }; /* the divisions of a part run side by side, its sum does not */

/* Values first..first+count-1; in `scratch` where they are not doubles. */
static const double *part_of(const struct stats_column *column, size_t first, size_t count,
                             double scratch[static PART])
{
    if (column->values)
        return column->values + first;
    for (size_t i = 0; i < count; i++)
        scratch[i] = 0.5 * column->twice[first + i];
    return scratch;
}

/* ret[i] = deviation of x in its norm times deviation of y in its norm. */
static void products(const struct stats_column *x, const struct stats_column *y, size_t first,
                     size_t count, double ret[static PART])
{
    double scratch_x[PART], scratch_y[PART];
    const double *values_x = part_of(x, first, count, scratch_x);
    const double *values_y = part_of(y, first, count, scratch_y);
    double scale_x = 1 / x->scale; /* powers of two: exact */
    double scale_y = 1 / y->scale;
    for (size_t i = 0; i < count; i++)
        ret[i] = (values_x[i] - x->moments.mean) * scale_x / x->norm *
                 ((values_y[i] - y->moments.mean) * scale_y / y->norm);
}

double stats_pearson_of(const struct stats_column *x, const struct stats_column *y)
{
    double part[PART];
    struct sum sum = {0};

    if (x->count < 2 || isnan(x->norm) || isnan(y->norm))
        return NAN;
    for (size_t at = 0; at < x->count; at += PART) {
        size_t count = x->count - at < PART ? x->count - at : PART;
        products(x, y, at, count, part);
        for (size_t i = 0; i < count; i++)
            sum_add(&sum, part[i]);
    }
    double r = sum_total(&sum);
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

/* Continued fraction of the incomplete beta; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    enum { ITERATIONS_MAX = 10000 };
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int i = 1; i <= ITERATIONS_MAX; i++) {
        double m = i;
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return h;
}

/* log Gamma without the global sign of lgamma: Stirling's series above 15, recurrence below. */
static double log_gamma(double x)
{
    double shift = 0;
    while (x < 15) {
        shift -= log(x);
        x += 1;
    }
    double q = 1 / (x * x);
    double series =
        (1.0 / 12 -
         q * (1.0 / 360 -
              q * (1.0 / 1260 - q * (1.0 / 1680 - q * (1.0 / 1188 - q * 691 / 360360))))) /
        x;
    return shift + (x - 0.5) * log(x) - x + 0.91893853320467274178 + series;
}

/* I_x(a, b) with y = 1 - x given by the caller, who may know it without cancellation. */
static double beta_xy(double x, double y, double a, double b)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(y, b, a) / b;
}

double stats_beta(double x, double a, double b)
{
    return beta_xy(x, 1 - x, a, b);
}

double stats_correlation_p(double r, double degrees)
{
    if (isnan(r) || degrees < 1)
        return NAN;
    return beta_xy((1 - r) * (1 + r), r * r, degrees / 2, 0.5);
}

double stats_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

/* a / b with a, b polynomials of degree 7, coefficients from high to low power. */
static double rational(const double a[static 8], const double b[static 8], double x)
{
    double above = a[0];
    double below = b[0];
    for (int i = 1; i < 8; i++) {
        above = above * x + a[i];
        below = below * x + b[i];
    }
    return above / below;
}

double stats_normal_quantile(double p)
{
    /* Wichura 1988, Applied Statistics 37:477, algorithm AS 241, PPND16 */
    static const double centre_a[] = {
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
    static const double centre_b[] = {
        5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1};
    static const double middle_a[] = {7.7454501427834140764e-4, .0227238449892691845833,
                                      .24178072517745061177,    1.27045825245236838258,
                                      3.64784832476320460504,   5.7694972214606914055,
                                      4.6303378461565452959,    1.42343711074968357734};
    static const double middle_b[] = {1.05075007164441684324e-9, 5.475938084995344946e-4,
                                      .0151986665636164571966,   .14810397642748007459,
                                      .68976733498510000455,     1.6763848301838038494,
                                      2.05319162663775882187,    1};
    static const double far_a[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                   .0012426609473880784386,   .026532189526576123093,
                                   .29656057182850489123,     1.7848265399172913358,
                                   5.4637849111641143699,     6.6579046435011037772};
    static const double far_b[] = {2.04426310338993978564e-15, 1.4215117583164458887e-7,
                                   1.8463183175100546818e-5,   7.868691311456132591e-4,
                                   .0148753612908506148525,    .13692988092273580531,
                                   .59983220655588793769,      1};
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * rational(centre_a, centre_b, 0.180625 - q * q);
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? rational(middle_a, middle_b, r - 1.6) : rational(far_a, far_b, r - 5);
    return q < 0 ? -z : z;
}

/* --- sorting -------------------------------------------------------------------------------- */

void stats_twice_ranks(const struct order_item *sorted, size_t count, uint32_t *ret)
{
    for (size_t from = 0, to = 0; from < count;) {
        to = order_ties_end(sorted, count, from);
        uint32_t twice = (uint32_t)(from + to + 1);
        for (; from < to; from++)
            ret[sorted[from].index] = twice;
    }
}

static void insertion_sort(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double x = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > x; at--)
            values[at] = values[at - 1];
        values[at] = x;
    }
}

/* Merges sorted from[0..middle) and from[middle..count) into to; which side is smaller is chance,
 * so the loop selects instead of branching. */
static void merge(const double *from, size_t middle, size_t count, double *to)
{
    size_t left = 0;
    size_t right = middle;
    while (left < middle && right < count) {
        double a = from[left];
        double b = from[right];
        bool take_left = a <= b;
        *to++ = take_left ? a : b;
        left += take_left;
        right += !take_left;
    }
    memcpy(to, from + left, (middle - left) * sizeof *to);
    memcpy(to + (middle - left), from + right, (count - right) * sizeof *to);
}

void stats_sort(double *values, double *scratch, size_t count)
{
    enum { RUN = 16 };
    double *from = values;
    double *to = scratch;
    for (size_t at = 0; at < count; at += RUN)
        insertion_sort(values + at, count - at < RUN ? count - at : RUN);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at;
            size_t both = left < 2 * width ? left : 2 * width;
            merge(from + at, both < width ? both : width, both, to + at);
        }
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != values)
        memcpy(values, from, count * sizeof *values);
}

double stats_quantile(const double *sorted, size_t count, double p)
{
    assert(count > 0);
    double at = p * (double)(count - 1);
    size_t low = at > 0 ? (size_t)at : 0;
    if (low + 1 >= count)
        return sorted[count - 1];
    double share = at - (double)low;
    double step = sorted[low + 1] - sorted[low];
    /* numpy's lerp: from the nearer end, so that both ends are hit exactly */
    return share < 0.5 ? sorted[low] + step * share : sorted[low + 1] - step * (1 - share);
}

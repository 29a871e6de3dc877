/* The statistics toolbox: compensated moments, correlation and its tail, radix sort, quantiles. */
#include "detect/stats.h"

#include <assert.h>
#include <math.h>

struct moments stats_moments(const double *values, size_t count)
{
    struct moments m = {.mean = NAN, .squares = NAN, .min = NAN, .max = NAN};
    struct sum sum = {0};
    struct sum squares = {0};

    for (size_t i = 0; i < count; i++) {
        double x = values[i];
        if (isnan(x))
            continue;
        if (m.count == 0)
            m.min = m.max = x;
        m.min = x < m.min ? x : m.min;
        m.max = x > m.max ? x : m.max;
        m.count++;
        sum_add(&sum, x);
    }
    if (m.count == 0)
        return m;
    m.mean = sum_total(&sum) / (double)m.count;
    if (m.max <= m.min) { /* all equal: no rounding may make them differ from their mean */
        m.mean = m.min;
        m.squares = 0;
        return m;
    }
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            sum_add(&squares, (values[i] - m.mean) * (values[i] - m.mean));
    m.squares = sum_total(&squares);
    return m;
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

double stats_pearson(const double *x, const double *y, size_t count)
{
    struct moments mx = stats_moments(x, count);
    struct moments my = stats_moments(y, count);
    struct stats_column column_x = stats_column_of(x, &mx);
    struct stats_column column_y = stats_column_of(y, &my);
    return stats_pearson_of(&column_x, &column_y);
}

/* ret[i] = deviation of x in its norm times deviation of y in its norm. */
static void products(const struct stats_column *x, const struct stats_column *y, size_t first,
                     size_t count, double *ret)
{
    double scale_x = 1 / x->scale; /* powers of two: exact */
    double scale_y = 1 / y->scale;
    for (size_t i = 0; i < count; i++)
        ret[i] = (x->values[first + i] - x->moments.mean) * scale_x / x->norm *
                 ((y->values[first + i] - y->moments.mean) * scale_y / y->norm);
}

double stats_pearson_of(const struct stats_column *x, const struct stats_column *y)
{
    enum { PART = 128 }; /* the divisions of a part run side by side, its sum does not */
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

/* Unsigned order of the key is numeric order of the double. */
static uint64_t key_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

struct item {
    uint64_t key;
    size_t index;
};

/* One stable counting pass over 8 bits; false when all keys agree in them. */
static bool radix_pass(const struct item *from, struct item *to, size_t count, unsigned shift)
{
    size_t start[257] = {0};
    for (size_t i = 0; i < count; i++)
        start[(from[i].key >> shift & 255) + 1]++;
    if (start[(from[0].key >> shift & 255) + 1] == count)
        return false;
    for (size_t digit = 0; digit < 256; digit++)
        start[digit + 1] += start[digit];
    for (size_t i = 0; i < count; i++)
        to[start[from[i].key >> shift & 255]++] = from[i];
    return true;
}

/* Least significant digit first; returns whichever of the two arrays holds the result. */
static struct item *radix_sort(struct item *items, struct item *scratch, size_t count)
{
    for (unsigned shift = 0; count > 0 && shift < 64; shift += 8)
        if (radix_pass(items, scratch, count, shift)) {
            struct item *swap = items;
            items = scratch;
            scratch = swap;
        }
    return items;
}

bool stats_ranks(const double *values, size_t count, double *ret, struct arena *scratch)
{
    struct arena_mark mark = arena_mark(scratch);
    struct item *items = arena_array_raw(scratch, count, sizeof *items);
    struct item *spare = arena_array_raw(scratch, count, sizeof *spare);
    if (!items || !spare)
        return false;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){key_of(values[i] + 0.0), i}; /* -0 and 0 are equal */
    items = radix_sort(items, spare, count);
    for (size_t from = 0; from < count;) {
        size_t to = from + 1;
        while (to < count && items[to].key == items[from].key)
            to++;
        double rank = 0.5 * (double)(from + to + 1);
        for (; from < to; from++)
            ret[items[from].index] = rank;
    }
    arena_rewind(scratch, mark);
    return true;
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

/* Sums, moments, quantiles, ranks, correlation, and the tails they need. Pure functions.
 *
 * Sums are compensated (Neumaier 1974), so their error does not grow with the number of terms.
 * Arrays are borrowed for the call. Undefined results are NaN. */
#ifndef DETECT_STATS_H
#define DETECT_STATS_H

#include "base/arena.h"
#include "detect/order.h"

/* Running compensated sum: start from {0}. */
struct sum {
    double value, lost;
};

/* What the addition lost, without asking which term is larger (Knuth, TAOCP 2, 4.2.2 theorem B). */
static inline void sum_add(struct sum *sum, double x)
{
    double next = sum->value + x;
    double added = next - sum->value;
    sum->lost += (sum->value - (next - added)) + (x - added);
    sum->value = next;
}

static inline double sum_total(const struct sum *sum)
{
    double total = sum->value + sum->lost;
    return total == total ? total : sum->value; /* overflow: infinity, not infinity - infinity */
}

/* A power of two near |x|, 1 for 0: dividing by it is exact and keeps squares in range. */
double stats_scale(double x);

/* Count, mean, sum of squared deviations and range of the values that are not NaN (two passes). */
struct moments {
    size_t count;
    double mean, squares, min, max; /* NaN when count is 0 */
};

struct moments stats_moments(const double *values, size_t count);
/* Of two columns of one length, in the time of one. */
void stats_moments_pair(const double *a, const double *b, size_t count,
                        struct moments ret[static 2]);
double stats_std(const struct moments *moments, size_t lost_degrees); /* ddof: 0 or 1 */

/* A column without NaN and what every correlation with it needs; values are borrowed. */
struct stats_column {
    const double *values;
    const uint32_t *twice; /* where values is NULL: each value is half of this */
    size_t count;
    struct moments moments;
    double scale; /* a power of two near the largest deviation */
    double norm;  /* of the deviations in that unit; NaN when the column is constant */
};
struct stats_column stats_column_of(const double *values, const struct moments *moments);

/* Mid-ranks as a column, from stats_twice_ranks. */
struct stats_column stats_column_of_ranks(const uint32_t *twice_ranks, size_t count);

/* Pearson's r; NaN below two values or when a side is constant. No NaN inside. */
double stats_pearson(const double *x, const double *y, size_t count);
/* The same of columns of one length. */
double stats_pearson_of(const struct stats_column *x, const struct stats_column *y);

/* Two-sided p of r under t with `degrees` degrees of freedom:
 * p = I_(1-r^2)(degrees/2, 1/2), the regularised incomplete beta. NaN below one degree; r = ±1 with
 * at least one degree gives 0. Source: Kendall & Stuart vol. 2, 26.24. */
double stats_correlation_p(double r, double degrees);

/* Regularised incomplete beta I_x(a, b), a, b > 0, by its continued fraction (DLMF 8.17.22,
 * modified Lentz); relative error near 1e-14. */
double stats_beta(double x, double a, double b);

double stats_normal_cdf(double z);
double stats_normal_quantile(double p); /* 0 < p < 1; Wichura 1988, AS 241 */

/* Ascending, in place; scratch holds `count` doubles. NaN-free; any order of zeros. */
void stats_sort(double *values, double *scratch, size_t count);

/* Linear interpolation at p (count - 1), as numpy.percentile; sorted, count >= 1. */
double stats_quantile(const double *sorted, size_t count, double p);

/* Twice the mid-ranks 1..count, which are whole numbers, of the values that were sorted. */
void stats_twice_ranks(const struct order_item *sorted, size_t count, uint32_t *ret);

#endif

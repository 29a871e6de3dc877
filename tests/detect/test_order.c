/* Order of numbers: against a comparison sort, with values that share their leading bits. */
#include "detect/order.h"
#include "detect/rng.h"
#include "lib/main.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 3000 };

static const double *sorted_by; /* of compare */

static int compare(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    double x = sorted_by[i], y = sorted_by[j];
    if (x < y || x > y)
        return x < y ? -1 : 1;
    return (i > j) - (i < j);
}

static void check_against_qsort(const double *value, size_t count)
{
    static struct order_item scratch[2 * COUNT];
    static uint32_t expected[COUNT];
    for (size_t i = 0; i < count; i++)
        expected[i] = (uint32_t)i;
    sorted_by = value;
    qsort(expected, count, sizeof *expected, compare);
    const struct order_item *sorted = order_of(value, count, scratch);
    uint32_t place = 0;
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(sorted[i].index, expected[i]);
        place += i > 0 && value[sorted[i].index] > value[sorted[i - 1].index];
        ck_assert_uint_eq(sorted[i].key, place);
    }
}

/* One number of each kind of column: uniform, tied, beyond all scales, and equal but for the last
 * bits beside a far one, so that 32 leading bits do not tell them apart. */
static double random_value(struct rng *rng, int kind)
{
    double u = rng_unif(rng) - 0.5;
    if (kind == 0)
        return u;
    if (kind == 1)
        return rint(20 * u);
    if (kind == 2)
        return tan(3.14159 * u) * exp(600 * u);
    return rng_below(rng, 40) == 0 ? -1e300 * u : 1 + rng_below(rng, 1000) * 0x1p-52;
}

START_TEST(the_order_is_that_of_a_comparison_sort)
{
    static double value[COUNT];
    struct rng rng = rng_begin(11, 0);
    for (size_t count = 0; count <= COUNT; count += 1 + count / 2) {
        for (int kind = 0; kind < 4; kind++) {
            for (size_t i = 0; i < count; i++)
                value[i] = random_value(&rng, kind);
            check_against_qsort(value, count);
        }
    }
}
END_TEST

START_TEST(zeros_tie_and_infinities_are_the_ends)
{
    const double value[] = {INFINITY, -INFINITY, 0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308};
    check_against_qsort(value, ARRAY_COUNT(value));
}
END_TEST

TEST_MAIN("order", the_order_is_that_of_a_comparison_sort, zeros_tie_and_infinities_are_the_ends)

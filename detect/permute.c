/* The permutations: exact enumeration of small schemes, else seeded draws that depend on nothing
 * but their number.
 *
 * Units and periods are permuted independently, periods synchronously for all units: cross-unit
 * correlation and each unit's own series stay intact. The random draws come from rng.h. */
#include "detect/engine.h"

#include <assert.h>

enum { EXACT_SIZE_MAX = 8 };

static size_t factorial(size_t n)
{
    size_t product = 1;
    for (size_t i = 2; i <= n; i++)
        product *= i;
    return product;
}

struct draws draws_make(size_t unit_count, size_t period_count, uint32_t random_draws,
                        uint64_t seed)
{
    struct draws draws = {.unit_count = unit_count,
                          .period_count = period_count,
                          .count = (size_t)random_draws + 1,
                          .seed = seed};
    if (unit_count > EXACT_SIZE_MAX || period_count > EXACT_SIZE_MAX)
        return draws;
    size_t all = factorial(unit_count) * factorial(period_count);
    if (all <= EXACT_DRAWS_MAX) {
        draws.exact = true;
        draws.count = all;
    }
    return draws;
}

/* Permutation number `rank` of n items in lexicographic order. */
static void unrank(size_t rank, size_t n, uint32_t *ret)
{
    bool taken[EXACT_SIZE_MAX] = {false};
    for (size_t i = 0; i < n; i++) {
        size_t rest = factorial(n - 1 - i), skip = rank / rest;
        uint32_t item = 0;
        rank %= rest;
        while (taken[item] || skip > 0)
            skip -= !taken[item++];
        taken[item] = true;
        ret[i] = item;
    }
}

static void shuffle(struct rng *rng, uint32_t *ret, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1;) {
        uint32_t j = rng_below(rng, (uint32_t)i + 1), item = ret[i];
        ret[i] = ret[j];
        ret[j] = item;
    }
}

void draws_get(const struct draws *draws, size_t b, uint32_t *ret_unit, uint32_t *ret_period)
{
    assert(b < draws->count);
    if (draws->exact) {
        size_t inner = factorial(draws->period_count);
        unrank(b / inner, draws->unit_count, ret_unit);
        unrank(b % inner, draws->period_count, ret_period);
        return;
    }
    if (b > 0) {
        struct rng rng = rng_begin(draws->seed, b);
        shuffle(&rng, ret_unit, draws->unit_count);
        shuffle(&rng, ret_period, draws->period_count);
        return;
    }
    for (uint32_t k = 0; k < draws->unit_count; k++)
        ret_unit[k] = k;
    for (uint32_t t = 0; t < draws->period_count; t++)
        ret_period[t] = t;
}

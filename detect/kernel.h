/* The hot path of the draws: loading a permuted block, and the sums of every test over it.
 *
 * The sources that begin with this header (block.c, sums.c, one file per test, coupling_sums.c,
 * kernel.c) are compiled once for any processor and once more in each kernel_<set>.c, which
 * includes them for a wider instruction set; there everything is static, so that it is inlined.
 * All of them add in the same order and nothing is fused, so that the bits are the same. */
#ifndef DETECT_KERNEL_H
#define DETECT_KERNEL_H

#include "detect/engine.h"

#ifndef HOT
#define HOT              /* `static` in kernel_<set>.c */
#define KERNEL           kernel_plain
#define KERNEL_PACKS     2
#define KERNEL_SUPPORTED true
#endif
#define INLINE static inline __attribute__((always_inline))

/* A lane vector is worked on in KERNEL_PACKS registers. */
enum { PACK_LANES = LANES / KERNEL_PACKS };
typedef double pack
    __attribute__((vector_size(PACK_LANES * sizeof(double)), aligned(8), may_alias));

/* What a signal has at transition t; an improvement is made of two levels where it is read. */
INLINE void signal_value(const struct signal *signal, size_t t, lanes *ret)
{
    *ret = signal->value[t];
    if (signal->step)
        *ret -= signal->value[t - 1];
}

/* The same of one register of it, with `step` known to the compiler. */
INLINE void pack_value(const lanes *value, size_t h, bool step, pack *ret)
{
    *ret = ((const pack *)value)[h];
    if (step)
        *ret -= ((const pack *)(value - 1))[h];
}

/* --- block.c --- */

HOT void block_begin(struct block *block, size_t first_draw); /* permutations and common signal */
HOT void block_load(struct block *block, size_t unit);

/* --- sums.c --- */

HOT void sums_of(const struct series *series, size_t unit, const struct signal *signal,
                 struct sums *ret);
HOT void sums_add(struct sums *pool, const struct sums *unit);
/* 0 where a side has nothing but a trend. */
HOT void pooled_r(const struct sums *pool, lanes *ret);
/* 0 where a side has no variation. */
HOT void unit_r(const struct sums *unit, lanes *ret);
HOT void lanes_max(lanes *maximum, const lanes *value);
/* Largest -r * sqrt(count) over the units: evidence for "worse, then more change" in one of them.
 */
HOT void tally_unit_max(const struct sums *unit, size_t k, lanes *maximum);

/* --- coupling_sums.c --- */

/* Sums of one block over the units, then the largest |r| sqrt(count); pool[2 * setting_count]. */
HOT void coupling_unit(const struct protocol *protocol, const struct block *block, size_t k,
                       struct sums *pool);
HOT void coupling_finish(const struct protocol *protocol, const struct block *block,
                         const struct sums *pool, lanes *ret);

/* --- kernel.c --- */

enum { KERNEL_TESTS_MAX = 8 };

struct kernel {
    bool (*supported)(void); /* by this processor */
    void (*begin)(struct block *block, size_t first_draw);
    void (*load)(struct block *block, size_t unit);
    const struct test *test[KERNEL_TESTS_MAX]; /* in the order of tests.def */
    size_t test_count;
    void (*coupling_unit)(const struct protocol *protocol, const struct block *block, size_t k,
                          struct sums *pool);
    void (*coupling_finish)(const struct protocol *protocol, const struct block *block,
                            const struct sums *pool, lanes *ret);
};
extern const struct kernel kernel_plain, kernel_avx2, kernel_avx512;
extern const struct kernel *const kernels[]; /* the widest first; the last is kernel_plain */
extern const size_t kernel_count;
const struct kernel *kernel_choose(void); /* the widest that this processor has */

#endif

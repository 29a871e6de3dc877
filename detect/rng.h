/* SplitMix64 as a counter-based generator: one independent stream per (seed, index).
 *
 * A stream depends on nothing but its two numbers, so draws may be made in any order and on any
 * number of threads. Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number
 * generators"; stream rule: detect.md section 4. */
#ifndef DETECT_RNG_H
#define DETECT_RNG_H

#include <stdint.h>

struct rng {
    uint64_t x;
};

static inline uint64_t rng_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline struct rng rng_begin(uint64_t seed, uint64_t index)
{
    return (struct rng){rng_mix64(seed) + rng_mix64(index ^ UINT64_C(0xD1B54A32D192ED03))};
}

static inline uint64_t rng_next(struct rng *rng)
{
    rng->x += UINT64_C(0x9E3779B97F4A7C15);
    return rng_mix64(rng->x);
}

/* 0..n-1 from the upper 32 bits (n < 2^32). */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* [0, 1) with 53 bits. */
static inline double rng_unif(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

#endif

/* Hot loops compiled twice: for any processor and for AVX2, chosen when they are called.
 *
 * An INLINE body is called by a plain function and by a WIDE one. Both add in the same order and
 * nothing is fused, so the bits are the same. */
#ifndef DETECT_WIDE_H
#define DETECT_WIDE_H

#define INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define WIDE     __attribute__((target("avx2")))
#define HAS_WIDE __builtin_cpu_supports("avx2")
#define HAS_WIDE_ROWS                                                                              \
    (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&                            \
     __builtin_cpu_supports("bmi2"))
#else
#define WIDE
#define HAS_WIDE      0
#define HAS_WIDE_ROWS 0
#endif

#endif

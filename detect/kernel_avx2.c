/* The hot path of the draws for processors with AVX2. */
#include "detect/engine.h"

#include <math.h>

#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define KERNEL           kernel_avx2
#define KERNEL_PACKS     2
#define KERNEL_SUPPORTED (__builtin_cpu_supports("avx2"))
#include "detect/kernel_body.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

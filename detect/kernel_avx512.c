/* The hot path of the draws for processors with AVX-512. */
#include "detect/engine.h"

#include <math.h>

#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))),                 \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl")
#endif

#define KERNEL           kernel_avx512
#define KERNEL_PACKS     1
#define KERNEL_SUPPORTED (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
#include "detect/kernel_body.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

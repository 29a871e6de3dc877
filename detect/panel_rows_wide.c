/* The rows of a CSV log for processors with AVX2 and BMI2: masks of 32 bytes, shifts of one step.
 */
#include "detect/csv_reader.h"
#include "detect/wide.h"

#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#endif
#endif

#define ROWS csv_reader_rows_wide
#include "detect/panel_rows.c"

#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

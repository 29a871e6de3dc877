/* What the randomisation needs of the hot path, in one table. */
#include "detect/kernel.h"

#ifndef KERNEL_VARIANT /* there the tests stand above, in the same file */
#define X(name) extern const struct test test_##name;
#include "detect/tests.def"
#undef X
#endif

static bool is_supported(void)
{
    return KERNEL_SUPPORTED;
}

const struct kernel KERNEL = {
    .supported = is_supported,
    .begin = block_begin,
    .load = block_load,
    .test =
        {
#define X(name) &test_##name,
#include "detect/tests.def"
#undef X
        },
#define X(name) +1
    .test_count = 0
#include "detect/tests.def"
#undef X
    ,
    .coupling_unit = coupling_unit,
    .coupling_finish = coupling_finish,
};

/* Which copy of the hot path runs on this processor. */
#include "detect/kernel.h"

const struct kernel *const kernels[] = {
#if defined(__x86_64__)
    &kernel_avx512,
    &kernel_avx2,
#endif
    &kernel_plain,
};
const size_t kernel_count = ARRAY_COUNT(kernels);

const struct kernel *kernel_choose(void)
{
    size_t i = 0;
    while (!kernels[i]->supported())
        i++;
    return kernels[i];
}

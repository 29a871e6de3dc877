/* libFuzzer target: any bytes as an Inspect log. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("log.eval", NULL, data, size);
}

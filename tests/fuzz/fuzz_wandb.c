/* libFuzzer target: any bytes as a table of W&B. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("project.csv", "acc", data, size);
}

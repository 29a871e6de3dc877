/* libFuzzer target: any bytes as an archive of logs: hostile names, lies about sizes, bombs. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("logs.zip", NULL, data, size);
}

/* libFuzzer target: any bytes as the schema of Every Eval Ever. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("every.json", NULL, data, size);
}

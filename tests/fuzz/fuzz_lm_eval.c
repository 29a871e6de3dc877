/* libFuzzer target: any bytes as results of lm-evaluation-harness. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("results_2026-01-02T03-04-05.json", NULL, data, size);
}

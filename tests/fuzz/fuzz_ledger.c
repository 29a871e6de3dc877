/* libFuzzer target: any bytes as a run ledger, JSON lines. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("ledger.jsonl", NULL, data, size);
}

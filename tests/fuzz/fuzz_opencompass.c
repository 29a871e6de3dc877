/* libFuzzer target: any bytes as a result of OpenCompass, table or JSON. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("20260102_030405/results/m/d.json", NULL, data, size);
}

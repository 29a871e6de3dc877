/* libFuzzer target: any bytes as a table of MLflow. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    return fuzz_import("runs.csv", "acc", data, size);
}

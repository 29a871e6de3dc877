/* Writes the seeds of the archive fuzzers into a directory: ZIP files that a text cannot hold.
 *
 *   zip_seeds DIR */
#include "lib/zip_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START                                                                                      \
    "{\"version\":2,\"status\":\"success\",\"eval\":{\"run_id\":\"r9\",\"created\":"               \
    "\"2026-02-03T04:05:06Z\",\"task\":\"math\",\"model\":\"m\",\"config\":{}},\"plan\":{},"       \
    "\"results\":{\"scores\":[{\"name\":\"s\",\"metrics\":{\"mean\":{\"value\":0.5}}}]}}"

static const struct {
    const char *file, *name;
    uint16_t method;
    slice data;
} seeds[] = {
    {"header", "header.json", ZIP_STORED, SLICE_INIT(START)},
    {"zstd", "header.json", ZIP_ZSTD, SLICE_INIT(START)},
    {"crashed", "_journal/start.json", ZIP_STORED, SLICE_INIT(START)},
    {"plain", "a/log.json", ZIP_STORED, SLICE_INIT(START)},
    {"traversal", "../a.json", ZIP_STORED, SLICE_INIT(START)},
    {"absolute", "/a.json", ZIP_STORED, SLICE_INIT("{}")},
    {"nested", "b.json", ZIP_STORED, SLICE_INIT("PK\x03\x04")},
    {"empty", "a.csv", ZIP_STORED, SLICE_INIT("")},
};

static void write_seed(const char *dir, size_t i)
{
    struct zip_fixture zip = {0};
    char path[512];
    zip_add(&zip, slice_of(seeds[i].name), seeds[i].method, seeds[i].data);
    slice bytes = zip_end(&zip);
    (void)snprintf(path, sizeof path, "%s/%s", dir, seeds[i].file);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes.ptr, 1, bytes.len, file) != bytes.len || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    buf_finish(&zip.bytes);
}

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 2 && i < sizeof seeds / sizeof *seeds; i++)
        write_seed(arguments[1], i);
    return count == 2 ? 0 : 2;
}

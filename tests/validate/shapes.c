/* False alarms and power by number of systems and rounds: what a report says of its own shape. */
#include "shapes.h"

#include "detect/detect.h"

#include <stdio.h>
#include <time.h>

const size_t shape_lengths[LENGTHS] = {6, 8, 10, 12, 16, 20, 30, 40};

static const struct {
    size_t low, high;
} sizes[SIZES] = {{1, 1}, {2, 3}, {4, 8}};

void shapes_count(struct shapes *shapes, bool circular, size_t systems, size_t rounds,
                  bool adaptive)
{
    for (size_t k = 0; k < SIZES; k++) {
        for (size_t l = 0; l < LENGTHS; l++) {
            if (systems < sizes[k].low || systems > sizes[k].high || rounds != shape_lengths[l])
                continue;
            count(circular ? &shapes->circular[k][l] : &shapes->honest[k][l], adaptive);
        }
    }
}

void shapes_print(const struct shapes *shapes)
{
    printf("\n## By systems and rounds\n\n| systems | rounds | honest logs | called adaptive | "
           "upper 95 %% bound | circular logs | power |\n|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < SIZES; k++) {
        for (size_t l = 0; l < LENGTHS; l++) {
            const struct rate *honest = &shapes->honest[k][l], *circular = &shapes->circular[k][l];
            printf("| %zu to %zu | %zu | %zu | %.3f | %.3f | %zu | %.3f |\n", sizes[k].low,
                   sizes[k].high, shape_lengths[l], honest->total, share(*honest),
                   wilson_upper(*honest), circular->total, share(*circular));
        }
    }
}

bool shapes_write(const struct shapes *shapes, const char *path, uint64_t seed)
{
    char day[16];
    struct tm now;
    time_t seconds = time(NULL);
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    (void)strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&seconds, &now));
    fprintf(file,
            "/* Rates on simulated logs by shape, written by `make validate`: systems from, to, "
            "rounds, honest\n * logs, share called adaptive, circular logs, share found. */\n"
            "#define MEASURED_CORPUS \"make validate of %s, engine %s, seed %llu\"\n"
            "/* clang-format off */\n#define MEASURED(M) \\\n",
            day, DETECT_ENGINE_VERSION, (unsigned long long)seed);
    for (size_t k = 0; k < SIZES; k++) {
        for (size_t l = 0; l < LENGTHS; l++) {
            const struct rate *honest = &shapes->honest[k][l], *circular = &shapes->circular[k][l];
            fprintf(file, "    M(%zu, %zu, %zu, %zu, %.4f, %zu, %.4f)%s\n", sizes[k].low,
                    sizes[k].high, shape_lengths[l], honest->total, share(*honest), circular->total,
                    share(*circular), k + 1 == SIZES && l + 1 == LENGTHS ? "" : " \\");
        }
    }
    fprintf(file, "/* clang-format on */\n");
    return fclose(file) == 0;
}

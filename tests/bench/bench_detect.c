/* Times the detection library on one core: parsing, classic block, bootstrap, calibrated engine.
 *
 *   bench_detect FILE parse|classic|bootstrap|whole|calibrated REPEATS RESAMPLES
 * prints the best CPU time of one run in seconds and the largest resident size of the process in
 * KiB; `calibrated` parses in its time, RESAMPLES are its draws. tests/bench/detect.py compares. */
#include "base/file.h"
#include "detect/detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { MEMORY_MAX = 1 << 30 };

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One run of the phase; false when something fails. */
static bool run_once(slice csv, slice phase, uint32_t resamples, double *ret_seconds)
{
    struct arena arena;
    struct error err;
    struct panel *panel = NULL;
    struct detect_report *report = NULL;
    bool calibrated = slice_eq(phase, S("calibrated"));
    struct panel_options panel_options = {.engine =
                                              calibrated ? ENGINE_CALIBRATED : ENGINE_CLASSIC};
    struct detect_options options = detect_options_default();
    status rc;

    arena_init(&arena, MEMORY_MAX);
    options.engine = panel_options.engine;
    options.draws = resamples;
    options.bootstrap.run = slice_eq(phase, S("bootstrap"));
    options.bootstrap.resamples = resamples;
    double start = cpu_seconds();
    rc = panel_from_csv(csv, &panel_options, &arena, &panel, NULL, &err);
    double parsed = cpu_seconds();
    if (rc == ST_OK && !slice_eq(phase, S("parse")))
        rc = detect_run(panel, &options, &arena, &report, &err);
    double end = cpu_seconds();
    bool with_parse = calibrated || slice_eq(phase, S("parse")) || slice_eq(phase, S("whole"));
    *ret_seconds =
        slice_eq(phase, S("parse")) ? parsed - start : end - (with_parse ? start : parsed);
    arena_finish(&arena);
    return rc == ST_OK;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct error err;
    slice csv;
    uint64_t repeats = 0;
    uint64_t resamples = 0;
    double best = 1e9;

    if (argc != 5 || !slice_to_u64(slice_of(argv[3]), &repeats) ||
        !slice_to_u64(slice_of(argv[4]), &resamples))
        return EXIT_FAILURE;
    arena_init(&arena, MEMORY_MAX);
    if (file_read(argv[1], MEMORY_MAX / 2, &arena, &csv, &err) != ST_OK)
        return EXIT_FAILURE;
    for (uint64_t i = 0; i < repeats; i++) {
        double seconds;
        if (!run_once(csv, slice_of(argv[2]), (uint32_t)resamples, &seconds))
            return EXIT_FAILURE;
        best = seconds < best ? seconds : best;
    }
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return EXIT_FAILURE;
    (void)printf("%.9f %ld\n", best, usage.ru_maxrss);
    arena_finish(&arena);
    return EXIT_SUCCESS;
}

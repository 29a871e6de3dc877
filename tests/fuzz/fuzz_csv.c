/* libFuzzer target: any bytes as a log, by both engines; what is accepted must keep its promises.
 *
 * The first byte chooses engine and separator, the rest is the log. */
#include "fuzz_panel.h"

#include <stdlib.h>

enum { ARENA_MAX = 8 << 20 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char separators[] = {0, ',', ';', '\t', '|'};
    static struct row_errors errors;
    struct arena arena;
    struct error err;
    struct panel *panel = NULL;
    struct detect_report *report = NULL;
    unsigned choice = size > 0 ? data[0] : 0;
    struct panel_options panel_options = {
        .engine = choice & 1 ? ENGINE_CLASSIC : ENGINE_CALIBRATED,
        .separator = separators[(choice >> 1) % sizeof separators],
    };
    struct detect_options options = detect_options_default();
    options.engine = ENGINE_CLASSIC; /* the block that both engines share */
    slice csv = slice_from(slice_make(data, size), 1);

    arena_init(&arena, ARENA_MAX);
    if (panel_from_csv(csv, &panel_options, &arena, &panel, &errors, &err) == ST_OK) {
        fuzz_panel_check(panel);
        if (detect_run(panel, &options, &arena, &report, &err) == ST_OK)
            (void)detect_exit_code(report);
    } else if (err.text[0] == '\0') {
        abort(); /* a refusal says why */
    }
    arena_finish(&arena);
    return 0;
}

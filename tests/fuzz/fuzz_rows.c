/* libFuzzer target: any bytes as JSON lines or an array of objects; what is accepted must keep its
 * promises. The first byte chooses the engine, the rest is the log. */
#include "json_rows.h"

#include "fuzz_panel.h"

#include <stdlib.h>

enum { ARENA_MAX = 8 << 20 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct row_errors errors;
    struct arena arena;
    struct error err = {0};
    struct panel *panel = NULL;
    const struct panel_options options = {
        .engine = size > 0 && data[0] & 1 ? ENGINE_CLASSIC : ENGINE_CALIBRATED,
    };
    slice text = slice_from(slice_make(data, size), 1);

    arena_init(&arena, ARENA_MAX);
    if (json_rows(text, &options, &arena, &panel, &errors, &err) == ST_OK)
        fuzz_panel_check(panel);
    else if (err.text[0] == '\0')
        abort(); /* a refusal says why */
    arena_finish(&arena);
    return 0;
}

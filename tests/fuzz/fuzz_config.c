/* libFuzzer target: any bytes as sleuth.conf.
 *
 * What is accepted is within the bounds of the table; a refusal names the line. No file is opened:
 * the linker leads file_read here (fuzz.mk), where the configuration is the only file there is. */
#include "config.h"

#include "fuzz.h"

#include "base/buf.h"
#include "base/file.h"

#define PATH "fuzz/sleuth.conf"
static slice text;

status __wrap_file_read(const char *path, size_t max_bytes, struct arena *arena, slice *ret,
                        struct error *err);

status __wrap_file_read(const char *path, size_t max_bytes, struct arena *arena, slice *ret,
                        struct error *err)
{
    if (strcmp(path, PATH) != 0)
        return error_set(err, ST_NOT_FOUND, "there is no file '%s'", path);
    *ret = arena_copy(arena, text);
    return arena_check(arena, err);
}

static void check_choice(const struct config_option *option, slice value)
{
    slice rest = slice_of(option->choices), choice;
    while (slice_split(&rest, '|', &choice))
        if (slice_eq(choice, value))
            return;
    abort();
}

static void check_option(const struct config *config, const struct config_option *option)
{
    const char *place = (const char *)config + option->offset;
    int64_t number;
    slice value;
    if (option->type == CONFIG_INT) {
        memcpy(&number, place, sizeof number);
        fuzz_need(number >= option->min && number <= option->max);
    } else if (option->type == CONFIG_BOOL) {
        fuzz_need(*place == 0 || *place == 1);
    } else {
        memcpy(&value, place, sizeof value);
        fuzz_need(value.ptr && value.ptr[value.len] == '\0'); /* callers use it as a C string */
        if (option->type == CONFIG_ENUM)
            check_choice(option, value);
    }
}

/* Numbers, switches and choices written as the configuration shows them load as they were. */
static void reads_back(const struct config *config)
{
    struct config again;
    struct error err;
    struct arena arena;
    struct buf out;
    const struct config_inputs inputs = {.path = PATH};
    arena_init(&arena, 1 << 20);
    buf_init_arena(&out, &arena, 1 << 18);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        if (option->type == CONFIG_INT || option->type == CONFIG_BOOL ||
            option->type == CONFIG_ENUM)
            buf_printf(&out, "[%s]\n%s = " SLICE_FMT "\n", option->section, option->key,
                       SLICE_ARG(config_text(config, i, &arena)));
    }
    text = buf_slice(&out);
    fuzz_need(config_load(&inputs, &again, &err) == ST_OK);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *option = &config_options[i];
        if (option->type == CONFIG_INT || option->type == CONFIG_BOOL ||
            option->type == CONFIG_ENUM)
            fuzz_need(slice_eq(config_text(config, i, &arena), config_text(&again, i, &arena)));
    }
    config_finish(&again);
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct config config;
    struct error err = {0};
    const struct config_inputs inputs = {.path = PATH};
    text = slice_make(data, size);
    status rc = config_load(&inputs, &config, &err);
    if (rc != ST_OK) {
        fuzz_need(rc == ST_CONFIG && slice_has_prefix(slice_of(err.text), S(PATH ":")));
        return 0;
    }
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        check_option(&config, &config_options[i]);
    if (size % 16 == 0) /* it costs as much as all the rest */
        reads_back(&config);
    config_finish(&config);
    return 0;
}

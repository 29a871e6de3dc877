/* Tests of the flags of detect and gate. */
#include "fake_cli.h"

#include "tools/detect_flags.h"

static const struct flag flags[] = {DETECT_FLAGS, {0}};
static status nothing(struct cli *c, struct error *e)
{
    return ST_OK;
}
static const struct command commands[] = {
    {"detect", NULL, "FILE", 0, 9, "x", .flags = flags, .run = nothing}, {0}};
static const struct noun noun = {"detect", "x", "x", commands, false};
static const struct noun *const nouns[] = {&noun, NULL};

enum { ARGS_MAX = 16 };
static struct cli cli;
static struct error err;
static struct detect_settings settings;

static status read_line(const char *line)
{
    static char text[512];
    static char *argv[ARGS_MAX];
    int argc = 0;
    bool help;
    (void)snprintf(text, sizeof text, "sleuth detect %s", line);
    for (char *at = text; at && argc < ARGS_MAX; argc++) {
        argv[argc] = at;
        at = strchr(at, ' ');
        if (at)
            *at++ = '\0';
    }
    fake_cli_init(&cli, nouns);
    ck_ok(args_parse(&cli, argc, argv, &help, &err));
    return detect_settings_read(&cli, &settings, &err);
}

START_TEST(without_flags_the_options_are_the_defaults)
{
    struct detect_options expected = detect_options_default();
    ck_ok(read_line("x"));
    ck_assert_int_eq(settings.options.engine, expected.engine);
    ck_assert_uint_eq(settings.options.seed, expected.seed);
    ck_assert_uint_eq(settings.options.draws, DRAWS_AUTO);
    ck_assert(settings.options.alpha == expected.alpha);
    ck_assert(!settings.options.bootstrap.run);
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(flags_win_over_the_preset_in_any_order)
{
    ck_ok(read_line("--alpha 0.2 --preset strict --psi-threshold 0.3"));
    ck_assert(settings.options.alpha == 0.2);
    ck_assert(settings.options.threshold[INDICATOR_PSI] == 0.3);
    ck_assert(settings.options.threshold[INDICATOR_CCS] ==
              preset_find(S("strict"))->threshold[INDICATOR_CCS]);
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(the_choices_of_preset_are_the_table_of_the_library)
{
    size_t count;
    const struct preset *presets = preset_table(&count);
    const char *choices = NULL;
    for (const struct flag *f = flags; f->name; f++)
        if (strcmp(f->name, "preset") == 0)
            choices = f->value;
    slice rest = slice_of(choices);
    slice part;
    size_t named = 0;
    while (slice_split(&rest, '|', &part)) {
        ck_assert_ptr_nonnull(preset_find(part));
        named++;
    }
    ck_assert_uint_eq(named, count);
    ck_assert_ptr_nonnull(presets);
}
END_TEST

static void maps(const char *flag, const char *from, const char *to)
{
    ck_ok(read_line(flag));
    ck_assert_uint_eq(settings.reading.map_count, 1);
    ck_slice(settings.maps[0].from, from);
    ck_slice(settings.maps[0].to, to);
    fake_cli_finish(&cli);
}

START_TEST(a_map_may_be_written_in_both_directions)
{
    maps("--map accuracy=performance", "accuracy", "performance");
    maps("--map performance=accuracy", "accuracy", "performance");
    maps("--map shots=constraint_shots", "shots", "constraint_shots");
    maps("--map a=b", "a", "b");
}
END_TEST

START_TEST(values_that_make_no_sense_are_refused)
{
    static const char *const usage[] = {"--weights 1,2", "--weights a,b,c", "--weights 1,0,0,0",
                                        "--map x",       "--map =x",        "--separator ab"};
    static const char *const invalid[] = {
        "--weights 1,1,1",         "--alpha 0",          "--alpha 0.6", "--bootstrap 2000000",
        "--seed 9007199254740992", "--draws 99999999999"};
    for (size_t i = 0; i < ARRAY_COUNT(usage); i++) {
        ck_status(read_line(usage[i]), ST_INVALID);
        ck_assert_int_eq(cli.exit_code, EXIT_USAGE);
        fake_cli_finish(&cli);
    }
    for (size_t i = 0; i < ARRAY_COUNT(invalid); i++) {
        ck_status(read_line(invalid[i]), ST_INVALID);
        ck_assert_int_eq(cli.exit_code, EXIT_FINE); /* by status: 2 */
        fake_cli_finish(&cli);
    }
}
END_TEST

TEST_MAIN("detect_flags", without_flags_the_options_are_the_defaults,
          flags_win_over_the_preset_in_any_order,
          the_choices_of_preset_are_the_table_of_the_library,
          a_map_may_be_written_in_both_directions, values_that_make_no_sense_are_refused)

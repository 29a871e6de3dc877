/* Tests of the argument parser. */
#include "fake_cli.h"

static status nothing(struct cli *cli, struct error *err)
{
    return ST_OK;
}

static const struct flag create_flags[] = {
    {"plan", .kind = FLAG_CHOICE, .value = "free|pro|business", .summary = "x"},
    {"name", 'n', FLAG_TEXT, .value = "NAME", .summary = "x"},
    {"draws", .kind = FLAG_WHOLE, .value = "N", .summary = "x"},
    {"alpha", .kind = FLAG_REAL, .value = "A", .summary = "x"},
    {"force", 'f', FLAG_SWITCH, .summary = "x"},
    {"fail-on", .kind = FLAG_TEXT, .repeatable = true, .value = "WHAT", .summary = "x"},
    {0},
};
static const struct command user_commands[] = {
    {"user", "create", "EMAIL", 1, 1, "x", .flags = create_flags, .run = nothing},
    {"user", "list", .summary = "x", .run = nothing},
    {0},
};
static const struct command detect_commands[] = {
    {"detect", NULL, "FILE…", 1, SIZE_MAX, "x", .flags = create_flags, .run = nothing},
    {0},
};
static const struct noun user_noun = {"user", "x", "x", user_commands, false};
static const struct noun detect_noun = {"detect", "x", "x", detect_commands, false};
static const struct noun *const nouns[] = {&user_noun, &detect_noun, NULL};

enum { ARGS_MAX = 16 };
static struct cli cli;
static struct error err;

static status parse(const char *line)
{
    static char text[512];
    static char *argv[ARGS_MAX];
    int argc = 0;
    bool help;
    (void)snprintf(text, sizeof text, "sleuth %s", line);
    for (char *at = text; at && argc < ARGS_MAX; argc++) {
        argv[argc] = at;
        at = strchr(at, ' ');
        if (at)
            *at++ = '\0';
    }
    fake_cli_init(&cli, nouns);
    return args_parse(&cli, argc, argv, &help, &err);
}

static void refused(const char *line, const char *sentence, const char *hint)
{
    ck_status(parse(line), ST_INVALID);
    ck_assert_int_eq(cli.exit_code, EXIT_USAGE);
    ck_assert_str_eq(err.text, sentence);
    ck_assert_str_eq(cli.hint, hint);
    fake_cli_finish(&cli);
}

START_TEST(noun_verb_words_and_flags_are_told_apart)
{
    ck_ok(parse("user create a@b.c --plan pro -n ci --draws=99 -f"));
    ck_assert_ptr_eq(cli.command, &user_commands[0]);
    ck_assert_uint_eq(cli.word_count, 1);
    ck_assert_str_eq(cli.words[0], "a@b.c");
    ck_assert_str_eq(cli_text(&cli, "plan"), "pro");
    ck_assert_str_eq(cli_text(&cli, "name"), "ci");
    ck_assert_uint_eq(cli_whole(&cli, "draws", 7), 99);
    ck_assert(cli_flag(&cli, "force"));
    ck_assert(cli_real(&cli, "alpha", 0.25) == 0.25);
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(common_flags_may_stand_anywhere)
{
    ck_ok(parse("--data /d -q user list -o json --timeout 1.5"));
    ck_assert_str_eq(cli.data, "/d");
    ck_assert(cli.quiet);
    ck_assert_int_eq(cli.format, FORMAT_JSON);
    ck_assert_uint_eq(cli.timeout_ms, 1500);
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(a_noun_alone_takes_words_and_a_dash_is_a_word)
{
    ck_ok(parse("detect --alpha 0.01 a.csv - -- --odd-name.csv"));
    ck_assert_uint_eq(cli.word_count, 3);
    ck_assert_str_eq(cli.words[1], "-");
    ck_assert_str_eq(cli.words[2], "--odd-name.csv");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(only_repeatable_flags_may_be_repeated)
{
    ck_ok(parse("detect x --fail-on a --fail-on=b"));
    ck_assert_str_eq(cli_text_at(&cli, "fail-on", 0), "a");
    ck_assert_str_eq(cli_text_at(&cli, "fail-on", 1), "b");
    ck_assert_ptr_null(cli_text_at(&cli, "fail-on", 2));
    fake_cli_finish(&cli);
    refused("detect x --alpha 1 --alpha 2", "'--alpha' is given twice", "see 'sleuth help detect'");
}
END_TEST

START_TEST(unknown_names_get_a_suggestion)
{
    refused("usr list", "there is no command 'usr'", "did you mean 'sleuth user'?");
    refused("user creat x", "'sleuth user' has no verb 'creat'",
            "did you mean 'sleuth user create'?");
    refused("user create x --pan pro", "unknown flag '--pan'", "did you mean '--plan'?");
    refused("user create x --plan prp", "'--plan': 'prp' is not one of free|pro|business",
            "did you mean 'pro'?");
    refused("user list -x", "unknown flag '-x'", "see 'sleuth help user list'");
}
END_TEST

START_TEST(values_are_checked_by_kind)
{
    refused("user create x --draws 1.5", "'--draws': '1.5' is not a whole number",
            "see 'sleuth help user create'");
    refused("user create x --draws -1", "'--draws': '-1' is not a whole number",
            "see 'sleuth help user create'");
    refused("user create x --alpha nan", "'--alpha': 'nan' is not a number",
            "see 'sleuth help user create'");
    refused("user create x --force=1", "'--force' takes no value", "see 'sleuth help user create'");
    refused("user create x --plan", "'--plan' needs a value: free|pro|business",
            "see 'sleuth help user create'");
}
END_TEST

START_TEST(words_are_counted)
{
    refused("user create", "missing: EMAIL", "see 'sleuth help user create'");
    refused("user create a b", "'b' is one word too many", "see 'sleuth help user create'");
    refused("user", "'sleuth user' needs a verb", "see 'sleuth help user'");
    refused("", "there is no command ''", "");
}
END_TEST

TEST_MAIN("args", noun_verb_words_and_flags_are_told_apart, common_flags_may_stand_anywhere,
          a_noun_alone_takes_words_and_a_dash_is_a_word, only_repeatable_flags_may_be_repeated,
          unknown_names_get_a_suggestion, values_are_checked_by_kind, words_are_counted)

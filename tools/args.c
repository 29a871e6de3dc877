/* Arguments to command, words and checked flags; wrong ones get a suggestion.
 *
 * Flags may stand anywhere. Before the command is known only the common ones are understood; "--"
 * ends them. The value of a flag follows it or an equals sign: "--plan pro", "--plan=pro". */
#include "tools/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

const struct flag flags_everywhere[] = {
    {"output-format", 'o', FLAG_CHOICE, .value = "table|json|jsonl|csv",
     .summary = N_("format of what is printed (default: table)")},
    {"columns", .kind = FLAG_TEXT, .value = "A,B,…",
     .summary = N_("show these columns of a table, in this order")},
    {"no-header", .kind = FLAG_SWITCH, .summary = N_("print tables without their heading")},
    {"quiet", 'q', FLAG_SWITCH, .summary = N_("no notes on standard error")},
    {"verbose", 'v', FLAG_SWITCH, .summary = N_("say more on standard error")},
    {"no-color", .kind = FLAG_SWITCH, .summary = N_("no colours (the same as NO_COLOR=1)")},
    {"yes", .kind = FLAG_SWITCH, .summary = N_("do not ask before what cannot be undone")},
    {"dry-run", .kind = FLAG_SWITCH, .summary = N_("say what would happen, change nothing")},
    {"config", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("read this configuration file")},
    {"data", .kind = FLAG_TEXT, .value = "DIR", .summary = N_("data directory of the appliance")},
    {"run-dir", .kind = FLAG_TEXT, .value = "DIR",
     .summary = N_("directory of the socket to the running server")},
    {"lang", .kind = FLAG_CHOICE, .value = "en|zh",
     .summary = N_("language of messages (default: from LC_ALL, LC_MESSAGES, LANG)")},
    {"utc", .kind = FLAG_SWITCH, .summary = N_("show times in UTC (the default)")},
    {"local", .kind = FLAG_SWITCH, .summary = N_("show times in the time zone of this host")},
    {"timeout", .kind = FLAG_REAL, .value = "SECONDS", .summary = N_("give up after this long")},
    {"help", 'h', FLAG_SWITCH, .summary = N_("show this help")},
    {"version", .kind = FLAG_SWITCH, .hidden = true, .summary = N_("show the version")},
    {0},
};

struct parser {
    struct cli *cli;
    char **argv;
    int argc;
    int at;          /* index of the argument being read */
    bool words_only; /* "--" was seen */
};

/* --- finding --- */

const struct noun *noun_find(const struct cli *cli, slice name)
{
    for (size_t i = 0; cli->nouns[i]; i++)
        if (slice_eq(name, slice_of(cli->nouns[i]->name)))
            return cli->nouns[i];
    return NULL;
}

const struct command *command_find(const struct noun *noun, slice verb)
{
    for (const struct command *c = noun->commands; c->noun; c++)
        if (slice_eq(verb, slice_of(c->verb)))
            return c;
    return NULL;
}

static const struct flag *flag_in(const struct flag *flags, slice name, char letter)
{
    for (; flags && flags->name; flags++)
        if (letter ? flags->letter == letter : slice_eq(name, slice_of(flags->name)))
            return flags;
    return NULL;
}

static const struct flag *flag_find(const struct cli *cli, slice name, char letter)
{
    const struct flag *flag = NULL;
    if (cli->command)
        flag = flag_in(cli->command->flags, name, letter);
    return flag ? flag : flag_in(flags_everywhere, name, letter);
}

/* --- errors of usage --- */

static void hint_did_you_mean(struct cli *cli, const struct suggestion *near, const char *prefix)
{
    if (near->best)
        cli_hint(cli, N_("did you mean '%s%s'?"), prefix, near->best);
}

static status unknown_noun(struct cli *cli, const char *word, struct error *err)
{
    struct suggestion near = {0};
    for (size_t i = 0; cli->nouns[i]; i++)
        if (!cli->nouns[i]->hidden)
            suggest(&near, word, cli->nouns[i]->name);
    hint_did_you_mean(cli, &near, "sleuth ");
    cli->exit_code = EXIT_USAGE;
    return error_set(err, ST_INVALID, N_("there is no command '%s'"), word);
}

static status unknown_verb(struct cli *cli, const char *word, struct error *err)
{
    struct suggestion near = {0};
    char prefix[64];
    for (const struct command *c = cli->noun->commands; c->noun; c++)
        if (!c->hidden)
            suggest(&near, word, c->verb);
    (void)snprintf(prefix, sizeof prefix, "sleuth %s ", cli->noun->name);
    hint_did_you_mean(cli, &near, prefix);
    cli->exit_code = EXIT_USAGE;
    return error_set(err, ST_INVALID, N_("'sleuth %s' has no verb '%s'"), cli->noun->name, word);
}

static void suggest_flags(struct suggestion *near, const struct flag *flags, const char *name)
{
    for (; flags && flags->name; flags++)
        if (!flags->hidden)
            suggest(near, name, flags->name);
}

static status unknown_flag(struct cli *cli, const char *arg, slice name, struct error *err)
{
    struct suggestion near = {0};
    slice word = arena_copy(&cli->arena, name);
    if (word.ptr) {
        if (cli->command)
            suggest_flags(&near, cli->command->flags, word.ptr);
        suggest_flags(&near, flags_everywhere, word.ptr);
    }
    hint_did_you_mean(cli, &near, "--");
    return cli_usage(cli, err, N_("unknown flag '%s'"), arg);
}

/* --- values --- */

static bool choice_has(const char *choices, slice text)
{
    slice rest = slice_of(choices);
    slice part;
    while (slice_split(&rest, '|', &part))
        if (slice_eq(part, text))
            return true;
    return false;
}

static status choice_check(struct cli *cli, const struct flag *flag, const char *text,
                           struct error *err)
{
    struct suggestion near = {0};
    slice rest = slice_of(flag->value);
    slice part;
    if (choice_has(flag->value, slice_of(text)))
        return ST_OK;
    while (slice_split(&rest, '|', &part)) {
        slice copy = arena_copy(&cli->arena, part);
        if (copy.ptr)
            suggest(&near, text, copy.ptr);
    }
    hint_did_you_mean(cli, &near, "");
    return cli_usage(cli, err, N_("'--%s': '%s' is not one of %s"), flag->name, text, flag->value);
}

static status value_check(struct cli *cli, const struct flag *flag, const char *text,
                          struct error *err)
{
    uint64_t whole;
    double real;
    switch (flag->kind) {
    case FLAG_WHOLE:
        if (!slice_to_u64(slice_of(text), &whole))
            return cli_usage(cli, err, N_("'--%s': '%s' is not a whole number"), flag->name, text);
        return ST_OK;
    case FLAG_REAL:
        if (!slice_to_f64(slice_of(text), &real))
            return cli_usage(cli, err, N_("'--%s': '%s' is not a number"), flag->name, text);
        return ST_OK;
    case FLAG_CHOICE:
        return choice_check(cli, flag, text, err);
    case FLAG_SWITCH:
    case FLAG_TEXT:
        return ST_OK;
    }
    return ST_OK;
}

static const struct flag_given *given_find(const struct cli *cli, const struct flag *flag,
                                           size_t index)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (cli->given[i].flag == flag && index-- == 0)
            return &cli->given[i];
    return NULL;
}

static status flag_add(struct cli *cli, const struct flag *flag, const char *text,
                       struct error *err)
{
    if (flag->kind != FLAG_SWITCH)
        TRY(value_check(cli, flag, text, err));
    if (!flag->repeatable && flag->kind != FLAG_SWITCH && given_find(cli, flag, 0))
        return cli_usage(cli, err, N_("'--%s' is given twice"), flag->name);
    cli->given[cli->given_count++] = (struct flag_given){flag, text};
    return ST_OK;
}

/* --- reading the line --- */

/* "--name", "--name=value", "--name value" */
static status read_long(struct parser *p, struct error *err)
{
    const char *arg = p->argv[p->at];
    slice rest = slice_of(arg + 2);
    slice name = rest;
    (void)slice_split(&rest, '=', &name);
    bool joined = strchr(arg, '=') != NULL;
    const struct flag *flag = flag_find(p->cli, name, 0);
    if (!flag)
        return unknown_flag(p->cli, arg, name, err);
    if (flag->kind == FLAG_SWITCH) {
        if (joined)
            return cli_usage(p->cli, err, N_("'--%s' takes no value"), flag->name);
        return flag_add(p->cli, flag, NULL, err);
    }
    if (joined)
        return flag_add(p->cli, flag, strchr(arg, '=') + 1, err);
    if (p->at + 1 >= p->argc)
        return cli_usage(p->cli, err, N_("'--%s' needs a value: %s"), flag->name, flag->value);
    return flag_add(p->cli, flag, p->argv[++p->at], err);
}

/* "-o json", "-ojson", "-qv" */
static status read_short(struct parser *p, struct error *err)
{
    const char *arg = p->argv[p->at];
    for (const char *letter = arg + 1; *letter; letter++) {
        const struct flag *flag = flag_find(p->cli, S(""), *letter);
        if (!flag)
            return unknown_flag(p->cli, arg, slice_of(letter), err);
        if (flag->kind == FLAG_SWITCH) {
            TRY(flag_add(p->cli, flag, NULL, err));
            continue;
        }
        if (letter[1])
            return flag_add(p->cli, flag, letter + 1, err);
        if (p->at + 1 >= p->argc)
            return cli_usage(p->cli, err, N_("'-%c' needs a value: %s"), *letter, flag->value);
        return flag_add(p->cli, flag, p->argv[++p->at], err);
    }
    return ST_OK;
}

/* The first word is the noun, the second its verb unless the noun alone is a command. */
static status read_word(struct parser *p, struct error *err)
{
    struct cli *cli = p->cli;
    const char *word = p->argv[p->at];
    if (!cli->noun) {
        cli->noun = noun_find(cli, slice_of(word));
        if (!cli->noun)
            return unknown_noun(cli, word, err);
        cli->command = command_find(cli->noun, S(""));
        return ST_OK;
    }
    if (cli->word_count == 0 && (!cli->command || !cli->command->verb)) {
        const struct command *command = command_find(cli->noun, slice_of(word));
        if (command && command->verb) {
            cli->command = command;
            return ST_OK;
        }
        if (!cli->command)
            return unknown_verb(cli, word, err);
    }
    cli->words[cli->word_count++] = word;
    return ST_OK;
}

static status read_argument(struct parser *p, struct error *err)
{
    const char *arg = p->argv[p->at];
    if (p->words_only || arg[0] != '-' || arg[1] == '\0')
        return read_word(p, err);
    if (strcmp(arg, "--") == 0) {
        p->words_only = true;
        return ST_OK;
    }
    return arg[1] == '-' ? read_long(p, err) : read_short(p, err);
}

static status words_check(struct cli *cli, struct error *err)
{
    const struct command *c = cli->command;
    if (cli->word_count < c->word_min)
        return cli_usage(cli, err, N_("missing: %s"), c->usage);
    if (cli->word_count > c->word_max)
        return cli_usage(cli, err, N_("'%s' is one word too many"), cli->words[c->word_max]);
    return ST_OK;
}

static void common_flags_apply(struct cli *cli)
{
    const char *format = cli_text(cli, "output-format");
    static const char *const formats[] = {"table", "json", "jsonl", "csv"};
    for (size_t i = 0; format && i < ARRAY_COUNT(formats); i++)
        if (strcmp(format, formats[i]) == 0)
            cli->format = (enum format)i;
    cli->format_given = format != NULL;
    cli->columns = cli_text(cli, "columns");
    cli->header = !cli_flag(cli, "no-header");
    cli->quiet = cli_flag(cli, "quiet");
    cli->verbose = cli_flag(cli, "verbose");
    cli->yes = cli_flag(cli, "yes");
    cli->dry_run = cli_flag(cli, "dry-run");
    cli->local_time = cli_flag(cli, "local") && !cli_flag(cli, "utc");
    cli->config = cli_text(cli, "config");
    cli->data = cli_text(cli, "data");
    cli->run_dir = cli_text(cli, "run-dir");
    double seconds = cli_real(cli, "timeout", 0);
    cli->timeout_ms = seconds > 0 && seconds < 1e9 ? (uint64_t)(seconds * 1000) : 0;
    if (cli_flag(cli, "no-color"))
        cli->color_out = cli->color_err = false;
}

status args_parse(struct cli *cli, int argc, char **argv, bool *ret_help, struct error *err)
{
    struct parser p = {.cli = cli, .argv = argv, .argc = argc, .at = 1};
    /* A word or a flag uses one argument at least; a cluster of letters is as long as its text. */
    size_t given_max = 1;
    for (int i = 0; i < argc; i++)
        given_max += strlen(argv[i]) + 1;
    cli->words = arena_array(&cli->arena, (size_t)argc + 1, sizeof *cli->words);
    cli->given = arena_array(&cli->arena, given_max, sizeof *cli->given);
    TRY(arena_check(&cli->arena, err));
    for (; p.at < argc; p.at++)
        TRY(read_argument(&p, err));
    common_flags_apply(cli);
    *ret_help = cli_flag(cli, "help");
    if (*ret_help || cli_flag(cli, "version"))
        return ST_OK;
    if (!cli->noun) {
        cli->exit_code = EXIT_USAGE;
        return error_set(err, ST_INVALID, N_("which command?"));
    }
    if (!cli->command)
        return cli_usage(cli, err, N_("'sleuth %s' needs a verb"), cli->noun->name);
    return words_check(cli, err);
}

/* --- what commands ask --- */

static const struct flag *flag_known(const struct cli *cli, const char *name)
{
    const struct flag *flag = flag_find(cli, slice_of(name), 0);
    assert(flag);
    return flag;
}

const char *cli_text_at(const struct cli *cli, const char *name, size_t index)
{
    const struct flag_given *given = given_find(cli, flag_known(cli, name), index);
    return given ? given->text : NULL;
}

const char *cli_text(const struct cli *cli, const char *name)
{
    return cli_text_at(cli, name, 0);
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return given_find(cli, flag_known(cli, name), 0) != NULL;
}

uint64_t cli_whole(const struct cli *cli, const char *name, uint64_t otherwise)
{
    const char *text = cli_text(cli, name);
    uint64_t value;
    return text && slice_to_u64(slice_of(text), &value) ? value : otherwise;
}

double cli_real(const struct cli *cli, const char *name, double otherwise)
{
    const char *text = cli_text(cli, name);
    double value;
    return text && slice_to_f64(slice_of(text), &value) ? value : otherwise;
}

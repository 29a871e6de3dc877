/* sleuth complete (hidden): candidates for the last word, asked by the scripts of `completion`.
 *
 * One candidate per line, a tab, its description; the line ":files" asks for file names. */
#include "tools/complete.h"

struct walk {
    const struct noun *noun;
    const struct command *command;
    const struct flag *pending; /* a flag that waits for its value */
};

static const struct flag *flag_named(const struct flag *flags, slice name)
{
    for (; flags && flags->name; flags++)
        if (slice_eq(slice_of(flags->name), name) ||
            (name.len == 1 && flags->letter == name.ptr[0]))
            return flags;
    return NULL;
}

static const struct flag *flag_of_word(const struct walk *walk, const char *word)
{
    slice name = slice_from(slice_of(word), word[1] == '-' ? 2 : 1);
    const struct flag *flag = flag_named(walk->command ? walk->command->flags : NULL, name);
    return flag ? flag : flag_named(flags_everywhere, name);
}

/* Reads a word that is complete. */
static void walk_word(const struct cli *cli, struct walk *walk, const char *word)
{
    if (walk->pending) {
        walk->pending = NULL;
        return;
    }
    if (word[0] == '-' && word[1]) {
        const struct flag *flag = flag_of_word(walk, word);
        walk->pending = flag && flag->kind != FLAG_SWITCH ? flag : NULL;
        return;
    }
    if (!walk->noun) {
        walk->noun = noun_find(cli, slice_of(word));
        walk->command = walk->noun ? command_find(walk->noun, S("")) : NULL;
        return;
    }
    const struct command *command = command_find(walk->noun, slice_of(word));
    if (command && command->verb && (!walk->command || !walk->command->verb))
        walk->command = command;
}

static void offer(struct cli *cli, slice begun, const char *prefix, const char *name,
                  const char *text)
{
    slice whole = arena_printf(&cli->arena, "%s%s", prefix, name);
    if (slice_has_prefix(whole, begun))
        buf_printf(&cli->out, SLICE_FMT "\t%s\n", SLICE_ARG(whole), text);
}

static void offer_flags(struct cli *cli, const struct flag *flags, slice begun)
{
    for (; flags && flags->name; flags++) {
        if (flags->hidden)
            continue;
        if (flags->letter == 'o')
            offer(cli, begun, "", "-o", cli_tr(cli, flags->summary));
        else
            offer(cli, begun, "--", flags->name, cli_tr(cli, flags->summary));
    }
}

static void offer_values(struct cli *cli, const char *value, bool choice, slice begun)
{
    slice rest = slice_of(value);
    slice part;
    if (!choice) {
        static const char *const of_files[] = {"FILE", "DIR", "PATH", "LOG"};
        size_t at;
        for (size_t i = 0; i < ARRAY_COUNT(of_files); i++) {
            if (slice_find(rest, slice_of(of_files[i]), &at)) {
                buf_put_str(&cli->out, ":files\n");
                return;
            }
        }
        complete_values(cli, rest, begun);
        return;
    }
    while (slice_split(&rest, '|', &part)) {
        slice name = arena_copy(&cli->arena, part);
        if (name.ptr)
            offer(cli, begun, "", name.ptr, "");
    }
}

static void offer_words(struct cli *cli, const struct walk *walk, slice begun)
{
    if (!walk->noun) {
        for (size_t i = 0; cli->nouns[i]; i++)
            if (!cli->nouns[i]->hidden)
                offer(cli, begun, "", cli->nouns[i]->name, cli_tr(cli, cli->nouns[i]->summary));
        return;
    }
    if (!walk->command || !walk->command->verb)
        for (const struct command *c = walk->noun->commands; c->noun; c++)
            if (c->verb && !c->hidden)
                offer(cli, begun, "", c->verb, cli_tr(cli, c->summary));
    if (walk->command && walk->command->usage)
        offer_values(cli, walk->command->usage, strchr(walk->command->usage, '|') != NULL, begun);
}

static status complete_run(struct cli *cli, struct error *err)
{
    struct walk walk = {0};
    for (size_t i = 0; i + 1 < cli->word_count; i++)
        walk_word(cli, &walk, cli->words[i]);
    slice begun = slice_of(cli->word_count ? cli->words[cli->word_count - 1] : "");
    if (walk.pending) {
        offer_values(cli, walk.pending->value, walk.pending->kind == FLAG_CHOICE, begun);
    } else if (slice_has_prefix(begun, S("-"))) {
        offer_flags(cli, walk.command ? walk.command->flags : NULL, begun);
        offer_flags(cli, flags_everywhere, begun);
    } else {
        offer_words(cli, &walk, begun);
    }
    return arena_check(&cli->arena, err);
}

static const struct command commands[] = {
    {.noun = "complete",
     .usage = "-- WORDS",
     .word_max = SIZE_MAX,
     .hidden = true,
     .summary = N_("Print what may follow on a command line."),
     .run = complete_run},
    {0},
};

const struct noun noun_complete = {.name = "complete",
                                   .summary = N_("what may follow on a command line"),
                                   .group = N_("This program"),
                                   .commands = commands,
                                   .hidden = true};

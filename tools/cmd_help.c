/* sleuth help: one command in full, a topic, or the list of all. */
#include "tools/cli.h"

static status help_run(struct cli *cli, struct error *err)
{
    return help_words(cli, cli->words, cli->word_count, err);
}

static const struct example examples[] = {
    {"sleuth help", N_("all commands")},
    {"sleuth help user create", N_("one command in full, examples first")},
    {"sleuth help exit-codes", N_("a topic")},
    {0},
};

static const struct command commands[] = {
    {.noun = "help",
     .usage = "[NOUN [VERB] | TOPIC]",
     .word_max = 2,
     .summary = N_("Show help on a command or a topic."),
     .examples = examples,
     .run = help_run},
    {0},
};

const struct noun noun_help = {.name = "help",
                               .summary = N_("help on a command or a topic"),
                               .group = N_("This program"),
                               .commands = commands};

/* Help from the command table: examples first, then usage, flags and the way to more. */
#include "tools/cli.h"

#include "tools/topics.h"

enum { FLAG_COLUMN = 30, FLAG_LABEL_MAX = 160, GROUPS_MAX = 16 };

void help_usage_line(struct buf *out, const struct command *command)
{
    buf_printf(out, "sleuth %s", command->noun);
    if (command->verb)
        buf_printf(out, " %s", command->verb);
    if (command->usage)
        buf_printf(out, " %s", command->usage);
    if (command->flags && command->flags->name)
        buf_put_str(out, " [flags]");
}

void help_flag_label(struct buf *out, const struct flag *flag)
{
    /* -o is known by its letter alone: "output" is a file, as decided for every command. */
    bool only_letter = flag->letter == 'o';
    if (flag->letter)
        buf_printf(out, "-%c%s", flag->letter, only_letter ? "" : ", ");
    if (!only_letter)
        buf_printf(out, "--%s", flag->name);
    if (flag->value)
        buf_printf(out, " %s", flag->value);
}

static void heading(const struct cli *cli, struct buf *out, const char *english)
{
    buf_printf(out, "%s%s%s\n", style(cli->color_out, STYLE_BOLD), cli_tr(cli, english),
               style(cli->color_out, STYLE_PLAIN));
}

/* "  label            text", the text on its own line where the label is long. */
static void two_columns(struct buf *out, slice label, size_t column, const char *text)
{
    size_t width = text_width(label) + 2;
    buf_put_str(out, "  ");
    buf_put(out, label);
    if (width + 2 > column) {
        buf_put_byte(out, '\n');
        width = 0;
    }
    for (; width < column; width++)
        buf_put_byte(out, ' ');
    buf_put_str(out, text);
    buf_put_byte(out, '\n');
}

static void flags_list(const struct cli *cli, const struct flag *flags, struct buf *out)
{
    for (; flags->name; flags++) {
        char bytes[FLAG_LABEL_MAX];
        struct buf label = {.ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        if (flags->hidden)
            continue;
        help_flag_label(&label, flags);
        two_columns(out, buf_slice(&label), FLAG_COLUMN, cli_tr(cli, flags->summary));
    }
}

static void examples_list(const struct cli *cli, const struct command *command, struct buf *out)
{
    if (!command->examples)
        return;
    heading(cli, out, N_("Examples"));
    for (const struct example *e = command->examples; e->line; e++)
        buf_printf(out, "  %s\n      %s\n", e->line, cli_tr(cli, e->note));
    buf_put_byte(out, '\n');
}

void help_on_command(const struct cli *cli, const struct command *command, struct buf *out)
{
    buf_printf(out, "%s\n\n", cli_tr(cli, command->summary));
    examples_list(cli, command, out);
    heading(cli, out, N_("Usage"));
    buf_put_str(out, "  ");
    help_usage_line(out, command);
    buf_put_str(out, "\n\n");
    if (command->flags && command->flags->name) {
        heading(cli, out, N_("Flags"));
        flags_list(cli, command->flags, out);
        buf_put_byte(out, '\n');
    }
    if (command->details)
        buf_printf(out, "%s\n\n", cli_tr(cli, command->details));
    buf_printf(out, "%s\n",
               cli_tr(cli, N_("Flags that every command has: 'sleuth help flags'. "
                              "Exit codes: 'sleuth help exit-codes'.")));
}

void help_on_noun(const struct cli *cli, const struct noun *noun, struct buf *out)
{
    buf_printf(out, "%s\n\n", cli_tr(cli, noun->summary));
    heading(cli, out, N_("Commands"));
    for (const struct command *c = noun->commands; c->noun; c++) {
        char bytes[FLAG_LABEL_MAX];
        struct buf label = {.ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        if (c->hidden)
            continue;
        buf_printf(&label, "sleuth %s%s%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
                   c->usage ? " " : "", c->usage ? c->usage : "");
        two_columns(out, buf_slice(&label), 44, cli_tr(cli, c->summary));
    }
    buf_printf(out, "\n");
    buf_printf(out, cli_tr(cli, N_("One command in full: 'sleuth help %s VERB'.")), noun->name);
    buf_put_byte(out, '\n');
}

static bool group_is_new(const struct cli *cli, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!cli->nouns[i]->hidden && strcmp(cli->nouns[i]->group, cli->nouns[at]->group) == 0)
            return false;
    return true;
}

static void group_list(const struct cli *cli, const char *group, struct buf *out)
{
    heading(cli, out, group);
    for (size_t i = 0; cli->nouns[i]; i++) {
        const struct noun *noun = cli->nouns[i];
        if (!noun->hidden && strcmp(noun->group, group) == 0)
            two_columns(out, slice_of(noun->name), 20, cli_tr(cli, noun->summary));
    }
    buf_put_byte(out, '\n');
}

void help_overview(const struct cli *cli, struct buf *out)
{
    buf_printf(out, "%s\n\n",
               cli_tr(cli, N_("Sleuth reads AI evaluation logs and says whether the test protocol "
                              "followed the results.")));
    heading(cli, out, N_("Examples"));
    buf_printf(out, "  %s\n      %s\n", "sleuth detect log.csv",
               cli_tr(cli, N_("is there a pattern in this log? needs no server")));
    buf_printf(out, "  %s\n      %s\n", "sleuth serve --dev",
               cli_tr(cli, N_("a throw-away server on this computer")));
    buf_printf(out, "  %s\n      %s\n\n", "sleuth help detect",
               cli_tr(cli, N_("one command in full, examples first")));
    for (size_t i = 0; cli->nouns[i]; i++)
        if (!cli->nouns[i]->hidden && group_is_new(cli, i))
            group_list(cli, cli->nouns[i]->group, out);
    heading(cli, out, N_("Topics"));
    for (const struct topic *t = help_topics; t->name; t++)
        two_columns(out, slice_of(t->name), 20, cli_tr(cli, t->summary));
}

static void help_topic(const struct cli *cli, const struct topic *topic, struct buf *out)
{
    buf_printf(out, "%s\n\n", cli_tr(cli, topic->summary));
    if (topic->lists_flags)
        flags_list(cli, flags_everywhere, out);
    for (const struct topic_row *row = topic->rows; row && row->label; row++)
        two_columns(out, slice_of(row->label), topic->column, cli_tr(cli, row->text));
    if (topic->text)
        buf_printf(out, "%s\n", cli_tr(cli, topic->text));
}

static status unknown_topic(struct cli *cli, const char *word, struct error *err)
{
    struct suggestion near = {0};
    for (size_t i = 0; cli->nouns[i]; i++)
        if (!cli->nouns[i]->hidden)
            suggest(&near, word, cli->nouns[i]->name);
    for (const struct topic *t = help_topics; t->name; t++)
        suggest(&near, word, t->name);
    if (near.best)
        cli_hint(cli, N_("did you mean '%s%s'?"), "sleuth help ", near.best);
    return cli_usage(cli, err, N_("there is no help on '%s'"), word);
}

status help_words(struct cli *cli, const char *const *words, size_t word_count, struct error *err)
{
    if (word_count == 0) {
        help_overview(cli, &cli->out);
        return ST_OK;
    }
    const struct noun *noun = noun_find(cli, slice_of(words[0]));
    if (noun) {
        const struct command *command =
            command_find(noun, word_count > 1 ? slice_of(words[1]) : S(""));
        if (word_count > 1 && !command)
            return cli_usage(cli, err, N_("'sleuth %s' has no verb '%s'"), words[0], words[1]);
        if (command && (word_count > 1 || !noun->commands[1].noun))
            help_on_command(cli, command, &cli->out);
        else
            help_on_noun(cli, noun, &cli->out);
        return ST_OK;
    }
    for (const struct topic *t = help_topics; t->name; t++) {
        if (strcmp(t->name, words[0]) == 0) {
            help_topic(cli, t, &cli->out);
            return ST_OK;
        }
    }
    return unknown_topic(cli, words[0], err);
}

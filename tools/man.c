/* The command table as manual pages: roff with the man macros. */
#include "tools/man.h"

#include "tools/topics.h"

enum { LABEL_MAX = 160 };

void man_text(struct buf *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            buf_put_str(out, "\\&");
        line_start = *text == '\n';
        if (*text == '\\')
            buf_put_str(out, "\\e");
        else if (*text == '-')
            buf_put_str(out, "\\-");
        else if (line_start)
            buf_put_str(out, "\n.PP\n");
        else
            buf_put_byte(out, *text);
    }
}

void man_head(const struct cli *cli, struct buf *out, const char *name, int section,
              const char *summary)
{
    buf_printf(out, ".TH \"%s\" \"%d\" \"\" \"sleuth %s\" \"Sleuth\"\n", name, section, VERSION);
    man_section(cli, out, N_("Name"));
    man_text(out, name);
    buf_put_str(out, " \\- ");
    man_text(out, summary);
    buf_put_byte(out, '\n');
}

void man_section(const struct cli *cli, struct buf *out, const char *english)
{
    buf_printf(out, ".SH \"%s\"\n", cli_tr(cli, english));
}

void man_item(struct buf *out, const char *label, const char *text)
{
    buf_put_str(out, ".TP\n\\fB");
    man_text(out, label);
    buf_put_str(out, "\\fR\n");
    man_text(out, text);
    buf_put_byte(out, '\n');
}

static void flag_items(const struct cli *cli, const struct flag *flags, struct buf *out)
{
    for (; flags && flags->name; flags++) {
        char bytes[LABEL_MAX];
        struct buf label = {.ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        if (flags->hidden)
            continue;
        help_flag_label(&label, flags);
        buf_put_byte(&label, '\0');
        man_item(out, label.ptr, cli_tr(cli, flags->summary));
    }
}

static void examples_section(const struct cli *cli, const struct command *command, struct buf *out)
{
    if (!command->examples)
        return;
    for (const struct example *e = command->examples; e->line; e++) {
        buf_put_str(out, ".PP\n");
        man_text(out, cli_tr(cli, e->note));
        buf_put_str(out, "\n.RS 4\n.nf\n");
        man_text(out, e->line);
        buf_put_str(out, "\n.fi\n.RE\n");
    }
}

static void command_section(const struct cli *cli, const struct command *command, struct buf *out)
{
    char bytes[LABEL_MAX];
    struct buf usage = {.ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    help_usage_line(&usage, command);
    buf_put_byte(&usage, '\0');
    buf_put_str(out, ".SS \"");
    man_text(out, usage.ptr);
    buf_put_str(out, "\"\n");
    man_text(out, cli_tr(cli, command->summary));
    buf_put_byte(out, '\n');
    examples_section(cli, command, out);
    flag_items(cli, command->flags, out);
    if (command->details) {
        buf_put_str(out, ".PP\n");
        man_text(out, cli_tr(cli, command->details));
        buf_put_byte(out, '\n');
    }
}

static const struct topic *topic_named(const char *name)
{
    const struct topic *t = help_topics;
    while (t->name && strcmp(t->name, name) != 0)
        t++;
    return t;
}

static void topic_section(const struct cli *cli, const char *english, const char *name,
                          struct buf *out)
{
    const struct topic *topic = topic_named(name);
    man_section(cli, out, english);
    for (const struct topic_row *row = topic->rows; row && row->label; row++)
        man_item(out, row->label, cli_tr(cli, row->text));
    if (topic->text) {
        buf_put_str(out, ".PP\n");
        man_text(out, cli_tr(cli, topic->text));
        buf_put_byte(out, '\n');
    }
}

void man_noun(const struct cli *cli, const struct noun *noun, struct buf *out)
{
    char name[LABEL_MAX];
    struct buf label = {.ptr = name, .cap = sizeof name, .max = sizeof name};
    buf_printf(&label, "sleuth-%s", noun->name);
    buf_put_byte(&label, '\0');
    man_head(cli, out, name, 1, cli_tr(cli, noun->summary));
    man_section(cli, out, N_("Commands"));
    for (const struct command *c = noun->commands; c->noun; c++)
        if (!c->hidden)
            command_section(cli, c, out);
    man_section(cli, out, N_("See also"));
    man_text(out, cli_tr(cli, N_("sleuth(1) lists the flags that every command has and the exit "
                                 "codes.")));
    buf_put_byte(out, '\n');
}

void man_main(const struct cli *cli, struct buf *out)
{
    man_head(cli, out, "sleuth", 1,
             cli_tr(cli, N_("tells whether the test protocol followed the results")));
    man_section(cli, out, N_("Synopsis"));
    buf_put_str(out, "\\fBsleuth\\fR \\fINOUN\\fR [\\fIVERB\\fR] [\\fIARGUMENTS\\fR] "
                     "[\\fIFLAGS\\fR]\n");
    man_section(cli, out, N_("Commands"));
    for (size_t i = 0; cli->nouns[i]; i++)
        if (!cli->nouns[i]->hidden)
            man_item(out, cli->nouns[i]->name, cli_tr(cli, cli->nouns[i]->summary));
    man_section(cli, out, N_("Flags"));
    flag_items(cli, flags_everywhere, out);
    topic_section(cli, N_("Output"), "output", out);
    topic_section(cli, N_("Exit codes"), "exit-codes", out);
    topic_section(cli, N_("Files"), "files", out);
    topic_section(cli, N_("Environment"), "environment", out);
    topic_section(cli, N_("Secrets"), "secrets", out);
}

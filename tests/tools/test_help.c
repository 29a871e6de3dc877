/* Tests of help, manual pages and completion over the real command table. */
#include "fake_cli.h"

#include "tools/man.h"
#include "tools/topics.h"

#define NOUN(name) extern const struct noun noun_##name;
#include "tools/nouns.def"
#undef NOUN
static const struct noun *const nouns[] = {
#define NOUN(name) &noun_##name,
#include "tools/nouns.def"
#undef NOUN
    NULL,
};

static struct cli cli;

static bool holds(const struct buf *page, slice text)
{
    size_t at;
    return slice_find(buf_slice(page), text, &at);
}

/* What stands in a manual page: backslashes of roff taken out again. */
static struct buf unroffed(const struct buf *page)
{
    struct buf plain;
    buf_init(&plain, 1 << 24);
    for (size_t i = 0; i < page->len; i++) {
        slice rest = slice_make(page->ptr + i, page->len - i);
        if (slice_has_prefix(rest, S("\\&")) || slice_has_prefix(rest, S("\\fB")) ||
            slice_has_prefix(rest, S("\\fR"))) {
            i += rest.ptr[1] == '&' ? 1 : 2;
        } else if (slice_has_prefix(rest, S("\n.PP\n"))) {
            buf_put_byte(&plain, '\n');
            i += 4;
        } else if (slice_has_prefix(rest, S("\\e"))) {
            buf_put_byte(&plain, '\\');
            i += 1;
        } else if (page->ptr[i] != '\\') {
            buf_put_byte(&plain, page->ptr[i]);
        }
    }
    return plain;
}

/* Every text of a command must be found in the page. */
static void page_tells(const struct buf *page, const struct command *c, const char *which)
{
    ck_assert_msg(holds(page, slice_of(cli_tr(&cli, c->summary))), "%s: summary of %s %s", which,
                  c->noun, c->verb ? c->verb : "");
    for (const struct example *e = c->examples; e && e->line; e++) {
        ck_assert_msg(holds(page, slice_of(e->line)), "%s: example '%s'", which, e->line);
        ck_assert_msg(holds(page, slice_of(cli_tr(&cli, e->note))), "%s: '%s'", which, e->note);
    }
    for (const struct flag *f = c->flags; f && f->name; f++) {
        slice flag = arena_printf(&cli.arena, "--%s", f->name);
        ck_assert_msg(f->hidden || holds(page, flag), "%s: --%s of %s %s", which, f->name, c->noun,
                      c->verb ? c->verb : "");
        ck_assert_msg(f->hidden || holds(page, slice_of(cli_tr(&cli, f->summary))), "%s: '%s'",
                      which, f->summary);
    }
    if (c->details)
        ck_assert_msg(holds(page, slice_of(cli_tr(&cli, c->details))), "%s: details", which);
}

static void noun_agrees(const struct noun *noun)
{
    struct buf page;
    buf_init(&page, 1 << 24);
    man_noun(&cli, noun, &page);
    struct buf plain = unroffed(&page);
    for (const struct command *c = noun->commands; c->noun; c++) {
        struct buf help;
        if (c->hidden)
            continue;
        buf_init(&help, 1 << 24);
        help_on_command(&cli, c, &help);
        page_tells(&help, c, "help");
        page_tells(&plain, c, "man");
        buf_finish(&help);
    }
    buf_finish(&plain);
    buf_finish(&page);
}

START_TEST(help_and_manual_say_the_same_in_both_languages)
{
    fake_cli_init(&cli, nouns);
    for (int lang = 0; lang < 2; lang++) {
        cli.lang = (enum lang)lang;
        for (size_t i = 0; nouns[i]; i++)
            if (!nouns[i]->hidden)
                noun_agrees(nouns[i]);
    }
    fake_cli_finish(&cli);
}
END_TEST

static void has_twin(const char *text)
{
    if (text)
        ck_assert_msg(tr(LANG_ZH, text) != text, "no Chinese for: %s", text);
}

static void flags_have_twins(const struct flag *flags)
{
    for (; flags && flags->name; flags++)
        has_twin(flags->summary);
}

START_TEST(every_text_of_the_tables_has_a_chinese_twin)
{
    flags_have_twins(flags_everywhere);
    for (size_t i = 0; nouns[i]; i++) {
        has_twin(nouns[i]->summary);
        has_twin(nouns[i]->group);
        for (const struct command *c = nouns[i]->commands; c->noun; c++) {
            has_twin(c->summary);
            has_twin(c->details);
            flags_have_twins(c->flags);
            for (const struct example *e = c->examples; e && e->line; e++)
                has_twin(e->note);
        }
    }
    for (const struct topic *t = help_topics; t->name; t++) {
        has_twin(t->summary);
        has_twin(t->text);
        for (const struct topic_row *row = t->rows; row && row->label; row++)
            has_twin(row->text);
    }
}
END_TEST

START_TEST(every_shown_command_has_examples_that_call_it)
{
    for (size_t i = 0; nouns[i]; i++) {
        for (const struct command *c = nouns[i]->commands; c->noun; c++) {
            if (c->hidden)
                continue;
            ck_assert_str_eq(c->noun, nouns[i]->name);
            ck_assert_msg(c->examples && c->examples[0].line, "%s %s has no example", c->noun,
                          c->verb ? c->verb : "");
            char call[64];
            (void)snprintf(call, sizeof call, "sleuth %s%s%s", c->noun, c->verb ? " " : "",
                           c->verb ? c->verb : "");
            for (const struct example *e = c->examples; e->line; e++)
                ck_assert_msg(strstr(e->line, call), "'%s' does not call '%s'", e->line, call);
        }
    }
}
END_TEST

START_TEST(no_command_hides_a_common_flag)
{
    for (size_t i = 0; nouns[i]; i++)
        for (const struct command *c = nouns[i]->commands; c->noun; c++)
            for (const struct flag *f = c->flags; f && f->name; f++)
                for (const struct flag *g = flags_everywhere; g->name; g++) {
                    ck_assert_msg(strcmp(f->name, g->name) != 0, "--%s of %s", f->name, c->noun);
                    ck_assert_msg(!f->letter || f->letter != g->letter, "-%c of %s", f->letter,
                                  c->noun);
                }
}
END_TEST

TEST_MAIN("help", help_and_manual_say_the_same_in_both_languages,
          every_text_of_the_tables_has_a_chinese_twin,
          every_shown_command_has_examples_that_call_it, no_command_hides_a_common_flag)

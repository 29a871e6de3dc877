/* The report as Markdown (CommonMark with tables) for pull requests, wikis and model cards. */
#include "detect/names.h"
#include "detect/number.h"
#include "detect/wording.h"

#include <assert.h>
#include <math.h>

enum { SCRATCH_BYTES_MAX = 1 << 24, TABLE_ROWS_MAX = 40, NOTES_MAX = 40 };

struct md {
    struct buf *out;
    struct wording *words;
    const struct report_context *context; /* never NULL */
};

/* Every character that Markdown or embedded HTML gives a meaning; a line feed cannot occur, because
 * names are cleaned and sentences have none. */
static void put_escaped(struct md *md, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '<')
            buf_put_str(md->out, "&lt;");
        else if (c == '>')
            buf_put_str(md->out, "&gt;");
        else if (c == '&')
            buf_put_str(md->out, "&amp;");
        else if (c == ':') /* no bare link: "https://" */
            buf_put_str(md->out, slice_has_prefix(slice_from(text, i), S("://")) ? "&#58;" : ":");
        else if (strchr("\\`*_{}[]#|~!", c) && c)
            buf_printf(md->out, "\\%c", c);
        else
            buf_put_byte(md->out, c);
    }
}

static void put_name(struct md *md, slice name)
{
    put_escaped(md, name_shown(md->words->arena, name, NAME_COLUMNS_MAX));
}

static void say(struct md *md, const char *english)
{
    put_escaped(md, slice_of(tr(md->words->lang, english)));
}

static void heading(struct md *md, const char *english)
{
    buf_put_str(md->out, "\n## ");
    say(md, english);
    buf_put_str(md->out, "\n\n");
}

static void list(struct md *md, const char *bullet, const struct sentences *sentences)
{
    for (size_t i = 0; i < sentences->count; i++) {
        buf_put_str(md->out, bullet);
        put_escaped(md, sentences->items[i]);
        buf_put_byte(md->out, '\n');
    }
}

static void table_head(struct md *md, const char *const *headings)
{
    size_t count = 0;
    for (; headings[count]; count++) {
        buf_put_str(md->out, "| ");
        say(md, headings[count]);
        buf_put_byte(md->out, ' ');
    }
    buf_put_str(md->out, "|\n");
    for (size_t i = 0; i < count; i++)
        buf_put_str(md->out, "| --- ");
    buf_put_str(md->out, "|\n");
}

static void cell_number(struct md *md, double value)
{
    buf_put_str(md->out, "| ");
    number_sig(md->out, value, 4);
    buf_put_byte(md->out, ' ');
}

static void cell_name(struct md *md, slice name)
{
    buf_put_str(md->out, "| ");
    put_name(md, name);
    buf_put_byte(md->out, ' ');
}

static void row_end(struct md *md)
{
    buf_put_str(md->out, "|\n");
}

/* --- sections -----------------------------------------------------------------------------------
 */

static void put_verdict(struct md *md)
{
    const struct wording *w = md->words;
    buf_put_str(md->out, "# ");
    put_escaped(md, slice_of(w->headline));
    buf_put_str(md->out, "\n\n**");
    say(md, N_("Can this score be used for a decision?"));
    buf_put_str(md->out, "** ");
    put_escaped(md, slice_of(w->answer));
    buf_put_str(md->out, w->lang == LANG_ZH ? "：" : ": ");
    put_escaped(md, slice_of(w->answer_why));
    buf_put_str(md->out, w->lang == LANG_ZH ? "。\n\n" : ".\n\n");
    put_escaped(md, w->text);
    buf_put_byte(md->out, '\n');
}

static void put_mechanisms(struct md *md)
{
    static const char *const headings[] = {N_("Mechanism"), N_("Meaning"), N_("p, corrected"),
                                           N_("Result"), NULL};
    const struct detect_report *report = md->words->report;
    if (!report->has_verdict || (!report->verdict.tested && !report->verdict.selection.present))
        return;
    heading(md,
            report->verdict.kind == VERDICT_ADAPTIVE ? N_("What drove it") : N_("What was tested"));
    list(md, "- ", &md->words->explanation);
    buf_put_byte(md->out, '\n');
    table_head(md, headings);
    for (int m = 0; m < MECHANISM_COUNT; m++) {
        const struct mechanism_result *result = &report->verdict.mechanisms[m];
        bool known = result->presence == PRESENCE_COMPUTED;
        cell_name(md, slice_of(mechanism_name((enum mechanism)m, md->words->lang)));
        buf_put_str(md->out, "| ");
        put_escaped(md, slice_of(mechanism_meaning((enum mechanism)m, md->words->lang)));
        buf_printf(md->out, " | %s | ", known ? wording_p_cell(md->words, result->p_holm) : "–");
        say(md, known ? result->flagged ? N_("flagged") : N_("not flagged")
                : result->presence == PRESENCE_NULL ? N_("not computed: too few rounds")
                                                    : N_("does not apply"));
        buf_put_byte(md->out, ' ');
        row_end(md);
    }
}

static void put_classic(struct md *md)
{
    static const char *const headings[] = {N_("Indicator"), N_("Value"), N_("Threshold"),
                                           N_("Result"), NULL};
    const struct classic *classic = &md->words->report->classic;
    if (!classic->defined)
        return;
    heading(md, N_("Classic indicators, uncalibrated"));
    table_head(md, headings);
    for (int i = 0; i < INDICATOR_COUNT; i++) {
        const struct indicator *indicator = &classic->indicator[i];
        cell_name(md, slice_of(indicator_title((enum indicator_id)i)));
        cell_number(md, indicator->score);
        cell_number(md, indicator->threshold);
        buf_put_str(md->out, "| ");
        say(md, !isfinite(indicator->score) ? N_("not defined for this log")
                : indicator->triggered      ? N_("beyond its threshold")
                                            : N_("within its threshold"));
        buf_put_byte(md->out, ' ');
        row_end(md);
    }
    cell_name(md, S("CBS"));
    cell_number(md, classic->cbs_score);
    buf_put_str(md->out, "| | ");
    row_end(md);
}

/* Means over the systems of a round would hide them: one line per system and round instead. */
static void put_rounds(struct md *md)
{
    static const char *const headings[] = {N_("System"), N_("Round"), N_("Score"), NULL};
    const struct grid *grid = md->words->report->grid;
    if (!grid || grid->system_count * grid->round_count == 0)
        return;
    heading(md, N_("Scores and settings over the rounds"));
    table_head(md, headings);
    size_t rows = 0;
    for (size_t i = 0; i < grid->system_count * grid->round_count && rows < TABLE_ROWS_MAX; i++) {
        double score = grid_number(grid, grid->performance, i);
        if (!isfinite(score))
            continue;
        cell_name(md, grid->systems[i / grid->round_count]);
        cell_number(md, grid->rounds[i % grid->round_count]);
        cell_number(md, score);
        row_end(md);
        rows++;
    }
    if (rows == TABLE_ROWS_MAX) {
        buf_put_byte(md->out, '\n');
        say(md, N_("(the first 40 rows; the JSON and CSV reports hold all)"));
        buf_put_byte(md->out, '\n');
    }
}

static void put_fact(struct md *md, const char *term, slice text)
{
    if (text.len == 0)
        return;
    buf_put_str(md->out, "- ");
    say(md, term);
    buf_put_str(md->out, md->words->lang == LANG_ZH ? "：" : ": ");
    put_escaped(md, name_shown(md->words->arena, text, 160));
    buf_put_byte(md->out, '\n');
}

static void put_provenance(struct md *md)
{
    const struct report_context *c = md->context;
    const struct notes *notes = &md->words->report->warnings;
    if (notes->count) {
        heading(md, N_("Data and warnings"));
        for (size_t i = 0; i < notes->count && i < NOTES_MAX; i++) {
            buf_put_str(md->out, "- ");
            put_escaped(md,
                        name_shown(md->words->arena, notes->items[i].text[md->words->lang], 240));
            buf_put_byte(md->out, '\n');
        }
    }
    heading(md, N_("Where this comes from"));
    put_fact(md, N_("Input"), c->input_name);
    put_fact(md, N_("SHA-256 of the input"), c->input_sha256);
    put_fact(md, N_("Input grade"), c->grade);
    put_fact(md, N_("Report"), c->id);
    put_fact(md, N_("Made at"), c->created_at);
    put_fact(md, N_("Engine version"), slice_of(md->words->report->engine_version));
    put_fact(md, N_("SHA-256 of the program"), c->binary_sha256);
    put_fact(md, N_("Recompute with"), c->command);
    put_fact(md, N_("Sealed with key"), c->key_id);
}

static void put_part(struct md *md, const struct report_part *part)
{
    if (!part || !part->markdown.len)
        return;
    buf_put_byte(md->out, '\n');
    buf_put(md->out, part->markdown);
}

status report_markdown(const struct detect_report *report, enum lang lang,
                       const struct report_context *context, struct buf *out, struct error *err)
{
    static const struct report_context empty = {.elapsed_ms = -1};
    assert(report->panel);
    struct arena arena;
    struct wording words;
    arena_init(&arena, SCRATCH_BYTES_MAX);
    wording_build(report, lang, &arena, &words);
    struct md md = {out, &words, context ? context : &empty};
    put_verdict(&md);
    put_part(&md, md.context->first);
    if (words.findings.count) {
        heading(&md, N_("What is certain"));
        list(&md, "- ", &words.findings);
    }
    heading(&md, N_("What was not checked"));
    list(&md, "- ", &words.unchecked);
    put_mechanisms(&md);
    put_classic(&md);
    put_rounds(&md);
    heading(&md, N_("Next steps"));
    list(&md, "- [ ] ", &words.next_steps);
    put_provenance(&md);
    heading(&md, N_("Assumptions and use"));
    list(&md, "- ", &words.assumptions);
    if (report->has_verdict) {
        buf_put_byte(out, '\n');
        put_escaped(&md, wording_measured(&words));
        buf_put_byte(out, '\n');
    }
    put_part(&md, md.context->last);
    status rc = arena_check(&arena, err);
    arena_finish(&arena);
    return rc == ST_OK ? buf_check(out, err) : rc;
}

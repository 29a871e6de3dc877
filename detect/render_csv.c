/* The report as CSV: one fact per row, `section,name,value`, RFC 4180 quoting.
 *
 * Spreadsheets run cells that look like formulas: text that starts with = + - @ TAB or CR gets an
 * apostrophe in front (OWASP, "CSV Injection"). Numbers of ours may be negative and are not text.
 * Names of facts are English slugs, never translated; the prose of the verdict is in the language
 * asked for. */
#include "detect/number.h"
#include "detect/wording.h"

#include <assert.h>
#include <math.h>

enum { SCRATCH_BYTES_MAX = 1 << 24 };

struct csv {
    struct buf *out;
    struct wording *words;
};

/* --- cells --------------------------------------------------------------------------------------
 */

static void put_text(struct csv *csv, slice text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]) && text.ptr[0];
    buf_put_byte(csv->out, '"');
    if (formula)
        buf_put_byte(csv->out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_byte(csv->out, '"');
        if (text.ptr[i] != '\0')
            buf_put_byte(csv->out, text.ptr[i]);
    }
    buf_put_byte(csv->out, '"');
}

/* The name of a fact: parts joined by a dot, in one cell. */
static void put_key(struct csv *csv, const char *section, slice name)
{
    buf_printf(csv->out, "%s,", section);
    put_text(csv, name);
    buf_put_byte(csv->out, ',');
}

static void fact_text(struct csv *csv, const char *section, const char *name, slice text)
{
    put_key(csv, section, slice_of(name));
    put_text(csv, text);
    buf_put_str(csv->out, "\r\n");
}

static void fact_number(struct csv *csv, const char *section, slice name, double value)
{
    put_key(csv, section, name);
    if (isfinite(value))
        buf_put_f64(csv->out, value);
    buf_put_str(csv->out, "\r\n");
}

static void fact_count(struct csv *csv, const char *section, const char *name, uint64_t value)
{
    put_key(csv, section, slice_of(name));
    buf_printf(csv->out, "%llu\r\n", (unsigned long long)value);
}

static slice joined(struct csv *csv, slice a, slice b)
{
    return arena_printf(csv->words->arena, SLICE_FMT "." SLICE_FMT, SLICE_ARG(a), SLICE_ARG(b));
}

/* --- sections -----------------------------------------------------------------------------------
 */

static void put_about(struct csv *csv, const struct report_context *context)
{
    fact_text(csv, "report", "engine_version", slice_of(csv->words->report->engine_version));
    fact_count(csv, "report", "seed", csv->words->report->options.seed);
    if (!context)
        return;
    fact_text(csv, "report", "id", context->id);
    fact_text(csv, "report", "created_at", context->created_at);
    fact_text(csv, "report", "input_name", context->input_name);
    fact_text(csv, "report", "input_sha256", context->input_sha256);
    fact_text(csv, "report", "input_grade", context->grade);
}

static void put_mechanisms(struct csv *csv, const struct verdict *v)
{
    for (int m = 0; m < MECHANISM_COUNT; m++) {
        const struct mechanism_result *result = &v->mechanisms[m];
        slice slug = slice_of(mechanism_slug((enum mechanism)m));
        if (result->presence != PRESENCE_COMPUTED)
            continue;
        fact_number(csv, "mechanism", joined(csv, slug, S("p")), result->p);
        fact_number(csv, "mechanism", joined(csv, slug, S("p_holm")), result->p_holm);
        fact_number(csv, "mechanism", joined(csv, slug, S("flagged")), result->flagged);
    }
}

static void put_verdict(struct csv *csv)
{
    const struct verdict *v = &csv->words->report->verdict;
    fact_text(csv, "verdict", "headline", slice_of(csv->words->headline));
    fact_text(csv, "verdict", "text", csv->words->text);
    if (!csv->words->report->has_verdict)
        return;
    fact_text(csv, "verdict", "verdict", slice_of(verdict_slug(v->kind)));
    fact_text(csv, "verdict", "reason", slice_of(reason_slug(v->reason)));
    fact_text(csv, "verdict", "strength", slice_of(strength_slug(v->strength)));
    fact_number(csv, "verdict", S("p_value"), v->p_value);
    fact_number(csv, "verdict", S("p_panel"), v->p_panel);
    fact_number(csv, "verdict", S("alpha"), v->alpha);
    fact_number(csv, "verdict", S("mde_partial_r"), v->mde_partial_r);
    fact_number(csv, "verdict", S("psi_star"), v->psi_star);
    fact_count(csv, "verdict", "draws", v->draws);
    fact_count(csv, "verdict", "n_eff", v->n_eff);
    fact_text(csv, "verdict", "driving_setting", v->facts.setting);
    fact_text(csv, "verdict", "driving_system", v->facts.system);
    put_mechanisms(csv, v);
    for (size_t i = 0; i < v->statistic_count; i++)
        fact_number(csv, "statistic", slice_of(v->statistics[i].name), v->statistics[i].value);
    fact_number(csv, "coupling", S("p"), v->coupling.p);
}

static void put_classic(struct csv *csv)
{
    static const char *const names[INDICATOR_COUNT] = {"psi", "ccs", "rho_pc"};
    const struct classic *classic = &csv->words->report->classic;
    if (!classic->defined)
        return;
    for (int i = 0; i < INDICATOR_COUNT; i++) {
        slice name = slice_of(names[i]);
        fact_number(csv, "classic", name, classic->indicator[i].score);
        fact_number(csv, "classic", joined(csv, name, S("threshold")),
                    classic->indicator[i].threshold);
        if (classic->bootstrapped) {
            fact_number(csv, "classic", joined(csv, name, S("ci_lower")),
                        classic->bootstrap[i].ci_lower);
            fact_number(csv, "classic", joined(csv, name, S("ci_upper")),
                        classic->bootstrap[i].ci_upper);
        }
    }
    fact_number(csv, "classic", S("cbs_score"), classic->cbs_score);
}

/* name = "system.round.field" */
static void put_cells(struct csv *csv)
{
    const struct grid *grid = csv->words->report->grid;
    if (!grid)
        return;
    for (size_t i = 0; i < grid->system_count * grid->round_count; i++) {
        struct arena_mark mark = arena_mark(csv->words->arena);
        struct buf round;
        buf_init_arena(&round, csv->words->arena, 64);
        number_sig(&round, grid->rounds[i % grid->round_count], 9);
        slice cell = joined(csv, grid->systems[i / grid->round_count], buf_slice(&round));
        double score = grid_number(grid, grid->performance, i);
        if (isfinite(score))
            fact_number(csv, "cell", joined(csv, cell, S("performance")), score);
        for (size_t j = 0; j < grid->setting_count; j++) {
            double setting = grid_number(grid, grid->settings[j], i);
            if (isfinite(setting))
                fact_number(csv, "cell", joined(csv, cell, grid->setting_names[j]), setting);
        }
        arena_rewind(csv->words->arena, mark);
    }
}

static void put_sentences(struct csv *csv, const char *section, const struct sentences *list)
{
    for (size_t i = 0; i < list->count; i++)
        fact_text(csv, section, arena_printf(csv->words->arena, "%zu", i + 1).ptr, list->items[i]);
}

status report_csv(const struct detect_report *report, enum lang lang,
                  const struct report_context *context, struct buf *out, struct error *err)
{
    assert(report->panel);
    struct arena arena;
    struct wording words;
    arena_init(&arena, SCRATCH_BYTES_MAX);
    wording_build(report, lang, &arena, &words);
    struct csv csv = {out, &words};
    buf_put_str(out, "section,name,value\r\n");
    put_about(&csv, context);
    put_verdict(&csv);
    put_classic(&csv);
    put_sentences(&csv, "finding", &words.findings);
    put_sentences(&csv, "not_checked", &words.unchecked);
    put_sentences(&csv, "next_step", &words.next_steps);
    for (size_t i = 0; i < report->warnings.count; i++)
        fact_text(&csv, "warning", report->warnings.items[i].code,
                  report->warnings.items[i].text[lang]);
    put_cells(&csv);
    status rc = arena_check(&arena, err);
    arena_finish(&arena);
    return rc == ST_OK ? buf_check(out, err) : rc;
}

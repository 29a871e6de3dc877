/* The report for a terminal: the verdict in words first, then why, then the numbers. */
#include "detect/names.h"
#include "detect/number.h"
#include "detect/text_out.h"
#include "detect/wording.h"

#include <assert.h>
#include <math.h>

enum {
    SCRATCH_BYTES_MAX = 1 << 24,
    OUTPUT_BYTES_MAX = 1 << 18, /* bounded by the tables below */
    SYSTEMS_MAX = 12,
    SETTINGS_MAX = 2, /* columns of sparklines beside the score */
    NOTES_MAX = 12,
    NAME_COLUMNS = 18,
    SPARK_COLUMNS = 14,
};

struct screen {
    struct buf *out;
    struct wording *words;
    const struct report_context *context; /* never NULL */
    size_t width;
    bool color;
};

/* --- pieces -------------------------------------------------------------------------------------
 */

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_TONE };

static void paint(struct screen *s, enum paint paint)
{
    static const char *const tones[] = {"\x1b[1m", "\x1b[1;33m", "\x1b[1;31m"};
    static const char *const codes[] = {"\x1b[0m", "\x1b[1m", "\x1b[2m", ""};
    if (s->color)
        buf_put_str(s->out, paint == PAINT_TONE ? tones[s->words->tone] : codes[paint]);
}

static slice say(struct screen *s, const char *english)
{
    return slice_of(tr(s->words->lang, english));
}

static void heading(struct screen *s, const char *english)
{
    buf_put_byte(s->out, '\n');
    paint(s, PAINT_BOLD);
    buf_put(s->out, say(s, english));
    paint(s, PAINT_NONE);
    buf_put_byte(s->out, '\n');
}

static void list(struct screen *s, const char *bullet, const struct sentences *sentences)
{
    for (size_t i = 0; i < sentences->count; i++)
        text_wrap(s->out, slice_of(bullet), sentences->items[i], s->width);
}

/* Without the blanks that padding left. */
static void end_line(struct screen *s)
{
    while (s->out->len && s->out->ptr[s->out->len - 1] == ' ')
        s->out->len--;
    buf_put_byte(s->out, '\n');
}

static slice number_text(struct screen *s, double value)
{
    return slice_of(wording_number(s->words, value));
}

/* --- verdict ------------------------------------------------------------------------------------
 */

static void put_verdict(struct screen *s)
{
    struct wording *w = s->words;
    slice mark = arena_printf(w->arena, "%s ", s->words->tone == TONE_NEUTRAL ? w->icon : "▲");
    paint(s, PAINT_TONE);
    text_wrap(s->out, mark, slice_of(w->headline), s->width);
    paint(s, PAINT_NONE);
    text_wrap(s->out, S("  "), w->text, s->width);
    buf_put_byte(s->out, '\n');
    paint(s, PAINT_DIM);
    buf_put_str(s->out, "  ");
    buf_put(s->out, say(s, N_("Can this score be used for a decision?")));
    paint(s, PAINT_NONE);
    buf_put_byte(s->out, '\n');
    slice answer = arena_printf(w->arena, w->lang == LANG_ZH ? "%s：%s。" : "%s: %s.", w->answer,
                                w->answer_why);
    text_wrap(s->out, S("  "), answer, s->width);
}

/* --- mechanisms ---------------------------------------------------------------------------------
 */

static void put_mechanism(struct screen *s, enum mechanism mechanism)
{
    const struct mechanism_result *m = &s->words->report->verdict.mechanisms[mechanism];
    if (m->presence == PRESENCE_ABSENT)
        return;
    bool known = m->presence == PRESENCE_COMPUTED;
    buf_put_str(s->out, "  ");
    text_pad(s->out, slice_of(mechanism_name(mechanism, s->words->lang)), 24);
    text_pad(s->out,
             known ? arena_printf(s->words->arena, "p %s", wording_p(s->words, m->p_holm)) : S("–"),
             11);
    if (known && m->flagged)
        paint(s, PAINT_TONE);
    buf_put(s->out, say(s, !known       ? N_("not computed: too few rounds")
                           : m->flagged ? N_("flagged")
                                        : N_("not flagged")));
    if (known && m->flagged)
        paint(s, PAINT_NONE);
    buf_put_byte(s->out, '\n');
}

/* The permutation null as one line, with the observed value marked on the line below. */
static void put_null(struct screen *s)
{
    const struct plots *plots = &s->words->report->verdict.plots;
    enum { COLUMNS = 40 };
    double counts[COLUMNS] = {0};
    double high = fmax(plots->null_high, plots->null_observed);
    if (plots->null_bins < 8 || !(plots->null_low < high))
        return;
    double scale = COLUMNS / (high - plots->null_low); /* low < high: tested */
    for (size_t i = 0; i < plots->null_bins; i++) {
        double at = plots->null_low + (plots->null_high - plots->null_low) * ((double)i + 0.5) /
                                          (double)plots->null_bins;
        counts[(int)fmin(COLUMNS - 1, fmax(0, (at - plots->null_low) * scale))] +=
            plots->null_counts[i];
    }
    for (int c = 0; c < COLUMNS; c++)
        counts[c] = counts[c] > 0 ? counts[c] : NAN;
    int mark = (int)fmin(COLUMNS - 1, fmax(0, (plots->null_observed - plots->null_low) * scale));
    buf_put_str(s->out, "  ");
    text_pad(s->out, say(s, N_("Re-ordered logs")), 24);
    text_spark(s->out, counts, COLUMNS, COLUMNS);
    end_line(s);
    buf_put_str(s->out, "  ");
    text_pad(s->out, say(s, N_("This log")), (size_t)(24 + mark));
    paint(s, PAINT_TONE);
    buf_put_str(s->out, "↑");
    paint(s, PAINT_NONE);
    buf_put_byte(s->out, '\n');
}

static void put_mechanisms(struct screen *s)
{
    const struct detect_report *report = s->words->report;
    if (!report->has_verdict)
        return;
    bool adaptive = report->verdict.kind == VERDICT_ADAPTIVE;
    bool tested = report->verdict.tested || report->verdict.selection.present;
    if (s->words->explanation.count == 0 && !tested)
        return;
    heading(s, adaptive ? N_("What drove it") : N_("What was tested"));
    list(s, "  • ", &s->words->explanation);
    if (!tested)
        return;
    buf_put_byte(s->out, '\n');
    for (int m = 0; m < MECHANISM_COUNT; m++)
        put_mechanism(s, (enum mechanism)m);
    if (report->verdict.tested)
        put_null(s);
}

/* --- rounds -------------------------------------------------------------------------------------
 */

static void put_range(struct screen *s, const double *values, size_t count)
{
    double first = NAN;
    double last = NAN;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            first = isnan(first) ? values[i] : first;
            last = values[i];
        }
    buf_put_byte(s->out, ' ');
    text_pad(s->out,
             arena_printf(s->words->arena, "%s→%s", wording_number(s->words, first),
                          wording_number(s->words, last)),
             13);
}

/* line: [T] scratch */
static void put_system(struct screen *s, const struct grid *grid, size_t k, const size_t *settings,
                       size_t setting_count, double *line)
{
    buf_put_str(s->out, "  ");
    text_pad(s->out, name_shown(s->words->arena, grid->systems[k], NAME_COLUMNS - 2), NAME_COLUMNS);
    for (size_t i = 0; i <= setting_count; i++) {
        size_t start = s->out->len;
        grid_line(grid, i == 0 ? grid->performance : grid->settings[settings[i - 1]], k, line);
        text_spark(s->out, line, grid->round_count, SPARK_COLUMNS);
        size_t width = text_width(slice_from(buf_slice(s->out), start));
        text_pad(s->out, S(""), width < SPARK_COLUMNS ? SPARK_COLUMNS - width : 0);
        put_range(s, line, grid->round_count);
    }
    end_line(s);
}

/* The setting that drove the verdict first, then others that move. */
static size_t pick_settings(const struct detect_report *report, size_t picked[static SETTINGS_MAX],
                            size_t most)
{
    const struct grid *grid = report->grid;
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < grid->setting_count && count < most; j++) {
            bool lead = report->has_verdict &&
                        slice_eq(grid->setting_names[j], report->verdict.facts.setting);
            if (lead == (pass == 0))
                picked[count++] = j;
        }
    return count;
}

static void put_rounds(struct screen *s)
{
    const struct detect_report *report = s->words->report;
    const struct grid *grid = report->grid;
    double *line = grid ? arena_array(s->words->arena, grid->round_count, sizeof *line) : NULL;
    if (!line || grid->round_count < 2)
        return;
    size_t settings[SETTINGS_MAX];
    size_t fit = (s->width - NAME_COLUMNS - 2) / (SPARK_COLUMNS + 14);
    size_t count = pick_settings(report, settings, fit > SETTINGS_MAX ? SETTINGS_MAX : fit - 1);
    heading(s, N_("Scores and settings over the rounds"));
    paint(s, PAINT_DIM);
    buf_put_str(s->out, "  ");
    text_pad(s->out, say(s, N_("System")), NAME_COLUMNS);
    text_pad(s->out, say(s, N_("Score")), count ? SPARK_COLUMNS + 14 : 0);
    for (size_t i = 0; i < count; i++)
        text_pad(s->out,
                 name_shown(s->words->arena, grid->setting_names[settings[i]], SPARK_COLUMNS + 12),
                 i + 1 < count ? SPARK_COLUMNS + 14 : 0);
    paint(s, PAINT_NONE);
    buf_put_byte(s->out, '\n');
    for (size_t k = 0; k < grid->system_count && k < SYSTEMS_MAX; k++)
        put_system(s, grid, k, settings, count, line);
    if (grid->system_count > SYSTEMS_MAX) {
        buf_put_str(s->out, "  ");
        buf_printf(s->out, tr(s->words->lang, N_("and %zu more systems, not drawn")),
                   grid->system_count - SYSTEMS_MAX);
        buf_put_byte(s->out, '\n');
    }
}

/* --- classic ------------------------------------------------------------------------------------
 */

static void put_indicator(struct screen *s, enum indicator_id id)
{
    const struct classic *classic = &s->words->report->classic;
    const struct indicator *indicator = &classic->indicator[id];
    bool known = isfinite(indicator->score);
    buf_put_str(s->out, "  ");
    text_pad(s->out, slice_of(indicator_title(id)), 10);
    text_pad_left(s->out, number_text(s, indicator->score), 10);
    buf_put_str(s->out, "   ");
    buf_put(s->out, say(s, !known                 ? N_("not defined for this log")
                           : indicator->triggered ? N_("beyond its threshold")
                                                  : N_("within its threshold")));
    buf_put_str(s->out, " (");
    buf_put(s->out, number_text(s, indicator->threshold));
    buf_put_byte(s->out, ')');
    if (known && classic->bootstrapped && isfinite(classic->bootstrap[id].ci_lower)) {
        buf_put_str(s->out, "  [");
        buf_put(s->out, number_text(s, classic->bootstrap[id].ci_lower));
        buf_put_str(s->out, ", ");
        buf_put(s->out, number_text(s, classic->bootstrap[id].ci_upper));
        buf_put_byte(s->out, ']');
    }
    buf_put_byte(s->out, '\n');
}

static void put_classic(struct screen *s)
{
    const struct classic *classic = &s->words->report->classic;
    if (!classic->defined)
        return;
    heading(s, N_("Classic indicators, uncalibrated"));
    for (int i = 0; i < INDICATOR_COUNT; i++)
        put_indicator(s, (enum indicator_id)i);
    if (!isfinite(classic->cbs_score))
        return;
    buf_put_str(s->out, "  CBS       ");
    text_pad_left(s->out, number_text(s, classic->cbs_score), 10);
    buf_put_str(s->out, "   ");
    text_bar(s->out, classic->cbs_score, 16);
    buf_put_byte(s->out, ' ');
    buf_put(s->out, say(s, N_("(zones at 0.3 and 0.6)")));
    buf_put_byte(s->out, '\n');
}

/* --- data ---------------------------------------------------------------------------------------
 */

static void put_data(struct screen *s)
{
    const struct detect_report *report = s->words->report;
    const struct notes *notes = &report->warnings;
    if (notes->count) {
        heading(s, N_("Data and warnings"));
        for (size_t i = 0; i < notes->count && i < NOTES_MAX; i++)
            text_wrap(s->out, S("  • "),
                      name_shown(s->words->arena, notes->items[i].text[s->words->lang], 240),
                      s->width);
    }
    buf_put_byte(s->out, '\n');
    paint(s, PAINT_DIM);
    struct buf line;
    buf_init_arena(&line, s->words->arena, 2048);
    if (s->context->input_name.len) {
        buf_put(&line, name_shown(s->words->arena, s->context->input_name, NAME_COLUMNS_MAX));
        buf_put_str(&line, " · ");
    }
    if (s->context->grade.len)
        buf_printf(&line, "%s " SLICE_FMT " · ", tr(s->words->lang, N_("Input grade")),
                   SLICE_ARG(name_shown(s->words->arena, s->context->grade, 8)));
    if (report->grid)
        buf_printf(&line, tr(s->words->lang, N_("systems: %zu, rounds: %zu")),
                   report->grid->system_count, report->grid->round_count);
    buf_printf(&line, " · seed %llu · Sleuth %s", (unsigned long long)report->options.seed,
               report->engine_version);
    text_wrap(s->out, S(""), buf_slice(&line), s->width);
    paint(s, PAINT_NONE);
}

static void put_part(struct screen *s, const struct report_part *part)
{
    if (!part || !part->text.len)
        return;
    buf_put(s->out, part->text);
    buf_put_byte(s->out, '\n');
}

static void put_report(struct screen *s)
{
    put_part(s, s->context->first);
    put_verdict(s);
    if (s->words->findings.count) {
        heading(s, N_("What is certain"));
        list(s, "  • ", &s->words->findings);
    }
    put_mechanisms(s);
    put_rounds(s);
    heading(s, N_("Next steps"));
    list(s, "  □ ", &s->words->next_steps);
    heading(s, N_("What was not checked"));
    list(s, "  • ", &s->words->unchecked);
    put_classic(s);
    put_data(s);
    put_part(s, s->context->last);
}

static size_t screen_width(const struct report_context *context)
{
    if (context->width <= 0)
        return TEXT_WIDTH_DEFAULT;
    size_t width = (size_t)context->width;
    return width < TEXT_WIDTH_MIN   ? TEXT_WIDTH_MIN
           : width > TEXT_WIDTH_MAX ? TEXT_WIDTH_MAX
                                    : width;
}

status report_text(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err)
{
    static const struct report_context empty = {.elapsed_ms = -1};
    assert(report->panel);
    context = context ? context : &empty;
    struct arena arena;
    struct wording words;
    struct buf unicode;
    arena_init(&arena, SCRATCH_BYTES_MAX);
    buf_init_arena(&unicode, &arena, OUTPUT_BYTES_MAX);
    wording_build(report, lang, &arena, &words);
    struct screen screen = {&unicode, &words, context, screen_width(context), context->color};
    put_report(&screen);
    status rc = buf_check(&unicode, err);
    if (rc == ST_OK)
        rc = arena_check(&arena, err);
    if (rc == ST_OK && context->ascii)
        text_to_ascii(out, buf_slice(&unicode));
    else if (rc == ST_OK)
        buf_put(out, buf_slice(&unicode));
    arena_finish(&arena);
    return rc == ST_OK ? buf_check(out, err) : rc;
}

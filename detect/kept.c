/* A report as bytes, so that any renderer can run later: in another language, after the panel is
 * gone, by a newer program. Numbers are kept, not computed again, so that a report stays what it
 * was when the engine changes.
 *
 * One function per struct walks its fields, and the same function writes and reads, so the two
 * cannot disagree. Every struct that may grow stands behind its length: fields that an older
 * program did not know are zero when they are missing at the end, fields that a newer one added are
 * skipped. KEPT_LAYOUT */
#include "detect/detect.h"
#include "detect/keeper.h"

#include <assert.h>

enum { KEPT_VERSION = 1 }; /* raised when a field changes its meaning; the first byte */

static void runs_fields(struct keeper *k, void *row)
{
    struct report_runs *runs = row;
    KEEP_NUMBER(k, runs->seen);
    KEEP_NUMBER(k, runs->failed);
    KEEP_NUMBER(k, runs->excluded);
    KEEP_NUMBER(k, runs->gaps);
    keep_text(k, &runs->excluded_why);
}

/* What comes from the analysis. Links, people, keys and the reader's terminal are of the hour. */
static void context_fields(struct keeper *k, void *row)
{
    struct report_context *c = row;
    slice *const texts[] = {&c->id,           &c->created_at, &c->input_name,
                            &c->input_sha256, &c->label,      &c->grade};
    struct report_runs runs = k->out && c->runs ? *c->runs : (struct report_runs){0};
    bool has_runs = c->runs != NULL;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        keep_text(k, texts[i]);
    uint64_t elapsed = keep_number(k, c->elapsed_ms < 0 ? 0 : (uint64_t)c->elapsed_ms + 1);
    KEEP_FLAG(k, c->livemode);
    KEEP_FLAG(k, has_runs);
    if (has_runs)
        KEEP_PART(k, runs, runs_fields);
    if (k->out)
        return;
    c->elapsed_ms = (int64_t)elapsed - 1;
    struct report_runs *room = has_runs ? arena_alloc(k->arena, sizeof *room) : NULL;
    if (room)
        *room = runs;
    c->runs = room;
}

static void section_fields(struct keeper *k, void *row)
{
    struct report_part *section = row;
    keep_word(k, &section->key);
    keep_text(k, &section->text);
    keep_text(k, &section->markdown);
    keep_text(k, &section->html);
    keep_text(k, &section->json);
}

static void grid(struct keeper *k, struct detect_report *report)
{
    struct grid cells = k->out && report->grid ? *report->grid : (struct grid){0};
    bool has_grid = report->grid != NULL;
    KEEP_FLAG(k, has_grid);
    if (has_grid)
        KEEP_PART(k, cells, keep_grid_fields);
    if (k->out)
        return;
    struct grid *room = has_grid ? arena_alloc(k->arena, sizeof *room) : NULL;
    if (room)
        *room = cells;
    report->grid = room;
}

static void report_fields(struct keeper *k, void *row)
{
    struct detect_report *r = row;
    struct panel panel = k->out ? *r->panel : (struct panel){0};
    keep_word(k, &r->engine_version);
    KEEP_PART(k, r->options, keep_options_fields);
    KEEP_PART(k, panel, keep_panel_fields);
    KEEP_PART(k, r->classic, keep_classic_fields);
    grid(k, r);
    KEEP_FLAG(k, r->has_verdict);
    if (r->has_verdict) {
        KEEP_PART(k, r->verdict, keep_verdict_fields);
        if (!k->out && r->grid)
            r->verdict.grid = *r->grid;
        keep_plots(k, &r->verdict.plots, &r->verdict.grid);
    }
    keep_notes(k, &r->warnings);
    keep_real(k, &r->selection_optimism);
    if (r->has_verdict)
        keep_changes(k, &r->verdict.plots);
    if (k->out)
        return;
    struct panel *room = arena_alloc(k->arena, sizeof *room);
    if (room)
        *room = panel;
    r->panel = room;
}

static void kept_fields(struct keeper *k, void *row)
{
    struct report_kept *kept = row;
    KEEP_ENUM(k, kept->lang, LANG_ZH);
    KEEP_PART(k, kept->report, report_fields);
    KEEP_PART(k, kept->context, context_fields);
    KEEP_FLAG(k, kept->has_first);
    for (int lang = LANG_EN; kept->has_first && lang <= LANG_ZH; lang++)
        KEEP_PART(k, kept->first[lang], section_fields);
}

status report_to_bytes(const struct report_kept *kept, struct buf *out, struct error *err)
{
    struct keeper k = {.out = out};
    struct report_kept copy = *kept; /* walking writes every field back as it was */
    assert(kept->report.panel);
    buf_put_byte(out, KEPT_VERSION);
    kept_fields(&k, &copy);
    return buf_check(out, err);
}

status report_from_bytes(slice bytes, struct arena *arena, struct report_kept *ret,
                         struct error *err)
{
    struct keeper k = {.at = bytes.ptr, .end = bytes.ptr + bytes.len, .arena = arena};
    struct report_kept *kept = arena_alloc(arena, sizeof *kept);
    if (!kept)
        return arena_check(arena, err);
    if (bytes.len < 1 || bytes.ptr[0] != KEPT_VERSION)
        return error_code(err, ST_CORRUPT, "report_not_kept",
                          "the report was kept by another version of this program");
    k.at++;
    kept_fields(&k, kept);
    TRY(arena_check(arena, err));
    if (k.is_bad || !kept->report.engine_version || !kept->report.panel)
        return error_set(err, ST_CORRUPT, "the kept report is damaged");
    *ret = *kept;
    return ST_OK;
}

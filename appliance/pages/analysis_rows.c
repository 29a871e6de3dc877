/* Reads and shows stored analyses as rows; see analysis_rows.h. */
#include "pages/analysis_rows.h"

#include "pages/parts.h"

enum { SCRATCH_BYTES = 32 << 20 };

static bool has_tag(slice tags, slice wanted)
{
    slice tag;
    while (tags.len && slice_split(&tags, ',', &tag))
        if (slice_eq(tag, wanted))
            return true;
    return false;
}

static bool keep(const void *row, const void *arg)
{
    const struct store_analysis *analysis = row;
    const struct analysis_filter *filter = arg;
    return (!filter->label.len || slice_find(analysis->label, filter->label, &(size_t){0})) &&
           (!filter->tag.len || has_tag(analysis->tags, filter->tag)) &&
           (!filter->risk.len || slice_eq(filter->risk, analysis->risk));
}

/* What a row shows, in the call's arena. */
static struct store_analysis without_report(struct call *call, const struct store_analysis *from)
{
    struct store_analysis row = *from;
    row.report = row.report_sha256 = row.params = row.input_sha256 = S("");
    row.id = arena_copy(&call->arena, from->id);
    row.label = arena_copy(&call->arena, from->label);
    row.tags = arena_copy(&call->arena, from->tags);
    row.verdict = arena_copy(&call->arena, from->verdict);
    row.risk = arena_copy(&call->arena, from->risk);
    row.engine = arena_copy(&call->arena, from->engine);
    return row;
}

/* One record after the other, for each holds its whole report. */
static status read_rows(struct call *call, struct store_page *page, struct arena *scratch,
                        size_t limit, struct analysis_rows *ret)
{
    struct arena_mark mark = arena_mark(scratch);
    while (ret->count < limit) {
        struct store_analysis *row;
        page->limit = 1;
        TRY(store_analysis_list(call->txn, call->user->id, page, scratch, &row));
        if (page->count)
            ret->rows[ret->count++] = without_report(call, row);
        ret->next = page->cursor = arena_copy(&call->arena, page->next);
        arena_rewind(scratch, mark);
        if (!page->count || !page->cursor.len)
            break;
    }
    return ST_OK;
}

status analysis_rows_read(struct call *call, const struct analysis_filter *filter, slice cursor,
                          size_t limit, struct analysis_rows *ret, struct error *err)
{
    struct arena scratch;
    struct store_page page = {.cursor = cursor, .newest_first = true, .keep = keep, .arg = filter};
    *ret = (struct analysis_rows){.rows = arena_array(&call->arena, limit, sizeof *ret->rows)};
    if (!ret->rows)
        return arena_check(&call->arena, err);
    arena_init(&scratch, SCRATCH_BYTES);
    status rc = read_rows(call, &page, &scratch, limit, ret);
    arena_finish(&scratch);
    return rc == ST_OK ? arena_check(&call->arena, err) : rc;
}

static void put_label(struct page *page, const struct store_analysis *row)
{
    slice tags = row->tags;
    slice tag;
    page_raw(page, "<a href=\"/dashboard/analyses/");
    page_text(page, row->id);
    page_raw(page, "\">");
    if (row->label.len)
        page_text(page, row->label);
    else
        page_text(page, slice_sub(row->id, 0, 14));
    page_raw(page, "</a>");
    while (tags.len && slice_split(&tags, ',', &tag)) {
        page_raw(page, " <span class=\"mark\">");
        page_text(page, tag);
        page_raw(page, "</span>");
    }
}

static void put_compare(struct page *page, struct page_table *table,
                        const struct store_analysis *row, slice with)
{
    page_table_cell(page, table);
    if (slice_eq(row->id, with))
        return;
    page_raw(page, "<a class=\"button small\" href=\"/dashboard/compare?ids=");
    page_text(page, with);
    page_raw(page, ",");
    page_text(page, row->id);
    page_raw(page, "\">");
    page_say(page, N_("Compare"));
    page_raw(page, "</a>");
}

void analysis_rows_put(struct page *page, const struct analysis_rows *rows)
{
    static const char *const heads[] = {N_("Label"), N_("Verdict"), N_("#Rows"), N_("Made at"),
                                        NULL};
    static const char *const chosen_heads[] = {
        N_("Label"), N_("Verdict"), N_("#Rows"), N_("Made at"), "", NULL};
    struct page_table table;
    page_table_open(page, &table, NULL, rows->with.len ? chosen_heads : heads);
    for (size_t i = 0; i < rows->count; i++) {
        const struct store_analysis *row = &rows->rows[i];
        page_table_row(page, &table);
        page_table_cell(page, &table);
        put_label(page, row);
        page_table_cell(page, &table);
        page_verdict(page, row->verdict, row->risk);
        page_table_number(page, &table, row->row_count);
        page_table_cell(page, &table);
        page_moment(page, row->created_ms);
        if (rows->with.len)
            put_compare(page, &table, row, rows->with);
    }
    page_table_close(page, &table);
}

/* Renders the deviations and reviews of a project as a section of its report. */
#include "api/project_part.h"

#include "api/project_access.h"
#include "deviation.h"
#include "diff.h"

#include "base/clock.h"
#include "base/crypt.h"

enum { COLUMNS_MAX = 6, BYTES_MAX = 512 << 10, CELL_MAX = 300 };

/* One table in three formats. */
struct sheet {
    struct buf *text, *markdown, *html;
    enum lang lang;
};

/* --- cells ------------------------------------------------------------------------------------ */

static void put_plain(struct buf *buf, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        buf_put_byte(buf, byte < 0x20 || byte == 0x7F ? '?' : (char)byte);
    }
}

static void put_markdown(struct buf *buf, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x80 && byte >= 0x20 && strchr("\\`*_{}[]<>()#+-.!|~&", byte))
            buf_put_byte(buf, '\\');
        put_plain(buf, slice_make(&text.ptr[i], 1));
    }
}

static slice cut(slice text)
{
    return diff_shorten(text, CELL_MAX);
}

static void put_row(const struct sheet *sheet, const slice *cells, size_t count, bool head)
{
    buf_put_str(sheet->text, "  ");
    buf_put_str(sheet->markdown, "|");
    buf_put_str(sheet->html, "<tr>");
    for (size_t i = 0; i < count; i++) {
        slice cell = cut(cells[i]);
        if (!head && cell.len && i)
            buf_put_str(sheet->text, " · ");
        if (!head)
            put_plain(sheet->text, cell);
        buf_put_byte(sheet->markdown, ' ');
        put_markdown(sheet->markdown, cell);
        buf_put_str(sheet->markdown, " |");
        buf_put_str(sheet->html, head ? "<th scope=\"col\">" : "<td>");
        buf_put_html(sheet->html, cell);
        buf_put_str(sheet->html, head ? "</th>" : "</td>");
    }
    if (!head)
        buf_put_byte(sheet->text, '\n');
    buf_put_byte(sheet->markdown, '\n');
    buf_put_str(sheet->html, "</tr>\n");
    for (size_t i = 0; head && i < count; i++)
        buf_put_str(sheet->markdown, i ? "---|" : "|---|");
    if (head) {
        buf_put_byte(sheet->markdown, '\n');
        sheet->text->len -= 2; /* text has no row of heads */
    }
}

static void table_begin(const struct sheet *sheet, const char *title, const char *const *heads,
                        size_t count)
{
    slice cells[COLUMNS_MAX];
    const char *shown = tr(sheet->lang, title);
    buf_printf(sheet->text, "\n%s\n", shown);
    buf_printf(sheet->markdown, "\n### %s\n\n", shown);
    buf_printf(sheet->html, "<h3>%s</h3>\n<table><tbody>\n", shown);
    for (size_t i = 0; i < count; i++)
        cells[i] = slice_of(tr(sheet->lang, heads[i]));
    put_row(sheet, cells, count, true);
}

static void put_line(const struct sheet *sheet, const char *english, slice value)
{
    const char *name = tr(sheet->lang, english);
    buf_printf(sheet->text, "  %s: ", name);
    put_plain(sheet->text, value);
    buf_put_byte(sheet->text, '\n');
    buf_printf(sheet->markdown, "- %s: ", name);
    put_markdown(sheet->markdown, value);
    buf_put_byte(sheet->markdown, '\n');
    buf_printf(sheet->html, "<p>%s: ", name);
    buf_put_html(sheet->html, value);
    buf_put_str(sheet->html, "</p>\n");
}

/* --- deviations ------------------------------------------------------------------------------- */

static void deviation_row(const struct sheet *sheet, struct call *call,
                          const struct store_deviation *row)
{
    enum deviation_kind kind;
    slice text = deviation_kind_from(row->kind, &kind) ? slice_of(deviation_text(kind, sheet->lang))
                                                       : row->kind;
    slice change =
        arena_printf(&call->arena, SLICE_FMT ": " SLICE_FMT " → " SLICE_FMT,
                     SLICE_ARG(cut(row->field)), SLICE_ARG(row->from.len ? cut(row->from) : S("–")),
                     SLICE_ARG(row->to.len ? cut(row->to) : S("–")));
    slice approval = row->approved_ms
                         ? arena_printf(&call->arena, SLICE_FMT ": " SLICE_FMT,
                                        SLICE_ARG(cut(row->approver)), SLICE_ARG(cut(row->reason)))
                         : slice_of(tr(sheet->lang, N_("not approved")));
    const slice cells[] = {row->kind, text, change, row->run_id, approval};
    put_row(sheet, cells, ARRAY_COUNT(cells), false);
}

static status put_deviations(const struct sheet *sheet, struct json_out *w, struct call *call,
                             const struct store_project *project, struct error *err)
{
    static const char *const heads[] = {N_("Kind"), N_("Meaning"), N_("Change"), N_("Run"),
                                        N_("Approved")};
    struct store_deviation *rows;
    struct store_page page = {.limit = PROJECT_PART_ROWS_MAX,
                              .newest_first = true,
                              .prefix = project_prefix(call, project)};
    (void)err;
    TRY(store_deviation_list(call->txn, project->user_id, &page, &call->arena, &rows));
    if (page.count)
        table_begin(sheet, N_("Deviations from the frozen protocol"), heads, ARRAY_COUNT(heads));
    json_key(w, "deviations");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        deviation_row(sheet, call, &rows[i]);
        json_object(w);
        project_put_deviation(w, call, &rows[i]);
        json_end(w);
    }
    json_end(w);
    if (page.count)
        buf_put_str(sheet->html, "</tbody></table>\n");
    return ST_OK;
}

/* --- reviews ---------------------------------------------------------------------------------- */

static void review_row(const struct sheet *sheet, struct call *call, const struct store_review *row)
{
    char time[TIME_TEXT_MAX];
    slice number =
        arena_printf(&call->arena, "%llu", (unsigned long long)project_number_of(row->verdict_id));
    const slice cells[] = {arena_copy(&call->arena, time_rfc3339(row->created_ms, time)),
                           row->reviewer,
                           row->role,
                           row->decision,
                           number,
                           row->comment};
    put_row(sheet, cells, ARRAY_COUNT(cells), false);
}

static void add_person(struct project_part *ret, struct call *call, uint64_t verdict,
                       const struct store_review *row)
{
    char time[TIME_TEXT_MAX];
    if (project_number_of(row->verdict_id) != verdict || slice_eq(row->decision, S("comment")) ||
        ret->person_count == PROJECT_PEOPLE_MAX)
        return;
    ret->people[ret->person_count++] = (struct report_person){
        .role = row->role,
        .name = row->reviewer,
        .time = arena_copy(&call->arena, time_rfc3339(row->created_ms, time))};
}

static status put_reviews(const struct sheet *sheet, struct json_out *w, struct call *call,
                          const struct store_project *project, uint64_t verdict,
                          struct project_part *ret, struct error *err)
{
    static const char *const heads[] = {N_("Time"),     N_("Person"),  N_("Role"),
                                        N_("Decision"), N_("Verdict"), N_("Comment")};
    struct store_review *rows;
    struct store_page page = {.limit = PROJECT_PART_ROWS_MAX,
                              .newest_first = true,
                              .prefix = project_prefix(call, project)};
    (void)err;
    TRY(store_review_list(call->txn, project->user_id, &page, &call->arena, &rows));
    if (page.count)
        table_begin(sheet, N_("Reviews"), heads, ARRAY_COUNT(heads));
    json_key(w, "reviews");
    json_array(w);
    for (size_t i = 0; i < page.count; i++) {
        review_row(sheet, call, &rows[i]);
        add_person(ret, call, verdict, &rows[i]);
        json_object(w);
        project_put_review(w, call, &rows[i]);
        json_end(w);
    }
    json_end(w);
    if (page.count)
        buf_put_str(sheet->html, "</tbody></table>\n");
    return ST_OK;
}

/* --- the section ------------------------------------------------------------------------------ */

static void put_head(const struct sheet *sheet, struct json_out *w, struct call *call,
                     const struct store_project *project)
{
    char hex[2 * CRYPT_HASH_BYTES + 1], time[TIME_TEXT_MAX];
    const char *title = tr(sheet->lang, N_("The project"));
    buf_printf(sheet->text, "%s\n", title);
    buf_printf(sheet->markdown, "## %s\n\n", title);
    buf_printf(sheet->html, "<section class=\"project\"><h2>%s</h2>\n", title);
    put_line(sheet, N_("Name"), project->name);
    json_object(w);
    json_key_str(w, "id", project->id);
    json_key_str(w, "name", project->name);
    json_key_time(w, "frozen_at", project->frozen_ms);
    if (!project->frozen_ms) {
        put_line(sheet, N_("Frozen protocol"), slice_of(tr(sheet->lang, N_("none"))));
        json_key_null(w, "freeze_sha256");
        return;
    }
    slice hash = crypt_hex(hex, project->freeze_hash.ptr, project->freeze_hash.len);
    put_line(sheet, N_("Frozen protocol"),
             arena_printf(&call->arena, SLICE_FMT ", SHA-256 " SLICE_FMT,
                          SLICE_ARG(time_rfc3339(project->frozen_ms, time)), SLICE_ARG(hash)));
    json_key_str(w, "freeze_sha256", hash);
}

status project_part_make(struct call *call, const struct store_project *project, uint64_t verdict,
                         struct project_part *ret, struct error *err)
{
    struct buf text, markdown, html, json;
    struct json_out w;
    const struct sheet sheet = {&text, &markdown, &html, call->lang};
    *ret = (struct project_part){0};
    buf_init_arena(&text, &call->arena, BYTES_MAX);
    buf_init_arena(&markdown, &call->arena, BYTES_MAX);
    buf_init_arena(&html, &call->arena, BYTES_MAX);
    buf_init_arena(&json, &call->arena, BYTES_MAX);
    json_out_init(&w, &json, 0);
    put_head(&sheet, &w, call, project);
    TRY(put_deviations(&sheet, &w, call, project, err));
    TRY(put_reviews(&sheet, &w, call, project, verdict, ret, err));
    json_end(&w);
    buf_put_str(&html, "</section>\n");
    TRY(buf_check(&text, err));
    TRY(buf_check(&markdown, err));
    TRY(buf_check(&html, err));
    TRY(buf_check(&json, err));
    ret->part = (struct report_part){.key = "project",
                                     .text = buf_slice(&text),
                                     .markdown = buf_slice(&markdown),
                                     .html = buf_slice(&html),
                                     .json = buf_slice(&json)};
    return ST_OK;
}

/* Keeps the numbers of a report and renders it when somebody reads it: most reports are never read
 * as a page, and rendering takes a hundred times as long as a small analysis itself.
 *
 * The JSON answer is kept as it was sent in any case: it is what a seal signs. Records of earlier
 * versions hold the three formats instead of the numbers, and so do reports whose numbers are
 * larger than KEPT_BYTES_MAX; those are shown as they are, in the language they were made in. */
#include "api/kept_report.h"

#include "call.h"
#include "decode.h"

#include <assert.h>

enum {
    KEPT_BYTES_MAX = 2 << 20, /* of numbers, before packing */
    KEPT_BYTES_USUAL = 4 << 10,
    KEPT_PLAIN_MAX = 8 << 10, /* shorter ones are not worth the time that packing takes */
    RENDERING_BYTES_MAX = 4 << 20,
    RESTORE_ARENA_BYTES = 64 << 20,
};

typedef status render_fn(const struct detect_report *report, enum lang lang,
                         const struct report_context *context, struct buf *out, struct error *err);
static render_fn *const renderers[] = {
    [KEPT_HTML] = report_html, [KEPT_MARKDOWN] = report_markdown, [KEPT_CSV] = report_csv};

/* Where the formats of earlier versions are. */
static slice *rendering_of(struct store_analysis *row, enum kept_format format)
{
    slice *const places[] = {[KEPT_HTML] = &row->report_html,
                             [KEPT_MARKDOWN] = &row->report_md,
                             [KEPT_CSV] = &row->report_csv};
    return places[format];
}

/* --- keeping ---------------------------------------------------------------------------------- */

static status keep_renderings(struct call *call, const struct report_kept *kept,
                              struct store_analysis *row, struct error *err)
{
    struct report_context context = kept->context;
    if (kept->has_first)
        context.first = &kept->first[kept->lang];
    for (size_t i = 0; i < ARRAY_COUNT(renderers); i++) {
        struct buf text;
        buf_init(&text, RENDERING_BYTES_MAX);
        status rc = renderers[i](&kept->report, kept->lang, &context, &text, err);
        if (rc == ST_OK && !text.overflow) /* too long: it is not kept */
            rc = pack_zstd(buf_slice(&text), &call->arena, rendering_of(row, (enum kept_format)i),
                           err);
        buf_finish(&text);
        TRY(rc);
    }
    return ST_OK;
}

/* A frame of zstd begins with 0x28, the bytes of a report with their version. */
static bool is_packed(slice kept)
{
    return slice_has_prefix(kept, S("\x28\xB5\x2F\xFD"));
}

status kept_report_make(struct call *call, const struct report_kept *kept,
                        struct store_analysis *row, struct error *err)
{
    struct buf bytes;
    buf_init(&bytes, KEPT_BYTES_MAX);
    (void)buf_reserve(&bytes, KEPT_BYTES_USUAL);
    status rc = report_to_bytes(kept, &bytes, err);
    if (rc == ST_TOO_LARGE) {
        error_clear(err);
        rc = keep_renderings(call, kept, row, err);
    } else if (rc == ST_OK && bytes.len > KEPT_PLAIN_MAX) {
        rc = pack_zstd(buf_slice(&bytes), &call->arena, &row->kept, err);
    } else if (rc == ST_OK) {
        assert(!is_packed(buf_slice(&bytes)));
        row->kept = arena_copy(&call->arena, buf_slice(&bytes));
        rc = arena_check(&call->arena, err);
    }
    buf_finish(&bytes);
    return rc;
}

/* --- rendering -------------------------------------------------------------------------------- */

static enum lang reader_lang(const struct call *call, enum lang own)
{
    slice asked = call_query(call, "lang");
    if (asked.len)
        return lang_from_tag(asked);
    return call_header(call, "accept-language").len ? call->lang : own;
}

static slice link_of(struct call *call, const struct store_analysis *row, const char *suffix)
{
    return arena_printf(&call->arena, "/api/analyses/" SLICE_FMT "%s", SLICE_ARG(row->id), suffix);
}

static status render(struct call *call, const struct store_analysis *row, struct arena *arena,
                     struct kept_text *ret, struct error *err)
{
    struct report_kept kept;
    struct buf out;
    slice bytes = row->kept;
    if (is_packed(bytes))
        TRY(decode_body(DECODE_ZSTD, row->kept, KEPT_BYTES_MAX, arena, &bytes, err));
    TRY(report_from_bytes(bytes, arena, &kept, err));
    ret->lang = reader_lang(call, kept.lang);
    kept.context.link_self = link_of(call, row, "");
    kept.context.link_html = link_of(call, row, "/report.html");
    if (kept.has_first)
        kept.context.first = &kept.first[ret->lang];
    buf_init_arena(&out, &call->arena, LIMIT_REPLY_BYTES);
    TRY(renderers[ret->format](&kept.report, ret->lang, &kept.context, &out, err));
    ret->text = buf_slice(&out);
    return buf_check(&out, err);
}

status kept_report_render(struct call *call, const struct store_analysis *row,
                          struct kept_text *ret, struct error *err)
{
    struct store_analysis old = *row;
    slice packed = *rendering_of(&old, ret->format);
    if (row->kept.len) {
        struct arena arena;
        arena_init(&arena, RESTORE_ARENA_BYTES);
        status rc = render(call, row, &arena, ret, err);
        arena_finish(&arena);
        return rc;
    }
    ret->lang = call->lang;
    if (packed.len)
        return decode_body(DECODE_ZSTD, packed, LIMIT_REPLY_BYTES, &call->arena, &ret->text, err);
    return error_code(err, ST_CONFLICT, "report_not_kept",
                      "the report of this analysis is not kept in this format; run it again");
}

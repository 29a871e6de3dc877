/* A record as a citation: BibTeX and CSL-JSON. */
#include "zenodo_record.h"

/* --- BibTeX -------------------------------------------------------------------------------------
 */

/* Braces and backslashes would end the value or start a command; the rest of TeX's special
 * characters is escaped. UTF-8 stays (biber, and BibTeX with inputenc). */
static void tex_put(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte == '\\')
            buf_put_str(out, "\\textbackslash{}");
        else if (byte == '~' || byte == '^')
            buf_printf(out, "\\%c{}", byte);
        else if (strchr("{}%&$#_", byte) && byte)
            buf_printf(out, "\\%c", byte);
        else
            buf_put_byte(out, (unsigned char)byte < ' ' ? ' ' : byte);
    }
}

static void tex_field(struct buf *out, const char *name, slice text)
{
    if (text.len == 0)
        return;
    buf_printf(out, ",\n  %-9s = {", name);
    tex_put(out, text);
    buf_put_byte(out, '}');
}

/* DOIs and URLs are verbatim fields: only what would end them is left out. */
static void tex_verbatim(struct buf *out, const char *name, const char *before, slice text)
{
    if (text.len == 0)
        return;
    buf_printf(out, ",\n  %-9s = {%s", name, before);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] > ' ' && !strchr("{}\\\"", text.ptr[i]))
            buf_put_byte(out, text.ptr[i]);
    buf_put_byte(out, '}');
}

static void tex_authors(struct buf *out, const struct zenodo_record *record)
{
    for (size_t i = 0; i < record->creator_count; i++) {
        buf_printf(out, "%s", i == 0 ? ",\n  author    = {" : " and\n               ");
        tex_put(out, record->creators[i]);
    }
    if (record->creator_count > 0)
        buf_put_byte(out, '}');
}

void zenodo_bibtex(const struct zenodo_record *record, struct buf *out)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    uint64_t month;
    bool is_data = slice_eq_nocase(record->resource_type, S("dataset"));
    buf_printf(out, "@%s{zenodo_%.*s", is_data ? "dataset" : "misc", SLICE_ARG(record->id));
    tex_authors(out, record);
    tex_field(out, "title", record->title);
    tex_field(out, "year", slice_sub(record->publication_date, 0, 4));
    if (slice_to_u64(slice_sub(record->publication_date, 5, 2), &month) && month >= 1 &&
        month <= 12)
        buf_printf(out, ",\n  month     = %s", months[month - 1]);
    tex_field(out, "publisher", S("Zenodo"));
    tex_field(out, "version", record->version);
    tex_verbatim(out, "doi", "", record->doi);
    tex_verbatim(out, "url", "https://doi.org/", record->doi);
    buf_put_str(out, "\n}\n");
}

/* --- CSL-JSON -----------------------------------------------------------------------------------
 */

/* "Doe, Jane" has parts; a name without a comma is one. */
static void csl_author(struct json_out *w, slice name)
{
    slice rest = name, family;
    (void)slice_split(&rest, ',', &family); /* a name is never empty */
    json_object(w);
    if (rest.len == 0) {
        json_key_str(w, "literal", name);
    } else {
        json_key_str(w, "family", slice_trim(family));
        json_key_str(w, "given", slice_trim(rest));
    }
    json_end(w);
}

/* "2026-01-15", "2026-01", "2026"; anything else is left out. */
static void csl_date(struct json_out *w, slice date)
{
    slice part;
    uint64_t number;
    slice rest = date;
    if (!slice_split(&rest, '-', &part) || !slice_to_u64(part, &number))
        return;
    json_key(w, "issued");
    json_object(w);
    json_key(w, "date-parts");
    json_array(w);
    json_array(w);
    json_u64(w, number);
    while (slice_split(&rest, '-', &part) && slice_to_u64(part, &number))
        json_u64(w, number);
    json_end(w);
    json_end(w);
    json_end(w);
}

static void csl_text(struct json_out *w, const char *key, slice text)
{
    if (text.len > 0)
        json_key_str(w, key, text);
}

void zenodo_csl(const struct zenodo_record *record, struct json_out *w)
{
    json_array(w);
    json_object(w);
    json_key_str(w, "id", record->doi.len > 0 ? record->doi : record->id);
    json_key_str(w, "type",
                 slice_eq_nocase(record->resource_type, S("dataset")) ? S("dataset")
                                                                      : S("document"));
    json_key(w, "author");
    json_array(w);
    for (size_t i = 0; i < record->creator_count; i++)
        csl_author(w, record->creators[i]);
    json_end(w);
    csl_text(w, "title", record->title);
    csl_date(w, record->publication_date);
    json_key_str(w, "publisher", S("Zenodo"));
    csl_text(w, "version", record->version);
    csl_text(w, "DOI", record->doi);
    csl_text(w, "abstract", record->description);
    csl_text(w, "license", record->license);
    json_end(w);
    json_end(w);
}

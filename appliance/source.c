/* The grammar of sources. */
#include "source.h"

/* --- parts --------------------------------------------------------------------------------------
 */

static bool is_digits(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0 && text.len <= SOURCE_RECORD_MAX && text.ptr[0] != '0';
}

bool source_record_of_doi(slice doi, slice *ret)
{
    static const slice prefixes[] = {SLICE_INIT("10.5281/zenodo."), SLICE_INIT("10.5072/zenodo.")};
    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        slice digits = slice_from(doi, prefixes[i].len);
        if (slice_eq_nocase(slice_sub(doi, 0, prefixes[i].len), prefixes[i]) && is_digits(digits)) {
            *ret = digits;
            return true;
        }
    }
    return false;
}

bool source_file_is_safe(slice key)
{
    slice rest = key, segment;
    if (key.len == 0 || key.len > SOURCE_FILE_MAX || !slice_is_utf8(key) ||
        slice_has_suffix(key, S("/")))
        return false;
    for (size_t i = 0; i < key.len; i++)
        if ((unsigned char)key.ptr[i] < ' ' || key.ptr[i] == 0x7F || key.ptr[i] == '\\')
            return false;
    while (slice_split(&rest, '/', &segment))
        if (segment.len == 0 || slice_eq(segment, S(".")) || slice_eq(segment, S("..")))
            return false;
    return true;
}

/* "v3.1", "v2": between the id and a file. Files that are called so need the version before them.
 */
static bool is_version(slice text)
{
    return text.len > 1 && text.len <= SOURCE_VERSION_MAX && text.ptr[0] == 'v' &&
           text.ptr[1] >= '0' && text.ptr[1] <= '9' && !slice_has_suffix(text, S(".csv"));
}

/* What stands behind the record: "", "/v3.1", "/file.csv", "/v3.1/file.csv". */
static bool rest_parse(slice rest, struct source *ret)
{
    size_t end;
    if (rest.len == 0 || slice_eq(rest, S("/")))
        return true;
    rest = slice_from(rest, 1);
    if (!slice_find_byte(rest, '/', &end))
        end = rest.len;
    slice first = slice_sub(rest, 0, end);
    if (is_version(first)) {
        ret->version = first;
        rest = slice_from(rest, end + 1);
    }
    ret->file = rest;
    return rest.len == 0 || source_file_is_safe(rest);
}

static bool record_parse(slice text, struct source *ret)
{
    size_t end;
    if (!slice_find_byte(text, '/', &end))
        end = text.len;
    ret->kind = SOURCE_ZENODO;
    ret->record = slice_sub(text, 0, end);
    return is_digits(ret->record) && rest_parse(slice_from(text, end), ret);
}

/* "10.5281/zenodo.17637303/v3.1/file.csv" */
static bool doi_parse(slice text, struct source *ret)
{
    size_t slash, end;
    if (!slice_find_byte(text, '/', &slash))
        return false;
    if (!slice_find_byte(slice_from(text, slash + 1), '/', &end))
        end = text.len - slash - 1;
    ret->kind = SOURCE_ZENODO;
    return source_record_of_doi(slice_sub(text, 0, slash + 1 + end), &ret->record) &&
           rest_parse(slice_from(text, slash + 1 + end), ret);
}

static bool name_parse(slice text, struct source *ret)
{
    size_t end;
    if (!slice_find_byte(text, '/', &end))
        end = text.len;
    ret->kind = SOURCE_DATASET;
    ret->name = slice_sub(text, 0, end);
    ret->file = slice_from(text, end + 1);
    return source_file_is_safe(ret->name) && (ret->file.len == 0 || source_file_is_safe(ret->file));
}

/* --- the whole ----------------------------------------------------------------------------------
 */

typedef bool parse_fn(slice text, struct source *ret);

static const struct {
    slice prefix;
    parse_fn *parse;
} schemes[] = {
    {SLICE_INIT("zenodo://"), record_parse},
    {SLICE_INIT("zenodo:"), record_parse},
    {SLICE_INIT("doi:"), doi_parse},
    {SLICE_INIT("https://doi.org/"), doi_parse},
    {SLICE_INIT("https://zenodo.org/records/"), record_parse},
    {SLICE_INIT("bundle://"), name_parse},
    {SLICE_INIT("dataset://"), name_parse},
    {SLICE_INIT("dataset:"), name_parse},
    {SLICE_INIT("10.5281/"), NULL}, /* the whole text is a DOI */
    {SLICE_INIT("10.5072/"), NULL},
};

status source_parse(slice text, bool (*is_file)(slice path), struct source *ret, struct error *err)
{
    *ret = (struct source){.kind = SOURCE_PATH, .name = text};
    if (slice_eq(text, S("-"))) {
        ret->kind = SOURCE_STDIN;
        return ST_OK;
    }
    if (is_file && is_file(text))
        return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        if (!slice_has_prefix(text, schemes[i].prefix))
            continue;
        *ret = (struct source){.kind = SOURCE_ZENODO};
        bool ok = schemes[i].parse ? schemes[i].parse(slice_from(text, schemes[i].prefix.len), ret)
                                   : doi_parse(text, ret);
        if (ok)
            return ST_OK;
        return error_code(err, ST_INVALID, "invalid_source",
                          "'%.*s' is not a source such as zenodo://17637303, "
                          "zenodo://17637303/v3.1/file.csv, doi:10.5281/zenodo.17637303 or "
                          "dataset:NAME",
                          text.len > 120 ? 120 : (int)text.len, text.ptr);
    }
    if (is_digits(text))
        *ret = (struct source){.kind = SOURCE_ZENODO, .record = text};
    if (text.len > 0)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_source", "the source is empty");
}

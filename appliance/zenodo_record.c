/* Three dialects of JSON, one record. */
#include "zenodo_record.h"

#include "json.h"
#include "source.h"

#include <stdio.h>

/* --- text ---------------------------------------------------------------------------------------
 */

static slice text_of(const struct json *value)
{
    if (value && (value->kind == JSON_STRING || value->kind == JSON_NUMBER))
        return value->text;
    return S("");
}

/* The first of the paths that holds text. */
static slice first_text(const struct json *root, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        slice text = text_of(json_at(root, paths[i]));
        if (text.len > 0)
            return text;
    }
    return S("");
}
#define FIRST_TEXT(root, ...)                                                                      \
    first_text(root, (const char *const[]){__VA_ARGS__},                                           \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const struct {
    slice name;
    const char *text;
} entities[] = {
    {SLICE_INIT("amp;"), "&"},   {SLICE_INIT("lt;"), "<"},    {SLICE_INIT("gt;"), ">"},
    {SLICE_INIT("quot;"), "\""}, {SLICE_INIT("#39;"), "'"},   {SLICE_INIT("apos;"), "'"},
    {SLICE_INIT("nbsp;"), " "},  {SLICE_INIT("ndash;"), "–"}, {SLICE_INIT("mdash;"), "—"},
};

/* At "&": what it stands for; unknown ones stay as they are. Returns the bytes used up. */
static size_t entity_put(slice rest, struct buf *out)
{
    slice name = slice_from(rest, 1);
    for (size_t i = 0; i < ARRAY_COUNT(entities); i++)
        if (slice_has_prefix(name, entities[i].name)) {
            buf_put_str(out, entities[i].text);
            return 1 + entities[i].name.len;
        }
    buf_put_byte(out, '&');
    return 1;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Tags become blanks, runs of blanks become one. What is left is text, not markup: whoever shows it
 * escapes it. */
static slice text_of_html(slice html, struct arena *arena)
{
    struct buf out;
    bool blank = true;
    buf_init_arena(&out, arena, ZENODO_TEXT_MAX);
    for (size_t i = 0; i < html.len && out.len + 8 < ZENODO_TEXT_MAX;) {
        size_t end;
        slice rest = slice_from(html, i);
        bool is_tag = html.ptr[i] == '<' && slice_find_byte(rest, '>', &end);
        if (is_tag || is_blank(html.ptr[i])) {
            if (!blank)
                buf_put_byte(&out, ' ');
            blank = true;
            i += is_tag ? end + 1 : 1;
            continue;
        }
        blank = false;
        if (html.ptr[i] == '&') {
            i += entity_put(rest, &out);
        } else {
            size_t rune = utf8_rune(rest, NULL);
            buf_put(&out, slice_sub(rest, 0, rune ? rune : 1));
            i += rune ? rune : 1;
        }
    }
    return slice_trim(buf_slice(&out));
}

/* --- lists --------------------------------------------------------------------------------------
 */

/* {name} | {person_or_org:{name}} | text; {subject} of keywords. */
static slice name_of(const struct json *item)
{
    if (item->kind == JSON_STRING)
        return item->text;
    return FIRST_TEXT(item, "name", "person_or_org.name", "subject", "title.en", "id");
}

static slice *names_read(const struct json *list, struct arena *arena, size_t *ret_count)
{
    *ret_count = 0;
    if (!list || list->kind != JSON_ARRAY)
        return NULL;
    size_t max = list->count < ZENODO_NAMES_MAX ? list->count : ZENODO_NAMES_MAX;
    slice *names = (slice *)arena_array(arena, max, sizeof *names);
    for (const struct json *item = list->first; names && item && *ret_count < max;
         item = item->next) {
        slice name = name_of(item);
        if (name.len > 0)
            names[(*ret_count)++] = name;
    }
    return names;
}

/* --- files --------------------------------------------------------------------------------------
 */

/* "md5:7710…" or bare hex; anything else is no checksum that we know. */
static slice md5_of(slice checksum)
{
    if (slice_has_prefix(checksum, S("md5:")))
        checksum = slice_from(checksum, 4);
    bool ok = checksum.len == 32;
    for (size_t i = 0; i < checksum.len && ok; i++)
        ok = (checksum.ptr[i] >= '0' && checksum.ptr[i] <= '9') ||
             (checksum.ptr[i] >= 'a' && checksum.ptr[i] <= 'f');
    return ok ? checksum : S("");
}

/* Links are followed, never built; only links.self of some serialisations lacks its last part. */
static slice url_of(const struct json *file, struct arena *arena)
{
    slice url = FIRST_TEXT(file, "links.content", "links.download");
    if (url.len > 0)
        return url;
    url = text_of(json_at(file, "links.self"));
    if (url.len == 0 || slice_has_suffix(url, S("/content")))
        return url;
    return arena_printf(arena, "%.*s/content", SLICE_ARG(url));
}

static slice type_of(slice key)
{
    size_t at = key.len;
    while (at > 0 && key.ptr[at - 1] != '.' && key.ptr[at - 1] != '/')
        at--;
    return at > 0 && key.ptr[at - 1] == '.' ? slice_from(key, at) : S("");
}

static status file_read_one(const struct json *item, struct arena *arena, struct zenodo_file *ret,
                            struct error *err)
{
    const struct json *size = json_find(item, "size");
    ret->key = FIRST_TEXT(item, "key", "filename");
    if (ret->key.len == 0)
        ret->key = item->name; /* entries by name */
    if (!size)
        size = json_find(item, "filesize");
    if (!json_to_u64(size, &ret->size) || ret->key.len == 0)
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "a file of the record has no name or size");
    ret->md5 = md5_of(text_of(json_find(item, "checksum")));
    ret->type = type_of(ret->key);
    ret->url = url_of(item, arena);
    return ST_OK;
}

/* A list, or an object by name; NULL = restricted, or metadata only. */
static status files_read(const struct json *items, struct arena *arena,
                         struct zenodo_record *record, struct error *err)
{
    record->files = NULL;
    record->file_count = 0;
    if (!items || (items->kind != JSON_ARRAY && items->kind != JSON_OBJECT))
        return ST_OK;
    if (items->count > ZENODO_FILES_MAX)
        return error_code(err, ST_UPSTREAM, "zenodo_error", "the record has more than %d files",
                          ZENODO_FILES_MAX);
    record->files = (struct zenodo_file *)arena_array(arena, items->count, sizeof *record->files);
    TRY(arena_check(arena, err));
    for (const struct json *item = items->first; item; item = item->next)
        TRY(file_read_one(item, arena, &record->files[record->file_count++], err));
    return ST_OK;
}

/* --- the record ---------------------------------------------------------------------------------
 */

static status root_parse(slice text, struct arena *arena, const struct json **ret,
                         struct error *err)
{
    struct error ignored;
    if (text.len <= ZENODO_RECORD_MAX && json_parse(text, arena, ret, &ignored) == ST_OK &&
        (*ret)->kind == JSON_OBJECT)
        return ST_OK;
    return error_code(err, ST_UPSTREAM, "zenodo_error",
                      "Zenodo's answer is not a record: no JSON object of at most %d KiB",
                      ZENODO_RECORD_MAX >> 10);
}

static slice license_of(const struct json *root)
{
    const struct json *rights = json_at(root, "metadata.rights");
    slice text = FIRST_TEXT(root, "metadata.license.id", "metadata.license");
    if (text.len == 0 && rights && rights->kind == JSON_ARRAY && rights->first)
        text = FIRST_TEXT(rights->first, "id", "title.en");
    return text;
}

static slice access_of(const struct json *root)
{
    slice text = FIRST_TEXT(root, "metadata.access_right", "access.files");
    return slice_eq(text, S("public")) ? S("open") : text;
}

static const struct json *files_of(const struct json *root)
{
    const struct json *files = json_find(root, "files");
    const struct json *entries = json_find(files, "entries");
    if (entries)
        return entries;
    return files && files->kind == JSON_ARRAY ? files : NULL;
}

status zenodo_record_parse(slice json, struct arena *arena, struct zenodo_record *ret,
                           struct error *err)
{
    const struct json *root;
    uint64_t ignored;
    *ret = (struct zenodo_record){0};
    TRY(root_parse(json, arena, &root, err));
    ret->id = FIRST_TEXT(root, "record_id", "id", "recid");
    ret->concept_id = FIRST_TEXT(root, "conceptrecid", "parent.id");
    ret->doi = FIRST_TEXT(root, "doi", "pids.doi.identifier", "metadata.doi");
    ret->concept_doi = FIRST_TEXT(root, "conceptdoi", "parent.pids.doi.identifier");
    ret->title = FIRST_TEXT(root, "metadata.title", "title");
    ret->publication_date = FIRST_TEXT(root, "metadata.publication_date");
    ret->version = FIRST_TEXT(root, "metadata.version");
    ret->resource_type = FIRST_TEXT(root, "metadata.resource_type.type",
                                    "metadata.resource_type.id", "metadata.upload_type");
    ret->license = license_of(root);
    ret->access_right = access_of(root);
    ret->files_url = FIRST_TEXT(root, "links.files");
    ret->description = text_of_html(text_of(json_at(root, "metadata.description")), arena);
    ret->creators = names_read(json_at(root, "metadata.creators"), arena, &ret->creator_count);
    ret->keywords = names_read(json_at(root, "metadata.keywords"), arena, &ret->keyword_count);
    if (ret->keyword_count == 0)
        ret->keywords = names_read(json_at(root, "metadata.subjects"), arena, &ret->keyword_count);
    if (!slice_to_u64(ret->id, &ignored) || ret->id.len > SOURCE_RECORD_MAX)
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "Zenodo's answer is not a record: it has no id");
    TRY(files_read(files_of(root), arena, ret, err));
    return arena_check(arena, err);
}

status zenodo_files_parse(slice json, struct arena *arena, struct zenodo_record *record,
                          struct error *err)
{
    const struct json *root;
    TRY(root_parse(json, arena, &root, err));
    return files_read(json_find(root, "entries"), arena, record, err);
}

static slice without_v(slice version)
{
    return version.len > 1 && (version.ptr[0] == 'v' || version.ptr[0] == 'V')
               ? slice_from(version, 1)
               : version;
}

status zenodo_versions_find(slice json, slice version, struct arena *arena, slice *ret_id,
                            struct error *err)
{
    const struct json *root;
    TRY(root_parse(json, arena, &root, err));
    const struct json *hits = json_at(root, "hits.hits");
    for (const struct json *hit = hits ? hits->first : NULL; hit; hit = hit->next) {
        slice found = FIRST_TEXT(hit, "metadata.version");
        if (found.len == 0 || !slice_eq(without_v(found), without_v(version)))
            continue;
        *ret_id = FIRST_TEXT(hit, "id", "recid");
        return ST_OK;
    }
    return error_code(err, ST_NOT_FOUND, "zenodo_record_not_found",
                      "the record has no version '%.*s'", SLICE_ARG(slice_sub(version, 0, 60)));
}

const struct zenodo_file *zenodo_file_find(const struct zenodo_record *record, slice key,
                                           enum zenodo_pick pick)
{
    const struct zenodo_file *best = NULL;
    for (size_t i = 0; i < record->file_count; i++) {
        const struct zenodo_file *file = &record->files[i];
        if (key.len > 0 && slice_eq(key, file->key))
            return file;
        if (key.len > 0 || !slice_eq_nocase(file->type, S("csv")))
            continue;
        if (!best || (pick == ZENODO_LARGEST_CSV && file->size > best->size))
            best = file;
    }
    return best;
}

/* What the readers share: rows, fields, hashes of configurations, numbers and times in odd places.
 */
#include "import/import.h"

#include "json.h"

#include "base/clock.h"
#include "base/crypt.h"

#include <stdio.h>

slice import_copy(struct import *import, slice text)
{
    return arena_copy(import->ledger->arena, text);
}

/* Where a tool gives runs no id, people know them by the file's name. */
static slice file_label(slice path)
{
    slice name = import_base_name(path);
    if (slice_has_suffix(name, S(".json")))
        name.len -= 5;
    return name.len ? name : path;
}

status import_row(struct import *import, const struct import_file *file, slice run_id,
                  int64_t time_ms, struct ledger_row **ret, struct error *err)
{
    struct ledger_row *row;
    TRY(ledger_add(import->ledger, &row, err));
    row->run_id = import_copy(import, run_id.len ? run_id : file_label(file->path));
    row->time_ms = time_ms;
    row->source_path = import_copy(import, file->path);
    row->source_sha256 = import_copy(import, slice_of(file->sha256));
    *ret = row;
    return arena_check(import->ledger->arena, err);
}

status import_source(struct import *import, const struct import_file *file, const char *format,
                     slice version, struct error *err)
{
    struct ledger_source source = {.path = file->path,
                                   .sha256 = slice_of(file->sha256),
                                   .format = slice_of(format),
                                   .version = version};
    return ledger_add_source(import->ledger, &source, err);
}

slice import_text(const struct json *value)
{
    if (!value || (value->kind != JSON_STRING && value->kind != JSON_NUMBER))
        return S("");
    return value->text;
}

bool import_number(const struct json *value, double *ret)
{
    if (!value)
        return false;
    if (value->kind == JSON_NUMBER) {
        *ret = value->number;
        return true;
    }
    return value->kind == JSON_STRING && slice_to_f64(slice_trim(value->text), ret);
}

/* --- hashes of whole values
 * ------------------------------------------------------------------------ */

/* The containers above the current value. */
struct tree_walk {
    const struct json *stack[JSON_DEPTH_MAX + 1];
    size_t depth;
};

static void put_scalar(struct buf *buf, const struct json *value)
{
    static const char kinds[] = "nbdsao";
    buf_put_byte(buf, kinds[value->kind]);
    if (value->name.ptr) {
        buf_put(buf, value->name);
        buf_put_byte(buf, '\0');
    }
    if (value->kind == JSON_BOOL)
        buf_put_byte(buf, value->boolean ? '1' : '0');
    else
        buf_put(buf, value->text);
    buf_put_byte(buf, '\0');
}

/* Kinds, names and texts in order, brackets where containers end: equal bytes for equal values. */
static void put_tree(struct buf *buf, const struct json *value)
{
    struct tree_walk walk = {.depth = 0};
    const struct json *at = value;
    while (at) {
        put_scalar(buf, at);
        if (at->first && walk.depth < JSON_DEPTH_MAX) {
            walk.stack[walk.depth++] = at;
            at = at->first;
            continue;
        }
        while (at != value && !at->next && walk.depth > 0) {
            buf_put_byte(buf, ']');
            at = walk.stack[--walk.depth];
        }
        at = at == value ? NULL : at->next;
    }
}

slice import_hash(struct import *import, const struct json *value)
{
    struct buf text;
    struct crypt_hash hash;
    char hex[65];
    buf_init(&text, IMPORT_FILE_BYTES_MAX);
    put_tree(&text, value);
    crypt_sha256(&hash, buf_slice(&text));
    buf_finish(&text);
    (void)crypt_hex(hex, hash.bytes, sizeof hash.bytes);
    return arena_printf(import->ledger->arena, "sha256:%.16s", hex);
}

/* --- fields
 * ---------------------------------------------------------------------------------------- */

static bool is_container(const struct json *value)
{
    return value->kind == JSON_ARRAY || value->kind == JSON_OBJECT;
}

void import_field(struct import *import, struct fields_builder *b, const char *name,
                  const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    if (!value)
        return;
    if (is_container(value))
        fields_add_text(b, slice_of(name), import_hash(import, value));
    else
        ledger_field_from_json(b, slice_of(name), value);
}

void import_flatten(struct import *import, struct fields_builder *b, slice prefix,
                    const struct json *object)
{
    if (!object || object->kind != JSON_OBJECT)
        return;
    for (const struct json *value = object->first; value; value = value->next) {
        slice name = prefix.len ? arena_printf(import->ledger->arena, SLICE_FMT "." SLICE_FMT,
                                               SLICE_ARG(prefix), SLICE_ARG(value->name))
                                : value->name;
        if (!name.ptr)
            return; /* the arena's overflow is reported by the caller's next check */
        if (is_container(value))
            fields_add_text(b, name, import_hash(import, value));
        else
            ledger_field_from_json(b, name, value);
    }
}

/* --- names and times
 * --------------------------------------------------------------------------------- */

slice import_base_name(slice path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/' && path.ptr[at - 1] != '!')
        at--;
    return slice_from(path, at);
}

/* "20260102_030405" → "2026-01-02T03:04:05" */
static bool compact_time(slice text, int64_t *ret_ms)
{
    char iso[32];
    if (text.len < 15 || text.ptr[8] != '_')
        return false;
    const char *t = text.ptr;
    (void)snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", t, t + 4, t + 6, t + 9, t + 11,
                   t + 13);
    return time_parse(slice_of(iso), ret_ms);
}

/* "2026-01-02T03-04-05.123" or with colons: the colons of the time may be dashes in a file name. */
static bool iso_time(slice text, int64_t *ret_ms)
{
    char iso[32];
    if (text.len < 19 || (text.ptr[10] != 'T' && text.ptr[10] != '_'))
        return false;
    const char *t = text.ptr;
    int len = snprintf(iso, sizeof iso, "%.10sT%.2s:%.2s:%.2s", t, t + 11, t + 14, t + 17);
    return len == 19 && time_parse(slice_of(iso), ret_ms);
}

bool import_time_in_name(slice path, int64_t *ret_ms)
{
    for (size_t i = path.len; i > 0; i--) { /* the latest match: file names before directories */
        slice rest = slice_from(path, i - 1);
        if (iso_time(rest, ret_ms) || compact_time(rest, ret_ms))
            return true;
    }
    return false;
}

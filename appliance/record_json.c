/* Field tables of all records, made from records.def, and the one function that walks them. */
#include "record_json.h"

#include "base/arena.h"
#include "base/crypt.h"

#include <stddef.h>
#include <string.h>

#define KIND_u64                   'u'
#define KIND_i64                   'i'
#define KIND_f64                   'f'
#define KIND_bool                  'B'
#define KIND_str                   's'
#define KIND_bytes                 'b'
#define KIND_hist                  'h'
#define FIELD(record, kind, field) {#field, KIND_##kind, offsetof(struct store_##record, field)},
#define TABLE(record, version)                                                                     \
    static const struct record_field fields_##record[] = {RECORD_##record(FIELD)};                 \
    const struct record_json record_json_##record = {#record, fields_##record,                     \
                                                     ARRAY_COUNT(fields_##record)};
RECORDS(TABLE)
#undef TABLE
#undef FIELD

/* What opens something, and what means nothing outside of the store. */
static bool is_kept_back(const char *name)
{
    static const char *const names[] = {"password",  "totp_secret", "totp_pending", "totp_recovery",
                                        "totp_step", "hash",        "csrf",         "secret",
                                        "idle_ms",   "pepper_id",   "rev",          "seq"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void put_bytes(struct json_out *w, const char *name, slice bytes, struct arena *scratch)
{
    if (slice_is_utf8(bytes)) {
        json_key_str(w, name, bytes);
        return;
    }
    char *hex = arena_array(scratch, bytes.len + 1, 2);
    json_key_str(w, name, hex ? crypt_hex(hex, bytes.ptr, bytes.len) : S(""));
}

static void put_number(struct json_out *w, const char *name, int64_t value, struct arena *scratch)
{
    slice text = slice_of(name);
    if (value == 0)
        return;
    if (!slice_has_suffix(text, S("_ms"))) {
        json_key(w, name);
        json_i64(w, value);
        return;
    }
    slice shown = arena_printf(scratch, SLICE_FMT "_at", (int)text.len - 3, text.ptr);
    if (shown.ptr)
        json_key_time(w, shown.ptr, value);
}

static void put_field(struct json_out *w, const struct record_field *field, const char *at,
                      struct arena *scratch)
{
    uint64_t number;
    int64_t moment;
    double real;
    slice text;
    switch (field->kind) {
    case KIND_u64:
        memcpy(&number, at, sizeof number);
        if (number)
            json_key_u64(w, field->name, number);
        break;
    case KIND_i64:
        memcpy(&moment, at, sizeof moment);
        put_number(w, field->name, moment, scratch);
        break;
    case KIND_f64:
        memcpy(&real, at, sizeof real);
        json_key_f64(w, field->name, real);
        break;
    case KIND_bool:
        json_key_bool(w, field->name, *(const bool *)(const void *)at);
        break;
    case KIND_hist:
        break; /* its quantiles are in the usage statistics */
    default:
        memcpy(&text, at, sizeof text);
        if (text.len)
            put_bytes(w, field->name, text, scratch);
    }
}

void record_json_write(struct json_out *w, const struct record_json *record, const void *row,
                       struct arena *scratch)
{
    json_object(w);
    json_key_str(w, "type", slice_of(record->name));
    for (size_t i = 0; i < record->field_count; i++)
        if (!is_kept_back(record->fields[i].name))
            put_field(w, &record->fields[i], (const char *)row + record->fields[i].offset, scratch);
    json_end(w);
}

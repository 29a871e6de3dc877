/* Stored records as JSON, field by field from records.def: for exports of everything that is kept
 * about somebody. Secrets, their hashes and internal numbers stay out. */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include "base/json_out.h"
#include "storage/records.h"

struct record_field {
    const char *name;
    char kind; /* first letter of the kind in records.def; B = bool, b = bytes */
    uint32_t offset;
};

struct record_json {
    const char *name; /* "analysis" */
    const struct record_field *fields;
    size_t field_count;
};

#define RECORD_JSON_EXTERN(name, version) extern const struct record_json record_json_##name;
RECORDS(RECORD_JSON_EXTERN)
#undef RECORD_JSON_EXTERN

/* {"type":"analysis","id":…}: times as RFC 3339 under "…_at", bytes as text when they are UTF-8 and
 * in hexadecimal otherwise; zero and empty fields are left out. Any thread. */
void record_json_write(struct json_out *w, const struct record_json *record, const void *row,
                       struct arena *scratch);

#endif

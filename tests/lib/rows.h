/* The whole route table, for tests that ask every row the same question. */
#ifndef TESTS_LIB_ROWS_H
#define TESTS_LIB_ROWS_H

#include "lib/gate.h"

static inline void rows_each(void (*visit)(const struct route *row))
{
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++)
            visit(&route_tables[t].rows[i]);
}

/* The row's path with `id` in the place of every parameter. */
static inline void rows_path(const struct route *row, const char *id, char ret[static 256])
{
    slice rest = slice_of(row->path);
    slice part;
    size_t at = 0;
    bool first = true;
    while (slice_split(&rest, '/', &part)) {
        bool param = part.len && (part.ptr[0] == ':' || part.ptr[0] == '*');
        at += (size_t)snprintf(ret + at, 256 - at, "%s%.*s", first ? "" : "/",
                               param ? (int)strlen(id) : (int)part.len, param ? id : part.ptr);
        first = false;
    }
}

/* The body without what differs from call to call: its request id and the id that was asked for. */
static inline void rows_normal(const struct call *call, const char *id, char ret[static 4096])
{
    slice body = gate_body(call);
    size_t n = 0;
    for (size_t i = 0; i < body.len && n < 4095;) {
        slice rest = slice_from(body, i);
        bool is_id = slice_has_prefix(rest, slice_of(id));
        bool is_request = slice_has_prefix(rest, call->request_id);
        ret[n++] = is_id ? '#' : is_request ? '@' : body.ptr[i];
        i += is_id ? strlen(id) : is_request ? call->request_id.len : 1;
    }
    ret[n] = 0;
}

static inline bool rows_is_write(const struct route *row)
{
    return row->method == METHOD_POST || row->method == METHOD_PUT || row->method == METHOD_PATCH;
}

#endif

/* Values of a report as bytes and back; keeper.h has the contract. KEPT_LAYOUT */
#include "detect/keeper.h"

#include <assert.h>
#include <stdalign.h>

enum { ROW_BYTES_MAX = 256 };

/* --- values ----------------------------------------------------------------------------------- */

static size_t left(const struct keeper *k)
{
    return (size_t)(k->end - k->at);
}

/* LEB128: most counts and flags take one byte. */
static void put_number(struct buf *out, uint64_t value)
{
    char bytes[10];
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[len++] = (char)(0x80 | (value & 0x7F));
    bytes[len++] = (char)value;
    buf_put(out, slice_make(bytes, len));
}

static uint64_t take_number(struct keeper *k)
{
    uint64_t value = 0;
    for (unsigned shift = 0; k->at < k->end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*k->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    return 0; /* missing at the end: an older program */
}

uint64_t keep_number(struct keeper *k, uint64_t value)
{
    if (!k->out)
        return take_number(k);
    put_number(k->out, value);
    return value;
}

unsigned keep_choice(struct keeper *k, unsigned value, unsigned last)
{
    uint64_t got = keep_number(k, value);
    if (got <= last)
        return (unsigned)got;
    k->is_bad = true;
    return 0;
}

void keep_bytes(struct keeper *k, void *field, size_t count)
{
    if (k->out) {
        buf_put(k->out, slice_make(field, count));
        return;
    }
    if (left(k) >= count) {
        memcpy(field, k->at, count);
        k->at += count;
    }
}

void keep_real(struct keeper *k, double *field)
{
    keep_bytes(k, field, sizeof *field);
}

/* Length + 1, so that a missing text is not an empty one; NUL-terminated when read. */
void keep_text(struct keeper *k, slice *field)
{
    uint64_t len = keep_number(k, field->ptr ? field->len + 1 : 0);
    if (k->out) {
        buf_put(k->out, *field);
        return;
    }
    *field = (slice){NULL, 0};
    if (len == 0)
        return;
    if (len - 1 > left(k)) {
        k->is_bad = true;
        return;
    }
    *field = arena_copy(k->arena, slice_make(k->at, (size_t)(len - 1)));
    k->at += len - 1;
}

void keep_word(struct keeper *k, const char **field)
{
    slice value = *field ? slice_of(*field) : (slice){NULL, 0};
    keep_text(k, &value);
    *field = value.ptr;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Room for what is announced, as long as the bytes could hold it: a row takes one at least. */
void *keep_room(struct keeper *k, size_t count, size_t row_bytes)
{
    if (count > left(k)) {
        k->is_bad = true;
        return NULL;
    }
    return count ? arena_array(k->arena, count, row_bytes) : NULL;
}

/* An array that may be absent; `count` is known from fields before it. */
const void *keep_list(struct keeper *k, const void *rows, size_t count, size_t row_bytes,
                      keep_fn *row)
{
    bool present = keep_number(k, rows != NULL) != 0;
    assert(row_bytes <= ROW_BYTES_MAX);
    if (k->out) {
        for (size_t i = 0; present && i < count; i++) {
            alignas(max_align_t) char copy[ROW_BYTES_MAX];
            memcpy(copy, (const char *)rows + i * row_bytes, row_bytes);
            row(k, copy);
        }
        return rows;
    }
    char *to = present ? keep_room(k, count, row_bytes) : NULL;
    for (size_t i = 0; to && i < count; i++)
        row(k, to + i * row_bytes);
    return to;
}

const double *keep_reals(struct keeper *k, const double *values, size_t count)
{
    bool present = keep_number(k, values != NULL) != 0;
    if (k->out) {
        if (present)
            buf_put(k->out, slice_make(values, count * sizeof *values));
        return values;
    }
    double *to =
        present && count <= left(k) / sizeof *values ? keep_room(k, count, sizeof *to) : NULL;
    k->is_bad |= present && count && !to;
    if (to)
        keep_bytes(k, to, count * sizeof *to);
    return to;
}

void keep_number32_row(struct keeper *k, void *row)
{
    KEEP_NUMBER(k, *(uint32_t *)row);
}

void keep_text_row(struct keeper *k, void *row)
{
    keep_text(k, row);
}

/* --- structs that may grow ---------------------------------------------------------------------
 */

/* Writes or reads one struct behind its length. */
void keep_part(struct keeper *k, void *row, keep_fn *fields)
{
    uint32_t len = 0;
    if (k->out) {
        size_t start = k->out->len;
        buf_put(k->out, slice_make(&len, sizeof len));
        fields(k, row);
        len = (uint32_t)(k->out->len - start - sizeof len);
        if (!k->out->overflow)
            memcpy(k->out->ptr + start, &len, sizeof len);
        return;
    }
    keep_bytes(k, &len, sizeof len);
    if (len > left(k)) {
        k->is_bad = true;
        return;
    }
    const char *end = k->end;
    k->end = k->at + len;
    fields(k, row);
    k->at = k->end;
    k->end = end;
}

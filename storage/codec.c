/* Records ↔ msgpack maps {"v": version, "field": value, …}, driven by the field tables.
 *
 * msgpack-c packs. Reading is done here by hand: its unpacker builds an object tree on the heap
 * whose size the input decides, while a field table needs no tree and no memory at all. Fields that
 * are zero or empty are left out; unknown fields are skipped, missing ones are zero; a wrong kind,
 * a truncation or bytes behind the map are ST_CORRUPT. RECORD_LAYOUT */
#include "storage/internal.h"

#include <msgpack.h>

#include <assert.h>
#include <string.h>

static int pack_to_buf(void *to, const char *bytes, size_t len)
{
    struct buf *out = to;
    buf_put(out, slice_make(bytes, len));
    return out->overflow ? -1 : 0;
}

static size_t hist_used(const struct store_hist *hist)
{
    size_t n = STORE_LATENCY_BUCKETS;
    while (n > 0 && hist->n[n - 1] == 0)
        n--;
    return n;
}

static bool field_is_zero(const struct field *field, const void *at)
{
    switch (field->kind) {
    case KIND_u64:
        return *(const uint64_t *)at == 0;
    case KIND_i64:
        return *(const int64_t *)at == 0;
    case KIND_f64:
        return memcmp(at, &(double){0}, sizeof(double)) == 0;
    case KIND_bool:
        return !*(const bool *)at;
    case KIND_str:
    case KIND_bytes:
        return ((const slice *)at)->len == 0;
    case KIND_hist:
        return hist_used(at) == 0;
    }
    return true;
}

static void pack_text(msgpack_packer *pk, const char *text)
{
    size_t len = strlen(text);
    (void)msgpack_pack_str(pk, len); /* failures show in out->overflow */
    (void)msgpack_pack_str_body(pk, text, len);
}

static void pack_hist(msgpack_packer *pk, const struct store_hist *hist)
{
    size_t n = hist_used(hist);
    (void)msgpack_pack_array(pk, n);
    for (size_t i = 0; i < n; i++)
        (void)msgpack_pack_uint64(pk, hist->n[i]);
}

static void pack_value(msgpack_packer *pk, const struct field *field, const void *at)
{
    const slice *bytes = at;
    switch (field->kind) {
    case KIND_u64:
        (void)msgpack_pack_uint64(pk, *(const uint64_t *)at);
        break;
    case KIND_i64:
        (void)msgpack_pack_int64(pk, *(const int64_t *)at);
        break;
    case KIND_f64:
        (void)msgpack_pack_double(pk, *(const double *)at);
        break;
    case KIND_bool:
        (void)msgpack_pack_true(pk); /* false is left out */
        break;
    case KIND_str:
        (void)msgpack_pack_str(pk, bytes->len);
        (void)msgpack_pack_str_body(pk, bytes->ptr, bytes->len);
        break;
    case KIND_bytes:
        (void)msgpack_pack_bin(pk, bytes->len);
        (void)msgpack_pack_bin_body(pk, bytes->ptr, bytes->len);
        break;
    case KIND_hist:
        pack_hist(pk, at);
        break;
    }
}

static const void *field_at(const struct field *field, const void *row)
{
    return (const char *)row + field->offset;
}

/* Names, heads and numbers of a record take less than this each. */
enum { FIELD_BYTES = 40 };

size_t codec_room(const struct record *record, const void *row)
{
    size_t bytes = FIELD_BYTES;
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        const void *at = field_at(field, row);
        if (field_is_zero(field, at))
            continue;
        bytes += FIELD_BYTES;
        if (field->kind == KIND_str || field->kind == KIND_bytes)
            bytes += ((const slice *)at)->len;
    }
    return bytes < STORE_VALUE_MAX ? bytes : STORE_VALUE_MAX;
}

void codec_encode(const struct record *record, const void *row, struct buf *out)
{
    msgpack_packer pk;
    size_t present = 0, packed = 0;
    for (size_t i = 0; i < record->field_count; i++)
        present += !field_is_zero(&record->fields[i], field_at(&record->fields[i], row));
    msgpack_packer_init(&pk, out, pack_to_buf);
    (void)msgpack_pack_map(&pk, present + 1);
    pack_text(&pk, "v");
    (void)msgpack_pack_uint64(&pk, record->version);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        const void *at = field_at(field, row);
        if (field_is_zero(field, at))
            continue;
        pack_text(&pk, field->name);
        pack_value(&pk, field, at);
        packed++;
    }
    assert(packed == present);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A cursor that fails for good: after the first error every read gives zero. */
struct reader {
    const unsigned char *at, *end;
    bool bad;
};

static uint64_t read_be(struct reader *r, size_t bytes)
{
    uint64_t value = 0;
    if (r->bad || (size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | *r->at++;
    return value;
}

static slice read_bytes(struct reader *r, uint64_t len)
{
    if (r->bad || (uint64_t)(r->end - r->at) < len) {
        r->bad = true;
        return (slice){0};
    }
    slice bytes = slice_make(r->at, (size_t)len);
    r->at += len;
    return bytes;
}

/* One msgpack item without its content: what follows, and how much of it. */
enum form {
    FORM_UINT,
    FORM_INT,
    FORM_F64,
    FORM_BOOL,
    FORM_STR,
    FORM_BIN,
    FORM_ARRAY,
    FORM_MAP,
    FORM_OTHER /* nil, f32, ext: can be skipped, is no field of ours */
};

struct head {
    enum form form;
    uint64_t n;  /* value, or count of bytes or items that follow */
    size_t skip; /* FORM_OTHER: bytes that follow */
};

static struct head head_sized(struct reader *r, enum form form, size_t bytes)
{
    return (struct head){form, read_be(r, bytes), 0};
}

static struct head head_signed(struct reader *r, size_t bytes)
{
    uint64_t raw = read_be(r, bytes);
    uint64_t sign = UINT64_C(1) << (bytes * 8 - 1);
    return (struct head){raw & sign ? FORM_INT : FORM_UINT, (raw ^ sign) - sign, 0};
}

static struct head head_ext(struct reader *r, size_t len_bytes)
{
    uint64_t len = read_be(r, len_bytes);
    return (struct head){FORM_OTHER, 0, (size_t)len + 1}; /* + 1: the type byte */
}

/* Source of the codes: the msgpack specification, "Formats". */
static struct head head_long(struct reader *r, unsigned char code)
{
    switch (code) {
    case 0xc0:
        return (struct head){FORM_OTHER, 0, 0};
    case 0xc2:
    case 0xc3:
        return (struct head){FORM_BOOL, code & 1, 0};
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return head_sized(r, FORM_BIN, (size_t)1 << (code - 0xc4));
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return head_ext(r, (size_t)1 << (code - 0xc7));
    case 0xca:
        return (struct head){FORM_OTHER, 0, 4};
    case 0xcb:
        return head_sized(r, FORM_F64, 8);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return head_sized(r, FORM_UINT, (size_t)1 << (code - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return head_signed(r, (size_t)1 << (code - 0xd0));
    case 0xd9:
    case 0xda:
    case 0xdb:
        return head_sized(r, FORM_STR, (size_t)1 << (code - 0xd9));
    case 0xdc:
    case 0xdd:
        return head_sized(r, FORM_ARRAY, (size_t)2 << (code - 0xdc));
    case 0xde:
    case 0xdf:
        return head_sized(r, FORM_MAP, (size_t)2 << (code - 0xde));
    default: /* 0xd4..0xd8: ext of 1, 2, 4, 8, 16 bytes and its type; 0xc1 is never used */
        r->bad |= code < 0xd4;
        return (struct head){FORM_OTHER, 0, ((size_t)1 << ((code - 0xd4) & 7)) + 1};
    }
}

static struct head read_head(struct reader *r)
{
    unsigned char code = (unsigned char)read_be(r, 1);
    if (code < 0x80)
        return (struct head){FORM_UINT, code, 0};
    if (code < 0x90)
        return (struct head){FORM_MAP, code & 0x0fu, 0};
    if (code < 0xa0)
        return (struct head){FORM_ARRAY, code & 0x0fu, 0};
    if (code < 0xc0)
        return (struct head){FORM_STR, code & 0x1fu, 0};
    if (code >= 0xe0)
        return (struct head){FORM_INT, (uint64_t)(int64_t)(signed char)code, 0};
    return head_long(r, code);
}

/* Steps over one value of any form. Each pending item takes at least a byte, so that the loop is
 * bounded by the input and nesting needs no stack. */
static void skip_value(struct reader *r, struct head head)
{
    uint64_t pending = 0;
    for (;;) {
        if (head.form == FORM_STR || head.form == FORM_BIN)
            (void)read_bytes(r, head.n);
        if (head.form == FORM_OTHER)
            (void)read_bytes(r, head.skip);
        if (head.form == FORM_ARRAY)
            pending += head.n;
        if (head.form == FORM_MAP)
            pending += 2 * head.n;
        if (r->bad || pending == 0)
            return;
        if (pending > (uint64_t)(r->end - r->at)) {
            r->bad = true;
            return;
        }
        pending--;
        head = read_head(r);
    }
}

static void read_hist(struct reader *r, struct head head, struct store_hist *ret)
{
    r->bad |= head.form != FORM_ARRAY || head.n > STORE_LATENCY_BUCKETS;
    for (size_t i = 0; !r->bad && i < head.n; i++) {
        struct head item = read_head(r);
        r->bad |= item.form != FORM_UINT;
        ret->n[i] = item.n;
    }
}

static void read_field(struct reader *r, struct head head, enum kind kind, void *at)
{
    switch (kind) {
    case KIND_u64:
        r->bad |= head.form != FORM_UINT;
        *(uint64_t *)at = head.n;
        break;
    case KIND_i64: /* the packer writes what is not negative in the unsigned forms */
        r->bad |= head.form != FORM_INT && !(head.form == FORM_UINT && head.n <= INT64_MAX);
        *(int64_t *)at = (int64_t)head.n;
        break;
    case KIND_f64:
        r->bad |= head.form != FORM_F64;
        memcpy(at, &head.n, sizeof head.n);
        break;
    case KIND_bool:
        r->bad |= head.form != FORM_BOOL;
        *(bool *)at = head.n != 0;
        break;
    case KIND_str:
        r->bad |= head.form != FORM_STR;
        *(slice *)at = read_bytes(r, head.n);
        break;
    case KIND_bytes:
        r->bad |= head.form != FORM_BIN;
        *(slice *)at = read_bytes(r, head.n);
        break;
    case KIND_hist:
        read_hist(r, head, at);
        break;
    }
}

/* The field of that name at or behind *hint (fields are stored in table order), else any. */
static const struct field *find_field(const struct record *record, slice name, size_t *hint)
{
    for (size_t i = 0; i < record->field_count; i++) {
        size_t at = (*hint + i) % record->field_count;
        if (!slice_eq(name, slice_of(record->fields[at].name)))
            continue;
        *hint = at + 1;
        return &record->fields[at];
    }
    return NULL;
}

static void read_member(struct reader *r, const struct record *record, void *row, size_t *hint)
{
    struct head name_head = read_head(r);
    r->bad |= name_head.form != FORM_STR;
    slice name = read_bytes(r, name_head.n);
    struct head head = read_head(r);
    if (r->bad)
        return;
    const struct field *field = find_field(record, name, hint);
    if (field)
        read_field(r, head, field->kind, (char *)row + field->offset);
    else if (slice_eq(name, S("v")))
        r->bad |= head.form != FORM_UINT || head.n > record->version;
    else
        skip_value(r, head);
}

status codec_decode(const struct record *record, slice bytes, void *ret)
{
    struct reader r = {(const unsigned char *)bytes.ptr,
                       (const unsigned char *)bytes.ptr + bytes.len, bytes.len == 0};
    size_t hint = 0;
    memset(ret, 0, record->size);
    struct head map = read_head(&r);
    r.bad |= map.form != FORM_MAP;
    for (uint64_t i = 0; !r.bad && i < map.n; i++)
        read_member(&r, record, ret, &hint);
    if (!r.bad && r.at == r.end)
        return ST_OK;
    memset(ret, 0, record->size);
    return ST_CORRUPT;
}

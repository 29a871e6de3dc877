/* libFuzzer target: any bytes as a stored record, and as a protected value.
 *
 * What decodes, encodes; and from then on nothing changes any more: one spelling per row. A row
 * made of the input survives both ways; text that was read lies in the input. A protected value
 * opens as what went in, and not at all when a byte of it, its key or its table is another. The
 * first two bytes choose the record and what is done. */
#include "fuzz.h"

#include "storage/internal.h"

#include <stdalign.h>

enum { ROW_MAX = 4096, VALUE_MAX = 4096 };
#define RECORD_ENTRY(name, version) &record_##name,
static const struct record *const records[] = {RECORDS(RECORD_ENTRY)};
#undef RECORD_ENTRY
static struct store store;

static void encode(const struct record *record, const void *row, struct buf *out)
{
    struct error err;
    out->len = 0;
    codec_encode(record, row, out);
    fuzz_need(buf_check(out, &err) == ST_OK);
}

static void decode(const struct record *record, slice bytes)
{
    alignas(16) static char row[ROW_MAX], again[ROW_MAX], zero[ROW_MAX];
    struct buf first, second;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    fuzz_need(record->size <= ROW_MAX);
    memset(row, 0xaa, record->size);
    status rc = codec_decode(record, bytes, row);
    if (rc != ST_OK) {
        fuzz_need(rc == ST_CORRUPT && memcmp(row, zero, record->size) == 0);
        return;
    }
    for (size_t i = 0; i < record->field_count; i++)
        if (record->fields[i].kind == KIND_str || record->fields[i].kind == KIND_bytes) {
            slice text;
            memcpy(&text, row + record->fields[i].offset, sizeof text);
            fuzz_need(fuzz_inside(text, bytes));
        }
    encode(record, row, &first);
    fuzz_need(codec_decode(record, buf_slice(&first), again) == ST_OK);
    encode(record, again, &second);
    fuzz_need(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_finish(&first);
    buf_finish(&second);
}

static uint64_t number_take(slice *input)
{
    uint64_t value = 0;
    unsigned bytes = fuzz_choice(input) % 9;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | fuzz_choice(input);
    return value;
}

static void field_fill(const struct field *field, void *row, slice *input)
{
    char *at = (char *)row + field->offset;
    uint64_t number = number_take(input);
    switch (field->kind) {
    case KIND_u64:
    case KIND_i64:
    case KIND_f64:
        memcpy(at, &number, sizeof number);
        break;
    case KIND_bool:
        *(bool *)at = number & 1;
        break;
    case KIND_str:
    case KIND_bytes: {
        slice text = slice_sub(*input, 0, number % 300);
        memcpy(at, &text, sizeof text);
        *input = slice_from(*input, text.len);
        break;
    }
    case KIND_hist:
        ((struct store_hist *)(void *)at)->n[number % STORE_LATENCY_BUCKETS] = number;
        break;
    }
}

/* A row out of the input, written, with single bytes changed behind that, and read. */
static void row_round(const struct record *record, slice input)
{
    alignas(16) static char row[ROW_MAX];
    struct buf out;
    memset(row, 0, sizeof row);
    unsigned edits = fuzz_choice(&input) % 4;
    slice edit = slice_sub(input, 0, edits * 3u);
    input = slice_from(input, edit.len);
    for (size_t i = 0; i < record->field_count && input.len; i++)
        field_fill(&record->fields[i], row, &input);
    buf_init(&out, 1 << 20);
    encode(record, row, &out);
    for (; edit.len >= 3; edit = slice_from(edit, 3))
        out.ptr[((unsigned char)edit.ptr[0] << 8 | (unsigned char)edit.ptr[1]) % out.len] =
            edit.ptr[2];
    decode(record, buf_slice(&out));
    buf_finish(&out);
}

/* VALUE_LAYOUT, written by hand. */
static size_t protect_by_hand(enum table_id table, slice key, slice plain, unsigned char *to)
{
    unsigned char ad[2 + KEY_MAX] = {store_tables[table].number, KEY_EPOCH};
    memcpy(ad + 2, key.ptr, key.len);
    to[0] = KEY_EPOCH;
    if (store_tables[table].protection == PROTECTION_SEALED) {
        crypt_seal(to + 1, store.keys[table], slice_make(ad, 2 + key.len), plain);
        return 1 + CRYPT_SEAL_OVERHEAD + plain.len;
    }
    crypt_tag(to + 1, slice_make(store.keys[table], CRYPT_KEY_BYTES), slice_make(ad, 2 + key.len),
              plain);
    if (plain.len)
        memcpy(to + 1 + CRYPT_TAG_BYTES, plain.ptr, plain.len);
    return 1 + CRYPT_TAG_BYTES + plain.len;
}

static bool opens(enum table_id table, slice key, slice value, slice expected)
{
    struct store_txn txn = {.magic = TXN_MAGIC, .store = &store};
    struct arena arena;
    slice plain = {NULL, 0};
    arena_init(&arena, 1 << 16);
    status rc = txn_open_value(&txn, table, key, value, &arena, &plain);
    fuzz_need(rc == ST_OK || (rc == ST_CORRUPT && txn.err.text[0]));
    fuzz_need(rc != ST_OK || slice_eq(plain, expected));
    arena_finish(&arena);
    return rc == ST_OK;
}

static void value_round(enum table_id table, slice input)
{
    static unsigned char value[VALUE_MAX + 64];
    unsigned at = fuzz_choice(&input) << 8 | fuzz_choice(&input), change = fuzz_choice(&input);
    slice key = slice_sub(input, 0, 12), plain = slice_sub(slice_from(input, 12), 0, 2048);
    if (key.len == 0)
        return;
    size_t len = protect_by_hand(table, key, plain, value);
    fuzz_need(opens(table, key, slice_make(value, len), plain));
    fuzz_need(!opens((table + 1) % TABLE_COUNT, key, slice_make(value, len), plain));
    fuzz_need(!opens(table, slice_sub(key, 0, key.len - 1), slice_make(value, len), plain));
    fuzz_need(!opens(table, key, slice_make(value, at % len), plain));
    if (change == 0)
        return;
    value[at % len] = (unsigned char)(value[at % len] ^ change);
    fuzz_need(!opens(table, key, slice_make(value, len), plain));
    fuzz_need(!opens(table, key, input, S("")) || input.len == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    slice input = slice_make(data, size);
    struct error err;
    if (store.keys[0][0] == 0) {
        fuzz_need(crypt_init(&err) == ST_OK);
        for (size_t i = 0; i < TABLE_COUNT; i++)
            memset(store.keys[i], (int)i + 1, CRYPT_KEY_BYTES);
    }
    unsigned which = fuzz_choice(&input), mode = fuzz_choice(&input) % 3;
    const struct record *record = records[which % ARRAY_COUNT(records)];
    if (mode == 0)
        decode(record, input);
    else if (mode == 1)
        row_round(record, input);
    else
        value_round((enum table_id)(which % TABLE_COUNT), input);
    return 0;
}

/* The tables and records as data, and the builder of keys: the layout on disk is written once. */
#include "storage/internal.h"

#include <assert.h>
#include <stddef.h>

/* An array of fields and a descriptor for every record. RECORD_LAYOUT */
#define FIELD(rec, kind, name) {#name, KIND_##kind, offsetof(struct store_##rec, name)},
#define FIELDS(rec, version)   static const struct field fields_##rec[] = {RECORD_##rec(FIELD)};
#define DESCRIPTOR(rec, version)                                                                   \
    const struct record record_##rec = {#rec, version, sizeof(struct store_##rec), fields_##rec,   \
                                        ARRAY_COUNT(fields_##rec)};
RECORDS(FIELDS)
RECORDS(DESCRIPTOR)
#undef DESCRIPTOR
#undef FIELDS
#undef FIELD

#define TABLE(id, name, number, protection, rec, layout)                                           \
    {name, number, PROTECTION_##protection, &record_##rec, layout},
const struct table store_tables[TABLE_COUNT] = {KEYSPACE(TABLE)};
#undef TABLE

const struct field *record_field(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

void key_init(struct key *key)
{
    key->len = 0;
    key->overflow = false;
}

void key_bytes(struct key *key, slice bytes)
{
    if (bytes.len > KEY_MAX - key->len) {
        key->overflow = true;
        return;
    }
    if (bytes.len)
        memcpy(key->bytes + key->len, bytes.ptr, bytes.len);
    key->len += bytes.len;
}

/* The lowest `bytes` bytes of value, most significant first. */
static void key_number(struct key *key, uint64_t value, unsigned bytes)
{
    unsigned char at[8];
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
    key_bytes(key, slice_make(at, bytes));
}

void key_u64(struct key *key, uint64_t value)
{
    key_number(key, value, 8);
}

void key_u32(struct key *key, uint32_t value)
{
    key_number(key, value, 4);
}

void key_u16(struct key *key, uint16_t value)
{
    key_number(key, value, 2);
}

void key_byte(struct key *key, unsigned char value)
{
    key_number(key, value, 1);
}

slice key_slice(const struct key *key)
{
    return slice_make(key->bytes, key->len);
}

struct key key_of_u64(uint64_t value)
{
    struct key key;
    key_init(&key);
    key_u64(&key, value);
    return key;
}

struct key key_of_bytes(slice bytes)
{
    struct key key;
    key_init(&key);
    key_bytes(&key, bytes);
    return key;
}

struct key key_of_hash(const struct crypt_hash *hash)
{
    return key_of_bytes(slice_make(hash->bytes, sizeof hash->bytes));
}

struct key key_of_user_u64(uint64_t user_id, uint64_t value)
{
    struct key key = key_of_u64(user_id);
    key_u64(&key, value);
    return key;
}

struct key key_of_user_id(uint64_t user_id, slice id)
{
    struct key key = key_of_u64(user_id);
    key_bytes(&key, id);
    if (id.len == 0)
        key.overflow = true; /* nothing has an empty id */
    return key;
}

static uint64_t read_number(slice key, size_t at, size_t bytes)
{
    uint64_t value = 0;
    if (at > key.len || key.len - at < bytes)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)key.ptr[at + i];
    return value;
}

uint64_t key_read_u64(slice key, size_t at)
{
    return read_number(key, at, 8);
}

uint32_t key_read_u32(slice key, size_t at)
{
    return (uint32_t)read_number(key, at, 4);
}

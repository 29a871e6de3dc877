/* Tests of the result cache. */
#include "lib/temp_store.h"

static status put(struct temp_store *t, uint64_t user_id, unsigned n, size_t bytes, int64_t ttl,
                  uint64_t bytes_max)
{
    static char body[1000];
    struct store_cache_entry entry = {.user_id = user_id,
                                      .hash = temp_hash_slice(t, n),
                                      .body = {body, bytes},
                                      .expires_ms = T0_MS + ttl};
    return store_cache_put(temp_write(t), &entry, bytes_max);
}

static status get(struct temp_store *t, uint64_t user_id, unsigned n, int64_t now)
{
    struct store_cache_entry entry;
    struct crypt_hash hash = temp_hash(n);
    return store_cache_get(temp_write(t), user_id, &hash, T0_MS + now, &t->arena, &entry);
}

static size_t body_bytes(struct temp_store *t, uint64_t user_id, unsigned n)
{
    struct store_cache_entry entry;
    struct crypt_hash hash = temp_hash(n);
    ck_status(store_cache_get(temp_write(t), user_id, &hash, T0_MS, &t->arena, &entry), ST_OK);
    return entry.body.len;
}

START_TEST(a_result_belongs_to_one_user_for_a_while)
{
    struct temp_store t;
    temp_open(&t);
    ck_status(put(&t, 1, 1, 100, 50, 1000), ST_OK);
    ck_status(get(&t, 1, 1, 49), ST_OK);
    ck_status(get(&t, 1, 1, 50), ST_NOT_FOUND);
    ck_status(get(&t, 2, 1, 0), ST_NOT_FOUND);
    ck_status(get(&t, 1, 2, 0), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(what_expires_first_makes_room)
{
    struct temp_store t;
    uint64_t count, bytes;
    temp_open(&t);
    ck_status(put(&t, 1, 1, 400, 30, 1000), ST_OK);
    ck_status(put(&t, 1, 2, 400, 20, 1000), ST_OK);
    ck_status(put(&t, 2, 3, 400, 40, 1000), ST_OK);
    ck_assert_uint_eq(body_bytes(&t, 1, 2), 0); /* still paid for */
    ck_assert_uint_eq(body_bytes(&t, 1, 1), 400);
    ck_assert_uint_eq(body_bytes(&t, 2, 3), 400);
    ck_status(put(&t, 1, 4, 1000, 40, 999), ST_OK); /* larger than all: no body, nothing lost */
    ck_assert_uint_eq(body_bytes(&t, 1, 4), 0);
    ck_status(put(&t, 1, 1, 100, 90, 1000), ST_OK); /* replaced, not added */
    ck_status(store_cache_size(&t.w, &count, &bytes), ST_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(bytes, 500);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

/* The result goes, that it was paid for stays. */
START_TEST(a_forgotten_result_is_still_paid_for)
{
    struct temp_store t;
    uint64_t count, bytes;
    struct store_cache_entry entry;
    temp_open(&t);
    ck_status(put(&t, 1, 1, 400, 30, 1000), ST_OK);
    struct crypt_hash hash = temp_hash(1);
    ck_status(store_cache_forget(&t.w, 1, slice_make(hash.bytes, sizeof hash.bytes)), ST_OK);
    ck_status(store_cache_get(&t.w, 1, &hash, 0, &t.arena, &entry), ST_OK);
    ck_assert_uint_eq(entry.body.len, 0);
    ck_status(store_cache_size(&t.w, &count, &bytes), ST_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(bytes, 0);
    ck_status(store_cache_forget(&t.w, 2, slice_make(hash.bytes, sizeof hash.bytes)), ST_OK);
    ck_status(store_cache_forget(&t.w, 1, S("")), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(clearing_is_for_one_user_or_for_all)
{
    struct temp_store t;
    uint64_t count, bytes;
    temp_open(&t);
    for (unsigned i = 0; i < 6; i++)
        ck_status(put(&t, 1 + i % 2, i, 10, 50, 1000), ST_OK);
    struct store_page page = {0};
    struct store_cache_entry *rows;
    ck_status(store_cache_list(&t.w, 2, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 3);
    ck_status(store_cache_clear(&t.w, 1, &count), ST_OK);
    ck_assert_uint_eq(count, 3);
    ck_status(store_cache_clear(&t.w, 0, &count), ST_OK);
    ck_assert_uint_eq(count, 3);
    ck_status(store_cache_size(&t.w, &count, &bytes), ST_OK);
    ck_assert_uint_eq(count + bytes, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("cache", a_result_belongs_to_one_user_for_a_while, what_expires_first_makes_room,
          a_forgotten_result_is_still_paid_for, clearing_is_for_one_user_or_for_all)

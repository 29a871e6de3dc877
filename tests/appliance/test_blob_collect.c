/* Tests of the collection: what nobody refers to goes, what is young or in use stays. */
#include "blob_fixture.h"

static struct blob_fixture f;
enum { HOUR_S = 3600 };

static void announce(const struct crypt_hash *hash, int64_t created_ms)
{
    const struct store_blob row = {.sha256 = slice_make(hash->bytes, CRYPT_HASH_BYTES),
                                   .size_bytes = 7,
                                   .created_ms = created_ms};
    struct error err = {0};
    ck_ok(store_blob_put(temp_write(&f.t), &row));
}

/* A whole round over the index and all directories. */
static uint64_t collect(int64_t now_ms)
{
    struct blob_collector collector = {0};
    struct error err = {0};
    for (int i = 0; i < 256; i++)
        ck_ok(blob_collect(f.blobs, f.t.store, now_ms, &collector, &err));
    return collector.removed;
}

static bool has_row(const struct crypt_hash *hash)
{
    struct store_blob row;
    return store_blob_get(temp_read(&f.t), hash, &f.t.arena, &row) == ST_OK;
}

START_TEST(an_unused_blob_goes_after_the_grace)
{
    fixture_open(&f);
    int64_t now_ms = clock_wall_ms();
    struct crypt_hash old = fixture_put(&f, "unused");
    struct crypt_hash young = fixture_put(&f, "announced just now");
    announce(&old, now_ms - 2 * HOUR_S * 1000);
    announce(&young, now_ms);
    temp_commit(&f.t);
    fixture_age(&f, &old, 2 * HOUR_S);
    ck_assert_uint_eq(collect(now_ms), 1);
    ck_assert(!fixture_exists(&f, &old) && !has_row(&old));
    ck_assert(fixture_exists(&f, &young) && has_row(&young));
    fixture_close(&f);
}
END_TEST

START_TEST(a_blob_with_references_stays_for_ever)
{
    struct error err = {0};
    fixture_open(&f);
    int64_t now_ms = clock_wall_ms();
    struct crypt_hash hash = fixture_put(&f, "in use");
    ck_ok(store_blob_ref(temp_write(&f.t), &hash, 6, now_ms - 9 * HOUR_S * 1000));
    temp_commit(&f.t);
    fixture_age(&f, &hash, 9 * HOUR_S);
    ck_assert_uint_eq(collect(now_ms), 0);
    ck_assert(fixture_exists(&f, &hash));
    ck_ok(store_blob_unref(temp_write(&f.t), &hash, now_ms - 8 * HOUR_S * 1000));
    temp_commit(&f.t);
    ck_assert_uint_eq(collect(now_ms), 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_blob_committed_again_keeps_its_file)
{
    /* Its row was unused for long and goes; the new commit's transaction is still to come. */
    fixture_open(&f);
    int64_t now_ms = clock_wall_ms();
    struct crypt_hash hash = fixture_put(&f, "twice");
    announce(&hash, now_ms - 2 * HOUR_S * 1000);
    temp_commit(&f.t);
    ck_assert_uint_eq(collect(now_ms), 0);
    ck_assert(fixture_exists(&f, &hash) && !has_row(&hash));
    announce(&hash, now_ms);
    temp_commit(&f.t);
    ck_assert_uint_eq(collect(now_ms), 0);
    ck_assert(fixture_exists(&f, &hash) && has_row(&hash));
    fixture_close(&f);
}
END_TEST

START_TEST(a_file_that_no_row_knows_goes_after_the_grace)
{
    fixture_open(&f);
    int64_t now_ms = clock_wall_ms();
    struct crypt_hash old = fixture_put(&f, "orphan");
    struct crypt_hash young = fixture_put(&f, "being announced");
    fixture_age(&f, &old, 2 * HOUR_S);
    ck_assert_uint_eq(collect(now_ms), 1);
    ck_assert(!fixture_exists(&f, &old));
    ck_assert(fixture_exists(&f, &young));
    fixture_close(&f);
}
END_TEST

START_TEST(more_rows_than_one_step_takes)
{
    char text[32];
    fixture_open(&f);
    int64_t now_ms = clock_wall_ms();
    for (int i = 0; i < 250; i++) {
        (void)snprintf(text, sizeof text, "content %d", i);
        struct crypt_hash hash = fixture_put(&f, text);
        announce(&hash, now_ms - 2 * HOUR_S * 1000);
        fixture_age(&f, &hash, 2 * HOUR_S);
    }
    temp_commit(&f.t);
    ck_assert_uint_eq(collect(now_ms), 250);
    fixture_close(&f);
}
END_TEST

TEST_MAIN("blob_collect", an_unused_blob_goes_after_the_grace,
          a_blob_with_references_stays_for_ever, a_blob_committed_again_keeps_its_file,
          a_file_that_no_row_knows_goes_after_the_grace, more_rows_than_one_step_takes)

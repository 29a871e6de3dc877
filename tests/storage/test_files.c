/* Tests of files and of the index of blobs. */
#include "lib/temp_store.h"

static void announce(struct temp_store *t, unsigned n)
{
    struct store_blob blob = {
        .sha256 = temp_hash_slice(t, n), .size_bytes = 10, .created_ms = T0_MS};
    ck_status(store_blob_put(temp_write(t), &blob), ST_OK);
}

static uint64_t refs(struct temp_store *t, unsigned n)
{
    struct store_blob blob;
    struct crypt_hash hash = temp_hash(n);
    ck_status(store_blob_get(temp_write(t), &hash, &t->arena, &blob), ST_OK);
    ck_assert_int_eq(blob.unused_ms == 0, blob.refs > 0);
    return blob.refs;
}

static struct store_stored_file file_of(struct temp_store *t, uint64_t user_id, const char *id,
                                        unsigned n)
{
    return (struct store_stored_file){.id = slice_of(id),
                                      .user_id = user_id,
                                      .name = S("a.csv"),
                                      .size_bytes = 10,
                                      .state = STORE_FILE_COMPLETE,
                                      .sha256 = temp_hash_slice(t, n),
                                      .created_ms = T0_MS};
}

START_TEST(files_share_a_blob_and_the_last_one_lets_it_go)
{
    struct temp_store t;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    announce(&t, 1);
    struct store_stored_file a = file_of(&t, 1, "fil_a", 1), b = file_of(&t, 2, "fil_b", 1);
    ck_status(store_file_put(&t.w, &a), ST_OK);
    ck_status(store_file_put(&t.w, &b), ST_OK);
    ck_status(store_file_put(&t.w, &b), ST_OK); /* again: counts once */
    ck_assert_uint_eq(refs(&t, 1), 2);
    ck_status(store_blob_del(&t.w, &hash), ST_CONFLICT);
    ck_status(store_file_del(&t.w, 1, S("fil_a")), ST_OK);
    announce(&t, 1); /* written again meanwhile: the count stays */
    ck_assert_uint_eq(refs(&t, 1), 1);
    ck_status(store_file_del(&t.w, 2, S("fil_b")), ST_OK);
    ck_assert_uint_eq(refs(&t, 1), 0);
    ck_status(store_blob_del(&t.w, &hash), ST_OK);
    ck_status(store_file_del(&t.w, 2, S("fil_b")), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(the_same_content_is_found_per_user)
{
    struct temp_store t;
    struct store_stored_file back;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    announce(&t, 1);
    struct store_stored_file a = file_of(&t, 1, "fil_a", 1), twin = file_of(&t, 1, "fil_b", 1);
    ck_status(store_file_put(&t.w, &a), ST_OK);
    ck_status(store_file_put(&t.w, &twin), ST_CONFLICT);
    ck_status(store_file_find(&t.w, 1, &hash, &t.arena, &back), ST_OK);
    ck_slice(back.id, "fil_a");
    ck_status(store_file_find(&t.w, 2, &hash, &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_file_get(&t.w, 2, S("fil_a"), &t.arena, &back), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(uploads_count_bytes_and_become_files)
{
    struct temp_store t;
    uint64_t bytes;
    size_t swept;
    temp_open(&t);
    struct store_stored_file up = {
        .id = S("fil_u"), .user_id = 1, .size_bytes = 70, .expires_ms = T0_MS + 5};
    ck_status(store_file_put(temp_write(&t), &up), ST_OK);
    ck_status(store_file_bytes(&t.w, 1, &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 70);
    up.sha256 = temp_hash_slice(&t, 3);
    up.state = STORE_FILE_COMPLETE;
    up.expires_ms = 0;
    ck_status(store_file_put(&t.w, &up), ST_NOT_FOUND); /* the blob was never announced */
    announce(&t, 3);
    ck_status(store_file_put(&t.w, &up), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 10, 10, &swept), ST_OK);
    ck_assert_uint_eq(swept, 0);
    struct store_stored_file left = {
        .id = S("fil_v"), .user_id = 1, .size_bytes = 30, .expires_ms = T0_MS + 5};
    ck_status(store_file_put(&t.w, &left), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 10, 10, &swept), ST_OK);
    ck_assert_uint_eq(swept, 1);
    ck_status(store_file_bytes(&t.w, 1, &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 70);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

static size_t waiting(struct temp_store *t)
{
    struct store_page page = {0};
    struct store_blob *rows;
    ck_status(store_blob_waiting_list(temp_write(t), &page, &t->arena, &rows), ST_OK);
    for (size_t i = 0; i < page.count; i++)
        ck_assert(rows[i].refs > 0 && rows[i].replicated_ms == 0);
    return page.count;
}

START_TEST(blobs_wait_for_their_copy_while_somebody_refers_to_them)
{
    struct temp_store t;
    temp_open(&t);
    announce(&t, 1);
    announce(&t, 2);
    ck_assert_uint_eq(waiting(&t), 0);
    struct store_stored_file a = file_of(&t, 1, "fil_a", 1), b = file_of(&t, 1, "fil_b", 2);
    ck_status(store_file_put(&t.w, &a), ST_OK);
    ck_status(store_file_put(&t.w, &b), ST_OK);
    ck_assert_uint_eq(waiting(&t), 2);
    struct store_blob copied = {
        .sha256 = temp_hash_slice(&t, 1), .size_bytes = 10, .replicated_ms = T0_MS};
    ck_status(store_blob_put(&t.w, &copied), ST_OK);
    ck_assert_uint_eq(waiting(&t), 1);
    ck_status(store_file_del(&t.w, 1, S("fil_b")), ST_OK);
    ck_assert_uint_eq(waiting(&t), 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("files", blobs_wait_for_their_copy_while_somebody_refers_to_them,
          files_share_a_blob_and_the_last_one_lets_it_go, the_same_content_is_found_per_user,
          uploads_count_bytes_and_become_files)

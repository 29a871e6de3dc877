/* Tests of expiry through one table: bounds, moves, every kind. */
#include "lib/temp_store.h"

START_TEST(a_sweep_is_bounded_and_stops_at_now)
{
    struct temp_store t;
    size_t count;
    temp_open(&t);
    for (unsigned i = 0; i < 10; i++) {
        struct store_token token = {
            .hash = temp_hash_slice(&t, i), .kind = STORE_TOKEN_RESET, .expires_ms = T0_MS + i};
        ck_status(store_token_put(temp_write(&t), &token), ST_OK);
    }
    ck_status(store_sweep(&t.w, T0_MS + 5, 4, &count), ST_OK);
    ck_assert_uint_eq(count, 4);
    ck_status(store_sweep(&t.w, T0_MS + 5, 4, &count), ST_OK);
    ck_assert_uint_eq(count, 2);
    ck_status(store_sweep(&t.w, T0_MS + 5, 4, &count), ST_OK);
    ck_assert_uint_eq(count, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_moved_expiry_counts_and_the_old_one_does_not)
{
    struct temp_store t;
    size_t count;
    struct store_session session;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    struct store_session row = {
        .id = S("ses_1"), .user_id = 1, .hash = temp_hash_slice(&t, 1), .expires_ms = T0_MS};
    ck_status(store_session_put(temp_write(&t), &row), ST_OK);
    row.expires_ms = T0_MS + 100;
    ck_status(store_session_put(&t.w, &row), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 50, 10, &count), ST_OK);
    ck_assert_uint_eq(count, 0);
    ck_status(store_session_get(&t.w, &hash, &t.arena, &session), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 100, 10, &count), ST_OK);
    ck_assert_uint_eq(count, 1);
    ck_status(store_session_get(&t.w, &hash, &t.arena, &session), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(every_kind_that_expires_is_swept)
{
    struct temp_store t;
    size_t count;
    uint64_t queued, running;
    temp_open(&t);
    struct store_txn *txn = temp_write(&t);
    struct store_cache_entry entry = {
        .user_id = 1, .hash = temp_hash_slice(&t, 1), .body = S("b"), .expires_ms = T0_MS};
    struct store_idempotency idem = {
        .user_id = 1, .hash = temp_hash_slice(&t, 1), .expires_ms = T0_MS};
    struct store_job job = {.id = S("job_1"), .user_id = 1, .expires_ms = T0_MS};
    struct store_analysis analysis = {.id = S("ana_1"), .user_id = 1, .expires_ms = T0_MS};
    struct store_stored_file upload = {.id = S("fil_1"), .user_id = 1, .expires_ms = T0_MS};
    struct store_spend spend = {.user_id = 1, .at_ms = T0_MS, .count = 1, .limit = 10};
    ck_status(store_cache_put(txn, &entry, 100), ST_OK);
    ck_status(store_idempotency_put(txn, &idem), ST_OK);
    ck_status(store_job_add(txn, &job, 10), ST_OK);
    ck_status(store_analysis_add(txn, &analysis), ST_OK);
    ck_status(store_file_put(txn, &upload), ST_OK);
    ck_status(store_reserve(txn, S("job_1"), &spend, T0_MS), ST_OK);
    ck_status(store_sweep(txn, T0_MS, 100, &count), ST_OK);
    ck_assert_uint_eq(count, 6);
    ck_status(store_job_count(txn, &queued, &running), ST_OK);
    ck_assert_uint_eq(queued, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("sweep", a_sweep_is_bounded_and_stops_at_now,
          a_moved_expiry_counts_and_the_old_one_does_not, every_kind_that_expires_is_swept)

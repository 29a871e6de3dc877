/* Tests of users: addresses, the last admin, removal with everything. */
#include "lib/temp_store.h"

START_TEST(addresses_are_unique_whatever_their_case)
{
    struct temp_store t;
    struct store_user user;
    temp_open(&t);
    uint64_t id = temp_user(&t, "Ann@Example.org", STORE_ROLE_USER);
    struct store_user other = {.email = S("aNN@EXAMPLE.org"), .enabled = true};
    ck_status(store_user_add(&t.w, &other), ST_CONFLICT);
    ck_status(store_user_find(&t.w, S("  ann@example.ORG "), &t.arena, &user), ST_OK);
    ck_assert_uint_eq(user.id, id);
    ck_slice(user.email, "Ann@Example.org");
    ck_status(store_user_find(&t.w, S("bob@example.org"), &t.arena, &user), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(folding_trims_and_lowers_the_domain)
{
    struct temp_store t;
    struct error err = {0};
    slice folded;
    temp_dir(&t);
    ck_ok(store_email_fold(S("  Ann@EXAMPLE.Org\n"), &t.arena, &folded, &err));
    ck_slice(folded, "Ann@example.org");
    static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c", "a\x01@b", "\xff@b.c"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_status(store_email_fold(slice_of(bad[i]), &t.arena, &folded, &err), ST_INVALID);
    temp_remove(&t);
}
END_TEST

START_TEST(a_change_raises_rev_and_moves_the_address)
{
    struct temp_store t;
    struct store_user user;
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    (void)temp_user(&t, "taken@b.c", STORE_ROLE_USER);
    ck_status(store_user_get(&t.w, id, &t.arena, &user), ST_OK);
    ck_assert_uint_eq(user.rev, 1);
    user.email = S("new@b.c");
    user.plan = S("pro");
    ck_status(store_user_put(&t.w, &user), ST_OK);
    ck_assert_uint_eq(user.rev, 2);
    ck_status(store_user_find(&t.w, S("a@b.c"), &t.arena, &user), ST_NOT_FOUND);
    ck_status(store_user_find(&t.w, S("new@b.c"), &t.arena, &user), ST_OK);
    ck_slice(user.plan, "pro");
    user.email = S("taken@b.c");
    ck_status(store_user_put(&t.w, &user), ST_CONFLICT);
    user.id = 99;
    ck_status(store_user_put(&t.w, &user), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(the_last_admin_stays)
{
    struct temp_store t;
    struct store_user user;
    temp_open(&t);
    uint64_t first = temp_user(&t, "a@b.c", STORE_ROLE_ADMIN);
    ck_status(store_user_get(&t.w, first, &t.arena, &user), ST_OK);
    user.role = STORE_ROLE_USER;
    ck_status(store_user_put(&t.w, &user), ST_FORBIDDEN);
    user.role = STORE_ROLE_ADMIN;
    user.enabled = false;
    ck_status(store_user_put(&t.w, &user), ST_FORBIDDEN);
    ck_status(store_user_del(&t.w, first), ST_FORBIDDEN);
    uint64_t second = temp_user(&t, "b@b.c", STORE_ROLE_ADMIN);
    ck_status(store_user_put(&t.w, &user), ST_OK); /* now another one is left */
    ck_status(store_user_del(&t.w, second), ST_FORBIDDEN);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(counts_follow_every_change)
{
    struct temp_store t;
    struct store_user user;
    uint64_t all, enabled;
    temp_open(&t);
    uint64_t id = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    (void)temp_user(&t, "b@b.c", STORE_ROLE_USER);
    ck_status(store_user_get(&t.w, id, &t.arena, &user), ST_OK);
    user.enabled = false;
    ck_status(store_user_put(&t.w, &user), ST_OK);
    ck_status(store_user_count(&t.w, &all, &enabled), ST_OK);
    ck_assert_uint_eq(all, 2);
    ck_assert_uint_eq(enabled, 1);
    ck_status(store_user_del(&t.w, id), ST_OK);
    ck_status(store_user_count(&t.w, &all, &enabled), ST_OK);
    ck_assert_uint_eq(all, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

static void put_everything(struct temp_store *t, uint64_t id, unsigned n)
{
    struct store_txn *txn = temp_write(t);
    struct store_session session = {
        .id = S("ses_1"), .user_id = id, .hash = temp_hash_slice(t, n), .expires_ms = T0_MS + 5};
    struct store_api_key key = {.id = n, .user_id = id, .hash = temp_hash_slice(t, n + 1)};
    struct store_token token = {.hash = temp_hash_slice(t, n + 2),
                                .kind = STORE_TOKEN_RESET,
                                .user_id = id,
                                .expires_ms = T0_MS + 5};
    struct store_project project = {.id = n == 100 ? S("prj_a") : S("prj_b"), .user_id = id};
    struct store_round round = {.id = n == 100 ? S("prj_a/00000001") : S("prj_b/00000001"),
                                .user_id = id};
    struct store_job job = {.id = S("job_1"), .user_id = id, .kind = S("detect")};
    struct store_blob blob = {.sha256 = temp_hash_slice(t, 1), .size_bytes = 10};
    struct store_stored_file file = {.id = S("fil_1"),
                                     .user_id = id,
                                     .size_bytes = 10,
                                     .state = STORE_FILE_COMPLETE,
                                     .sha256 = blob.sha256};
    struct store_subscription sub = {.user_id = id,
                                     .customer_id = n == 100 ? S("cus_a") : S("cus_b")};
    struct store_cache_entry entry = {
        .user_id = id, .hash = blob.sha256, .body = S("x"), .expires_ms = T0_MS + 9};
    struct store_idempotency idem = {.user_id = id, .hash = blob.sha256, .expires_ms = T0_MS + 9};
    struct store_spend spend = {
        .user_id = id, .at_ms = T0_MS, .count = 2, .limit = 100, .endpoint = S("/api/detect")};
    ck_status(store_session_put(txn, &session), ST_OK);
    ck_status(store_key_add(txn, &key), ST_OK);
    ck_status(store_token_put(txn, &token), ST_OK);
    ck_status(store_project_add(txn, &project), ST_OK);
    ck_status(store_round_add(txn, &round), ST_OK);
    ck_status(store_job_add(txn, &job, 10), ST_OK);
    ck_status(store_blob_put(txn, &blob), ST_OK);
    ck_status(store_file_put(txn, &file), ST_OK);
    ck_status(store_subscription_put(txn, &sub), ST_OK);
    ck_status(store_cache_put(txn, &entry, 1000), ST_OK);
    ck_status(store_idempotency_put(txn, &idem), ST_OK);
    ck_status(store_analyses_add(txn, &spend, NULL), ST_OK);
    ck_status(store_reserve(txn, S("job_1"), &spend, T0_MS + 100), ST_OK);
}

/* Afterwards the tables hold as many rows as if the user had never been there, usage aside. */
START_TEST(removing_a_user_removes_everything_but_the_sums)
{
    struct temp_store t;
    uint64_t before[TABLE_COUNT];
    MDB_stat stat;
    struct store_usage_month month;
    temp_open(&t);
    uint64_t stays = temp_user(&t, "stays@b.c", STORE_ROLE_USER);
    put_everything(&t, stays, 200);
    uint64_t goes = temp_user(&t, "goes@b.c", STORE_ROLE_USER);
    ck_status(store_user_del(&t.w, goes), ST_OK);
    goes = temp_user(&t, "goes@b.c", STORE_ROLE_USER);
    ck_status(store_user_del(&t.w, goes), ST_OK);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        ck_assert_int_eq(mdb_stat(t.w.mdb, t.store->dbi[i], &stat), 0);
        before[i] = stat.ms_entries;
    }
    goes = temp_user(&t, "goes@b.c", STORE_ROLE_USER);
    put_everything(&t, goes, 100);
    temp_commit(&t);
    ck_status(store_user_del(temp_write(&t), goes), ST_OK);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        uint64_t more = i == TABLE_USAGE_DAY || i == TABLE_USAGE_HOUR || i == TABLE_USAGE_MONTH;
        ck_assert_int_eq(mdb_stat(t.w.mdb, t.store->dbi[i], &stat), 0);
        if (i != TABLE_META)
            ck_assert_msg(stat.ms_entries == before[i] + more, "table %s: %zu, before %zu",
                          store_tables[i].name, stat.ms_entries, (size_t)before[i]);
    }
    ck_status(store_analyses_get(&t.w, goes, store_month(T0_MS), &month), ST_OK);
    ck_assert_uint_eq(month.analyses, 2);
    ck_assert_uint_eq(month.reserved, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("users", addresses_are_unique_whatever_their_case, folding_trims_and_lowers_the_domain,
          a_change_raises_rev_and_moves_the_address, the_last_admin_stays,
          counts_follow_every_change, removing_a_user_removes_everything_but_the_sums)

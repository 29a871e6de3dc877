/* Tests of the invariants: each broken one is found, by breaking each. */
#include "lib/temp_store.h"

static void fill(struct temp_store *t)
{
    struct store_txn *txn = temp_write(t);
    uint64_t id = temp_user(t, "a@b.c", STORE_ROLE_ADMIN);
    struct store_session session = {
        .id = S("ses_1"), .user_id = id, .hash = temp_hash_slice(t, 1), .expires_ms = T0_MS};
    struct store_api_key key = {.id = 1, .user_id = id, .hash = temp_hash_slice(t, 2)};
    struct store_project project = {.id = S("prj_a"), .user_id = id};
    struct store_job waiting = {.id = S("job_1"), .user_id = id},
                     running = {.id = S("job_2"), .user_id = id};
    struct store_blob blob = {.sha256 = temp_hash_slice(t, 1), .size_bytes = 10};
    struct store_stored_file file = {.id = S("fil_1"),
                                     .user_id = id,
                                     .size_bytes = 10,
                                     .state = STORE_FILE_COMPLETE,
                                     .sha256 = blob.sha256};
    struct store_dataset dataset = {.id = S("set"), .size_bytes = 10, .sha256 = blob.sha256};
    struct store_subscription sub = {.user_id = id, .customer_id = S("cus_a")};
    struct store_cache_entry entry = {
        .user_id = id, .hash = blob.sha256, .body = S("x"), .expires_ms = T0_MS + 9};
    struct store_spend spend = {
        .user_id = id, .at_ms = T0_MS, .count = 2, .limit = 100, .endpoint = S("/api/detect")};
    struct store_delivery delivery = {.id = S("evt_1"), .user_id = id, .next_ms = T0_MS};
    struct store_audit audit = {.actor = S("user:1"), .action = S("key.create")};
    struct store_job claimed;
    ck_status(store_session_put(txn, &session), ST_OK);
    ck_status(store_key_add(txn, &key), ST_OK);
    ck_status(store_project_add(txn, &project), ST_OK);
    ck_status(store_job_add(txn, &running, 10), ST_OK);
    ck_status(store_blob_put(txn, &blob), ST_OK);
    ck_status(store_file_put(txn, &file), ST_OK);
    ck_status(store_dataset_put(txn, &dataset), ST_OK);
    ck_status(store_subscription_put(txn, &sub), ST_OK);
    ck_status(store_cache_put(txn, &entry, 1000), ST_OK);
    ck_status(store_analyses_add(txn, &spend, NULL), ST_OK);
    ck_status(store_reserve(txn, S("job_1"), &spend, T0_MS + 100), ST_OK);
    ck_status(store_delivery_add(txn, &delivery), ST_OK);
    ck_status(store_audit_add(txn, &audit), ST_OK);
    ck_status(store_audit_add(txn, &audit), ST_OK);
    claimed = running;
    claimed.state = STORE_JOB_RUNNING;
    struct key queue = job_queue_key(&running), job = key_of_user_id(id, running.id);
    ck_status(row_del(txn, TABLE_JOB_QUEUE, &queue), ST_OK);
    ck_status(row_put(txn, TABLE_JOB, &job, &claimed), ST_OK);
    ck_status(row_put(txn, TABLE_JOB_RUNNING, &job, &(struct store_ref){.data = running.id}),
              ST_OK);
    ck_status(meta_put(txn, "jobs.running", 1), ST_OK);
    ck_status(meta_put(txn, "jobs.queued", 0), ST_OK);
    ck_status(store_job_add(txn, &waiting, 10), ST_OK);
}

/* Problems that the invariants alone report inside the write transaction. */
static uint64_t broken(struct temp_store *t)
{
    struct store_check check = {0};
    invariants_check(&t->w, &check);
    return check.problems;
}

START_TEST(a_store_with_everything_holds)
{
    struct temp_store t;
    temp_open(&t);
    fill(&t);
    ck_assert_uint_eq(broken(&t), 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

/* Takes the first row of every table away in turn. Rows that nothing refers to are named. */
START_TEST(no_row_can_go_unnoticed)
{
    static const enum table_id free_rows[] = {TABLE_META, TABLE_SETTING, TABLE_COUNTER,
                                              TABLE_AUDIT_MARK, TABLE_USAGE_HOUR /* goes by age */};
    struct temp_store t;
    size_t tried = 0;
    temp_open(&t);
    for (size_t table = 0; table < TABLE_COUNT; table++) {
        struct walk walk;
        bool is_free = false;
        for (size_t i = 0; i < ARRAY_COUNT(free_rows); i++)
            is_free |= free_rows[i] == table;
        fill(&t);
        walk_begin(&walk, &t.w, (enum table_id)table, NULL);
        bool found = walk_next(&walk);
        if (found)
            ck_status(txn_del(&t.w, (enum table_id)table, walk.key), ST_OK);
        walk_end(&walk);
        if (found && !is_free) {
            ck_assert_msg(broken(&t) > 0, "a row of '%s' went", store_tables[table].name);
            tried++;
        }
        temp_abort(&t);
    }
    ck_assert_uint_ge(tried, 20);
    temp_close(&t);
}
END_TEST

START_TEST(no_counter_can_be_wrong)
{
    static const char *const names[] = {"users",           "users.enabled", "users.admins",
                                        "jobs.queued",     "jobs.running",  "cache.bytes",
                                        META_DATASET_BYTES};
    struct temp_store t;
    temp_open(&t);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        uint64_t value;
        fill(&t);
        ck_status(meta_get(&t.w, names[i], &value), ST_OK);
        ck_assert_msg(value > 0, "%s", names[i]);
        ck_status(meta_put(&t.w, names[i], value + 1), ST_OK);
        ck_assert_msg(broken(&t) > 0, "%s", names[i]);
        temp_abort(&t);
    }
    temp_close(&t);
}
END_TEST

START_TEST(billed_months_must_equal_billed_days)
{
    struct temp_store t;
    struct store_usage_month month;
    temp_open(&t);
    for (int i = 0; i < 2; i++) {
        fill(&t);
        ck_status(store_analyses_get(&t.w, 1, store_month(T0_MS), &month), ST_OK);
        month.analyses += i == 0;
        month.reserved += i == 1;
        struct key key = key_of_u64(1);
        key_u32(&key, (uint32_t)month.month);
        ck_status(row_put(&t.w, TABLE_USAGE_MONTH, &key, &month), ST_OK);
        ck_assert_uint_eq(broken(&t), 1);
        temp_abort(&t);
    }
    temp_close(&t);
}
END_TEST

TEST_MAIN("invariants", a_store_with_everything_holds, no_row_can_go_unnoticed,
          no_counter_can_be_wrong, billed_months_must_equal_billed_days)

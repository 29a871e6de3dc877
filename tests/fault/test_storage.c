/* Every call that can fail, failing at its n-th use, n = 0, 1, 2 …, until a run needs no more.
 *
 * A run opens a new store and does a bit of everything. After each failure: the status was not OK
 * or nothing was lost; what was acknowledged is there; the check of the reopened store is clean. */
#include "lib/fault.h"
#include "lib/temp_store.h"

#include <fcntl.h>

enum { STEP_OPEN, STEP_USER, STEP_KEYS, STEP_JOB, STEP_CACHE, STEP_READ, STEP_COPY, STEP_END };

static status add_user(struct store_txn *txn, void *arg, struct error *err)
{
    struct store_user user = {.email = S("a@b.c"), .role = STORE_ROLE_ADMIN, .enabled = true};
    (void)err;
    TRY(store_user_add(txn, &user));
    *(uint64_t *)arg = user.id;
    return store_audit_add(txn,
                           &(struct store_audit){.actor = S("system"), .action = S("user.create")});
}

static status add_keys(struct store_txn *txn, void *arg, struct error *err)
{
    struct crypt_hash hash = temp_hash(1);
    slice bytes = slice_make(hash.bytes, sizeof hash.bytes);
    struct store_api_key key = {.user_id = *(uint64_t *)arg, .hash = bytes};
    struct store_session session = {
        .id = S("ses_1"), .user_id = key.user_id, .hash = bytes, .expires_ms = T0_MS};
    struct store_spend spend = {.user_id = key.user_id, .at_ms = T0_MS, .count = 2, .limit = 9};
    size_t swept;
    (void)err;
    TRY(store_next_id(txn, "api_key", &key.id));
    TRY(store_key_add(txn, &key));
    TRY(store_session_put(txn, &session));
    TRY(store_sweep(txn, T0_MS, 10, &swept));
    TRY(store_analyses_add(txn, &spend, NULL));
    return store_audit_add(txn,
                           &(struct store_audit){.actor = S("user:1"), .action = S("key.create")});
}

static unsigned two_slots(struct store_txn *txn, uint64_t user_id, void *arg)
{
    (void)txn;
    (void)user_id;
    (void)arg;
    return 2;
}

static status run_job(struct store_txn *txn, void *arg, struct error *err)
{
    struct store_job job = {.id = S("job_1"), .user_id = *(uint64_t *)arg}, claimed;
    struct store_spend spend = {.user_id = job.user_id, .at_ms = T0_MS, .count = 3, .limit = 9};
    struct store_claim claim = {.now_ms = T0_MS, .slots_max = two_slots};
    (void)err;
    TRY(store_job_add(txn, &job, 10));
    TRY(store_reserve(txn, job.id, &spend, T0_MS + 10));
    TRY(store_job_claim(txn, &claim, &txn->scratch, &claimed));
    claimed.state = STORE_JOB_SUCCEEDED;
    TRY(store_job_finish(txn, &claimed));
    return store_settle(txn, job.id, &spend);
}

static status fill_cache(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    for (unsigned i = 0; i < 4; i++) {
        struct crypt_hash hash = temp_hash(i);
        struct store_cache_entry entry = {.user_id = *(uint64_t *)arg,
                                          .hash = slice_make(hash.bytes, sizeof hash.bytes),
                                          .body = S("0123456789"),
                                          .expires_ms = T0_MS + i};
        TRY(store_cache_put(txn, &entry, 25));
    }
    return ST_OK;
}

static status read_back(struct store *store, struct arena *arena, struct error *err)
{
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    struct store_user user, *rows;
    struct store_page page = {0};
    struct store_info info;
    struct store_check check = {0};
    status rc = store_reader_create(store, &reader, err);
    if (rc == ST_OK)
        rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK)
        rc = store_user_find(txn, S("a@b.c"), arena, &user);
    if (rc == ST_OK)
        rc = store_user_list(txn, &page, arena, &rows);
    store_read_end(&txn);
    store_reader_destroy(&reader);
    if (rc == ST_OK)
        rc = store_info_get(store, &info, err);
    if (rc == ST_OK)
        rc = store_check(store, &check, err);
    return rc == ST_OK && check.problems > 0 ? ST_CORRUPT : rc;
}

static status copy(struct store *store, const char *dir, struct error *err)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/copy", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    status rc = store_backup(store, fd, err);
    (void)close(fd);
    return rc;
}

/* How far it came, and the status of the step that failed. */
static int do_everything(struct temp_store *t, enum status_code *ret)
{
    static store_apply_fn *const ops[] = {[STEP_USER] = add_user,
                                          [STEP_KEYS] = add_keys,
                                          [STEP_JOB] = run_job,
                                          [STEP_CACHE] = fill_cache};
    struct store_options options = temp_options(t);
    uint64_t user_id = 0;
    *ret = store_open(&options, &t->store, &t->err);
    if (*ret != ST_OK)
        return STEP_OPEN;
    for (int step = STEP_USER; step <= STEP_CACHE; step++) {
        *ret = store_apply(t->store, ops[step], &user_id, &t->err);
        if (*ret != ST_OK)
            return step;
    }
    *ret = read_back(t->store, &t->arena, &t->err);
    if (*ret != ST_OK)
        return STEP_READ;
    *ret = copy(t->store, t->dir, &t->err);
    return *ret == ST_OK ? STEP_END : STEP_COPY;
}

/* What was acknowledged before step `reached` is there, and nothing of the step that failed. */
static void compare(struct temp_store *t, int reached)
{
    struct crypt_hash hash = temp_hash(1);
    struct store_user user;
    struct store_api_key key;
    struct store_usage_month month;
    uint64_t count, bytes;
    struct store_txn *txn = temp_read(t);
    status found = store_user_find(txn, S("a@b.c"), &t->arena, &user);
    ck_assert_int_eq(found, reached > STEP_USER ? ST_OK : ST_NOT_FOUND);
    found = store_key_get(txn, &hash, &t->arena, &key);
    ck_assert_int_eq(found, reached > STEP_KEYS ? ST_OK : ST_NOT_FOUND);
    ck_status(store_analyses_get(txn, 1, store_month(T0_MS), &month), ST_OK);
    ck_assert_uint_eq(month.analyses,
                      (reached > STEP_KEYS ? 2u : 0u) + (reached > STEP_JOB ? 3u : 0u));
    ck_status(store_cache_size(txn, &count, &bytes), ST_OK);
    ck_assert_uint_eq(count, reached > STEP_CACHE ? 4 : 0);
    ck_assert_uint_eq(bytes, reached > STEP_CACHE ? 20 : 0); /* two of them have room */
}

/* One run with one failure; false when the failure had no use any more. */
static bool run_with_fault(enum fault_call call, unsigned n)
{
    struct temp_store t;
    enum status_code rc;
    char text[ERROR_TEXT_MAX];
    temp_dir(&t);
    fault_arm(call, n);
    int reached = do_everything(&t, &rc);
    bool hit = fault_disarm();
    ck_assert_msg(hit || rc == ST_OK, "%s: %s", status_slug(rc), t.err.text);
    if (call == FAULT_COMMIT_EIO && hit && t.store && reached <= STEP_CACHE) {
        uint64_t id = 1; /* after a failed sync nothing is written any more */
        ck_status(store_apply(t.store, add_user, &id, &t.err), ST_IO);
    }
    store_close(&t.store);
    temp_reopen(&t);
    compare(&t, reached);
    ck_assert_msg(temp_check(&t, text) == 0, "%s at call %u: %s", fault_names[call], n, text);
    temp_close(&t);
    return hit;
}

START_TEST(any_single_failure_loses_and_breaks_nothing)
{
    unsigned n = 0;
    while (run_with_fault((enum fault_call)_i, n))
        n++;
    ck_assert_msg(n > 0, "%s was never called", fault_names[_i]);
    if (getenv("FAULT_PRINT"))
        (void)printf("%-28s failed at each of %u calls\n", fault_names[_i], n);
}
END_TEST

/* LMDB answers EIO for a short write (mdb_page_flush): on a full disk that is no reason to stop. */
START_TEST(a_short_write_on_a_full_disk_is_not_a_failed_sync)
{
    struct temp_store t;
    struct store_writer_stats stats;
    uint64_t id;
    temp_open(&t);
    for (int full = 1; full >= 0; full--) {
        fault.disk_full = full;
        fault_arm(FAULT_COMMIT_EIO, 0);
        ck_status(store_apply(t.store, add_user, &id, &t.err), full ? ST_FULL : ST_IO);
        ck_assert(fault_disarm());
        store_writer_stats(t.store, &stats);
        ck_assert_int_eq(stats.failed, !full);
    }
    ck_status(store_apply(t.store, add_user, &id, &t.err), ST_IO);
    temp_close(&t);
}
END_TEST

int main(void)
{
    struct error err;
    if (crypt_init(&err) != ST_OK)
        return 1;
    Suite *suite = suite_create("fault_storage");
    TCase *tcase = tcase_create("fault_storage");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, any_single_failure_loses_and_breaks_nothing, 0, FAULT_COUNT);
    tcase_add_test(tcase, a_short_write_on_a_full_disk_is_not_a_failed_sync);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

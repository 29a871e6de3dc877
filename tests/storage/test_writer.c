/* Tests of the writer: batches, isolation of failures, bounds, draining, many threads. */
#include "lib/temp_store.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>

struct put {
    char name[24];
    enum status_code refuse; /* returned before or after the put */
    bool refuse_after_put;
    unsigned runs;
    enum status_code result;
    char text[64];
    atomic_bool over;
};

static status put_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct put *put = arg;
    put->runs++;
    if (put->refuse != ST_OK && !put->refuse_after_put)
        return error_set(err, put->refuse, "refused %s", put->name);
    TRY(store_setting_put(txn, slice_of(put->name), S("value")));
    if (put->refuse != ST_OK)
        return error_set(err, put->refuse, "refused %s", put->name);
    return ST_OK;
}

static void put_done(void *arg, status rc, const struct error *err)
{
    struct put *put = arg;
    put->result = rc;
    (void)snprintf(put->text, sizeof put->text, "%.60s", err->text);
    atomic_store(&put->over, true);
}

static bool is_stored(struct temp_store *t, const char *name)
{
    slice value;
    return store_setting_get(temp_read(t), slice_of(name), &t->arena, &value) == ST_OK;
}

static status blocker_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)txn;
    (void)err;
    while (!atomic_load((atomic_bool *)arg))
        (void)usleep(1000);
    return ST_OK;
}

static void blocker_done(void *arg, status rc, const struct error *err)
{
    (void)arg;
    (void)rc;
    (void)err;
}

enum { BATCH = 20 };

/* Runs BATCH operations as one batch: a blocker holds the writer while they queue. */
static void run_batch(struct temp_store *t, struct put *puts, struct store_writer_stats *ret)
{
    struct error err = {0};
    atomic_bool go = false;
    struct store_op blocker = {.apply = blocker_apply, .done = blocker_done, .arg = &go};
    struct store_op ops[BATCH];
    ck_ok(store_writer_start(t->store, 100, &err));
    ck_status(store_submit(t->store, &blocker), ST_OK);
    for (int i = 0; i < BATCH; i++) {
        ops[i] = (struct store_op){.apply = put_apply, .done = put_done, .arg = &puts[i]};
        ck_status(store_submit(t->store, &ops[i]), ST_OK);
    }
    atomic_store(&go, true);
    store_writer_stop(t->store);
    for (int i = 0; i < BATCH; i++)
        ck_assert(puts[i].over);
    store_writer_stats(t->store, ret);
}

static void name_puts(struct put *puts)
{
    for (int i = 0; i < BATCH; i++) {
        puts[i] = (struct put){0};
        (void)snprintf(puts[i].name, sizeof puts[i].name, "n%d", i);
    }
}

START_TEST(what_queues_together_is_committed_together)
{
    struct temp_store t;
    struct put puts[BATCH];
    struct store_writer_stats stats;
    temp_open(&t);
    name_puts(puts);
    run_batch(&t, puts, &stats);
    ck_assert_uint_le(stats.batches, 2); /* the blocker may have had company */
    ck_assert_uint_eq(stats.ops, BATCH + 1);
    ck_assert_uint_eq(stats.fallbacks, 0);
    for (int i = 0; i < BATCH; i++) {
        ck_assert_int_eq(puts[i].result, ST_OK);
        ck_assert_uint_eq(puts[i].runs, 1);
        ck_assert(is_stored(&t, puts[i].name));
    }
    temp_close(&t);
}
END_TEST

START_TEST(a_refusal_before_any_put_leaves_the_batch_whole)
{
    struct temp_store t;
    struct put puts[BATCH];
    struct store_writer_stats stats;
    temp_open(&t);
    name_puts(puts);
    puts[7].refuse = ST_QUOTA;
    run_batch(&t, puts, &stats);
    ck_assert_uint_eq(stats.fallbacks, 0);
    ck_assert_uint_eq(stats.failed_ops, 1);
    ck_assert_int_eq(puts[7].result, ST_QUOTA);
    ck_assert_str_eq(puts[7].text, "refused n7");
    ck_assert(!is_stored(&t, "n7"));
    ck_assert(is_stored(&t, "n6"));
    ck_assert(is_stored(&t, "n8"));
    temp_close(&t);
}
END_TEST

START_TEST(a_refusal_after_a_put_is_undone_and_the_others_run_again)
{
    struct temp_store t;
    struct put puts[BATCH];
    struct store_writer_stats stats;
    temp_open(&t);
    name_puts(puts);
    puts[7].refuse = ST_CONFLICT;
    puts[7].refuse_after_put = true;
    run_batch(&t, puts, &stats);
    ck_assert_uint_eq(stats.fallbacks, 1);
    ck_assert_int_eq(puts[7].result, ST_CONFLICT);
    ck_assert(!is_stored(&t, "n7"));
    for (int i = 0; i < BATCH; i++) {
        ck_assert(i == 7 || is_stored(&t, puts[i].name));
        ck_assert(i == 7 || puts[i].result == ST_OK);
    }
    ck_assert_uint_eq(puts[0].runs, 2);
    temp_close(&t);
}
END_TEST

START_TEST(a_full_queue_says_busy_and_forgets_nothing)
{
    struct temp_store t;
    struct error err = {0};
    atomic_bool go = false;
    struct store_op blocker = {.apply = blocker_apply, .done = blocker_done, .arg = &go};
    struct put puts[5] = {
        {.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}, {.name = "e"}};
    struct store_op ops[5];
    temp_open(&t);
    struct put first = {.name = "first"};
    struct store_op op = {.apply = put_apply, .done = put_done, .arg = &first};
    ck_status(store_submit(t.store, &op), ST_BUSY); /* no writer yet */
    ck_ok(store_writer_start(t.store, 3, &err));
    ck_status(store_submit(t.store, &blocker), ST_OK);
    struct store_writer_stats stats;
    do
        store_writer_stats(t.store, &stats);
    while (stats.queued > 0); /* until the writer holds the blocker */
    for (int i = 0; i < 5; i++) {
        ops[i] = (struct store_op){.apply = put_apply, .done = put_done, .arg = &puts[i]};
        ck_assert_int_eq(store_submit(t.store, &ops[i]), i < 3 ? ST_OK : ST_BUSY);
    }
    atomic_store(&go, true);
    store_writer_stop(t.store);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(atomic_load(&puts[i].over), i < 3);
    ck_assert(is_stored(&t, "c"));
    temp_close(&t);
}
END_TEST

START_TEST(apply_waits_for_its_commit_with_and_without_a_writer)
{
    struct temp_store t;
    struct error err = {0};
    struct put one = {.name = "one"}, two = {.name = "two"};
    struct put bad = {.name = "bad", .refuse = ST_LIMIT, .refuse_after_put = true};
    temp_open(&t);
    ck_ok(store_apply(t.store, put_apply, &one, &err));
    ck_assert(is_stored(&t, "one"));
    ck_status(store_apply(t.store, put_apply, &bad, &err), ST_LIMIT);
    ck_assert_str_eq(err.text, "refused bad");
    ck_ok(store_writer_start(t.store, 10, &err));
    ck_ok(store_apply(t.store, put_apply, &two, &err));
    ck_assert(is_stored(&t, "two"));
    ck_status(store_apply(t.store, put_apply, &bad, &err), ST_LIMIT);
    store_writer_stop(t.store);
    ck_assert(!is_stored(&t, "bad"));
    temp_close(&t);
}
END_TEST

static status get_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct store_user user;
    (void)err;
    (void)store_user_get(txn, *(uint64_t *)arg, &txn->scratch, &user);
    return ST_OK; /* an operation that forgets to look */
}

START_TEST(a_failure_inside_storage_reaches_the_caller)
{
    struct temp_store t;
    struct error err = {0};
    uint64_t id = 7;
    temp_open(&t);
    struct key key = key_of_u64(id);
    MDB_val k = {key.len, key.bytes}, v = {3, (void *)(uintptr_t) "bad"};
    ck_assert_int_eq(mdb_put(temp_write(&t)->mdb, t.store->dbi[TABLE_USER], &k, &v, 0), 0);
    temp_commit(&t);
    ck_status(store_apply(t.store, get_apply, &id, &err), ST_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "'user'"));
    temp_shut(&t);
    temp_remove(&t);
}
END_TEST

enum { THREADS = 4, PER_THREAD = 50 };

struct worker {
    struct temp_store *t;
    const char *failure; /* NULL = none */
};

static status count_apply(struct store_txn *txn, void *arg, struct error *err)
{
    uint64_t id;
    (void)arg;
    (void)err;
    TRY(store_next_id(txn, "shared", &id));
    return meta_add(txn, "sum", (int64_t)id);
}

/* Adds one number and reads the sum back; what went wrong, or NULL. */
static const char *round_trip(struct store *store, struct store_reader *reader)
{
    struct store_txn *txn;
    struct error err = {0};
    uint64_t sum, last;
    if (store_apply(store, count_apply, NULL, &err) != ST_OK)
        return "apply failed";
    if (store_read_begin(reader, &txn, &err) != ST_OK)
        return "no snapshot";
    bool read = meta_get(txn, "sum", &sum) == ST_OK && meta_get(txn, "id.shared", &last) == ST_OK;
    store_read_end(&txn);
    if (!read)
        return "get failed";
    return sum == last * (last + 1) / 2 ? NULL : "a snapshot saw half an operation";
}

static void *write_and_read(void *arg)
{
    struct worker *worker = arg;
    struct store_reader *reader = NULL;
    struct error err = {0};
    if (store_reader_create(worker->t->store, &reader, &err) != ST_OK)
        worker->failure = "no reader";
    for (unsigned i = 0; i < PER_THREAD && !worker->failure; i++)
        worker->failure = round_trip(worker->t->store, reader);
    store_reader_destroy(&reader);
    return NULL;
}

START_TEST(snapshots_of_many_threads_never_see_half_an_operation)
{
    struct temp_store t;
    struct error err = {0};
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    temp_open(&t);
    ck_ok(store_writer_start(t.store, 100, &err));
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){&t, NULL};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_and_read, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        ck_assert_msg(workers[i].failure == NULL, "%s", workers[i].failure);
    }
    store_writer_stop(t.store);
    uint64_t last;
    ck_status(meta_get(temp_read(&t), "id.shared", &last), ST_OK);
    ck_assert_uint_eq(last, THREADS * PER_THREAD);
    temp_close(&t);
}
END_TEST

struct fill {
    const char *name;
    bool remove;
};

static status fill_apply(struct store_txn *txn, void *arg, struct error *err)
{
    static char big[30000];
    struct fill *fill = arg;
    (void)err;
    if (fill->remove)
        return store_setting_del(txn, slice_of(fill->name));
    return store_setting_put(txn, slice_of(fill->name), slice_make(big, sizeof big));
}

/* A file system of 2 MB, mounted for this process alone; false where that is not allowed. */
static bool small_disk(struct temp_store *t)
{
    temp_dir(t);
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", t->dir, "tmpfs", 0, "size=2m,mode=700") == 0;
}

START_TEST(a_full_disk_refuses_puts_keeps_reading_and_recovers)
{
    struct temp_store t;
    struct error err = {0};
    struct store_writer_stats stats;
    enum status_code rc = ST_OK;
    char name[16];
    unsigned stored = 0;
    if (!small_disk(&t)) {
        (void)fprintf(stderr, "SKIPPED: a full disk needs the right to mount\n");
        temp_remove(&t);
        return;
    }
    temp_reopen(&t);
    ck_ok(store_writer_start(t.store, 10, &err));
    while (rc == ST_OK && stored < 1000) {
        (void)snprintf(name, sizeof name, "n%u", stored);
        rc = store_apply(t.store, fill_apply, &(struct fill){name, false}, &err);
        stored += rc == ST_OK;
    }
    ck_assert_msg(rc == ST_FULL, "%s: %s", status_slug(rc), err.text);
    ck_assert_uint_gt(stored, 10);
    ck_assert(is_stored(&t, "n0"));
    store_read_end(&t.r);
    for (unsigned i = 0; i < stored / 2; i++) {
        (void)snprintf(name, sizeof name, "n%u", i);
        ck_ok(store_apply(t.store, fill_apply, &(struct fill){name, true}, &err));
    }
    ck_ok(store_apply(t.store, fill_apply, &(struct fill){"again", false}, &err));
    store_writer_stats(t.store, &stats);
    ck_assert(!stats.failed);
    temp_close(&t);
}
END_TEST

START_TEST(the_beat_goes_on_without_work)
{
    struct temp_store t;
    struct error err = {0};
    struct store_writer_stats stats;
    temp_open(&t);
    ck_ok(store_writer_start(t.store, 10, &err));
    store_writer_stats(t.store, &stats);
    int64_t first = stats.beat_mono_ms;
    for (int i = 0; i < 300 && stats.beat_mono_ms == first; i++) {
        (void)usleep(10000);
        store_writer_stats(t.store, &stats);
    }
    ck_assert_int_gt(stats.beat_mono_ms, first);
    ck_assert(!stats.failed);
    temp_close(&t); /* closing stops the writer */
}
END_TEST

TEST_MAIN("writer", what_queues_together_is_committed_together,
          a_refusal_before_any_put_leaves_the_batch_whole,
          a_refusal_after_a_put_is_undone_and_the_others_run_again,
          a_full_queue_says_busy_and_forgets_nothing,
          apply_waits_for_its_commit_with_and_without_a_writer,
          a_failure_inside_storage_reaches_the_caller,
          snapshots_of_many_threads_never_see_half_an_operation,
          a_full_disk_refuses_puts_keeps_reading_and_recovers, the_beat_goes_on_without_work)

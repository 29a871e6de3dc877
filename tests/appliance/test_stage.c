/* stage.c with real storage: the snapshot of check, the writer's transaction of apply, both homes.
 */
#include "stage.h"

#include "app.h"
#include "lib/main.h"
#include "transport.h"

#include <ftw.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

status auth_call(struct call *call, struct error *err)
{
    (void)err;
    ck_assert_ptr_nonnull(call->txn);
    return ST_OK;
}
status rate_call(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}
void usage_call_done(struct call *call)
{
    ck_assert_ptr_null(call->txn);
}

static status get(struct call *call, slice *ret)
{
    return store_setting_get(call->txn, S("word"), &call->arena, ret);
}

static status read_check(struct call *call, struct error *err)
{
    slice *word = call_state(call, sizeof *word);
    status rc = get(call, word);
    (void)err;
    if (rc == ST_NOT_FOUND)
        *word = S("none");
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status read_reply(struct call *call, struct error *err)
{
    (void)err;
    ck_assert_ptr_null(call->txn);
    return reply_text(call, 200, *(slice *)call->state);
}

static bool fail_after_put;
static pthread_t apply_thread;
static status write_apply(struct call *call, struct error *err)
{
    apply_thread = pthread_self();
    ck_assert(store_txn_is_write(call->txn));
    TRY(store_setting_put(call->txn, S("word"), call->body));
    return fail_after_put ? error_set(err, ST_CONFLICT, "changed its mind") : ST_OK;
}

static status write_reply(struct call *call, struct error *err)
{
    (void)err;
    ck_assert_ptr_null(call->txn);
    return reply_empty(call, 204);
}

static status keep(struct call *call, struct error *err)
{
    (void)err;
    ck_assert(call->reply.complete);
    return store_setting_put(call->txn, S("kept"), S("yes"));
}

static status keeping_reply(struct call *call, struct error *err)
{
    (void)err;
    call->store_reply = keep;
    return reply_text(call, 200, S("kept"));
}

static const struct route rows[] = {
    {METHOD_GET, "/word", NEED_NOTHING, .check = read_check, .reply = read_reply},
    {METHOD_PUT, "/word", NEED_NOTHING, .apply = write_apply, .reply = write_reply},
    {METHOD_POST, "/kept", NEED_NOTHING, .reply = keeping_reply},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

/* --- storage in a directory of its own ----------------------------------------------------------
 */

static struct app app = {.magic = APP_MAGIC, .version = "1"};
static struct store_reader *reader;
static char dir[32];

static int drop(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void store_up(bool writer)
{
    static const unsigned char key[CRYPT_KEY_BYTES] = {1};
    struct error err;
    memcpy(dir, "/tmp/stage-XXXXXX", 18);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    const struct store_options options = {.dir = dir, .master_key = key, .map_bytes = 64 << 20};
    ck_ok(store_open(&options, &app.store, &err));
    if (writer)
        ck_ok(store_writer_start(app.store, 64, &err));
    ck_ok(store_reader_create(app.store, &reader, &err));
    ck_ok(route_init(&err));
}

static void store_down(void)
{
    store_reader_destroy(&reader);
    store_close(&app.store);
    ck_assert_int_eq(nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct call *begin(const struct transport *transport, enum method method, const char *path,
                          const char *body)
{
    struct call *call = call_create(&app, transport);
    call->method = method;
    call->path = slice_of(path);
    call->body = slice_of(body);
    call->reader = reader;
    call_prepare(call, /* is_host= */ true);
    return call;
}

static int run(enum method method, const char *path, const char *body, char answer[static 64])
{
    struct call *call = begin(&transport_inline, method, path, body);
    call_run_inline(call);
    int http_status = call->reply.http_status;
    (void)snprintf(answer, 64, "%.*s", SLICE_ARG(call->reply.bytes));
    call_unref(call);
    return http_status;
}

START_TEST(what_is_applied_is_read_by_the_next_call)
{
    char answer[64];
    store_up(/* writer= */ false);
    ck_assert_int_eq(run(METHOD_GET, "/word", "", answer), 200);
    ck_assert_str_eq(answer, "none");
    ck_assert_int_eq(run(METHOD_PUT, "/word", "hello", answer), 204);
    ck_assert_int_eq(run(METHOD_GET, "/word", "", answer), 200);
    ck_assert_str_eq(answer, "hello");
    store_down();
}
END_TEST

START_TEST(an_apply_that_fails_leaves_nothing)
{
    char answer[64];
    store_up(false);
    fail_after_put = true;
    ck_assert_int_eq(run(METHOD_PUT, "/word", "hello", answer), 409);
    fail_after_put = false;
    ck_assert_int_eq(run(METHOD_GET, "/word", "", answer), 200);
    ck_assert_str_eq(answer, "none");
    store_down();
}
END_TEST

START_TEST(an_answer_is_kept_before_it_is_sent)
{
    char answer[64];
    struct error err;
    store_up(false);
    ck_assert_int_eq(run(METHOD_POST, "/kept", "", answer), 200);
    struct store_txn *txn;
    struct arena arena;
    slice value;
    arena_init(&arena, 4096);
    ck_ok(store_read_begin(reader, &txn, &err));
    ck_status(store_setting_get(txn, S("kept"), &arena, &value), ST_OK);
    ck_slice(value, "yes");
    store_read_end(&txn);
    arena_finish(&arena);
    store_down();
}
END_TEST

/* --- the writer's thread ------------------------------------------------------------------------
 */

static pthread_mutex_t box_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t box_wake = PTHREAD_COND_INITIALIZER;
static int posted;

static void box_resume(struct call *call)
{
    (void)call;
    pthread_mutex_lock(&box_lock);
    posted++;
    pthread_cond_signal(&box_wake);
    pthread_mutex_unlock(&box_lock);
}
static void box_send(struct call *call)
{
    call_sent(call);
}
static const struct transport box = {.resume = box_resume, .send = box_send};

START_TEST(apply_runs_on_the_writer_and_comes_home)
{
    store_up(/* writer= */ true);
    struct call *call = begin(&box, METHOD_PUT, "/word", "hello");
    call_ref(call);
    call_begin(call);
    pthread_mutex_lock(&box_lock);
    while (!posted)
        pthread_cond_wait(&box_wake, &box_lock);
    pthread_mutex_unlock(&box_lock);
    ck_assert(!pthread_equal(apply_thread, pthread_self()));
    ck_assert(call->detached);
    call_resume(call);
    ck_assert_int_eq(call->reply.http_status, 204);
    ck_assert_int_eq(call->stage, STAGE_DONE);
    call_unref(call);
    store_down();
}
END_TEST

TEST_MAIN("stage", what_is_applied_is_read_by_the_next_call, an_apply_that_fails_leaves_nothing,
          an_answer_is_kept_before_it_is_sent, apply_runs_on_the_writer_and_comes_home)

/* call.c, stage.c, inline.c: the order of the stages, what each failure skips, who owns a call.
 *
 * A transport of the test's own stands in for a loop: what another thread posts is collected and
 * resumed here, so every order of events can be played. */
#include "call.h"

#include "app.h"
#include "lib/main.h"
#include "stage.h"
#include "transport.h"
#include "workers.h"

#include <pthread.h>

/* --- hooks of the gateway ----------------------------------------------------------------------
 */

static char trail[64]; /* one letter per thing that ran */
static pthread_mutex_t trail_lock = PTHREAD_MUTEX_INITIALIZER;

static void note(char letter)
{
    pthread_mutex_lock(&trail_lock);
    size_t len = strlen(trail);
    trail[len] = letter;
    pthread_mutex_unlock(&trail_lock);
}

static status auth_result, rate_result;
static bool rate_answers;

status auth_call(struct call *call, struct error *err)
{
    (void)call;
    note('a');
    return auth_result == ST_OK ? ST_OK : error_set(err, auth_result, "auth");
}

status rate_call(struct call *call, struct error *err)
{
    note('l');
    if (rate_answers) {
        TRY(reply_text(call, 200, S("replayed")));
        call_answered(call);
    }
    return rate_result == ST_OK ? ST_OK : error_set(err, rate_result, "rate");
}

void usage_call_done(struct call *call)
{
    (void)call;
    note('u');
}

/* --- stages that leave a trail ------------------------------------------------------------------
 */

static char fail_at;    /* the stage with this letter fails */
static bool skip, wait, short_work; /* check asks for it */
static pthread_t own_thread, check_thread, work_thread;

static status step(char letter, struct error *err)
{
    note(letter);
    return fail_at == letter ? error_set(err, ST_CONFLICT, "stage %c", letter) : ST_OK;
}

static status t_check(struct call *call, struct error *err)
{
    check_thread = pthread_self();
    if (skip)
        call_skip_to_reply(call);
    if (wait)
        call_recheck(call, 30);
    if (short_work)
        call_short_work(call);
    return step('c', err);
}
static status t_fetch(struct call *call, struct error *err)
{
    (void)call;
    return step('f', err);
}
static status t_work(struct call *call, struct error *err)
{
    (void)call;
    work_thread = pthread_self();
    return step('w', err);
}
static status t_reply(struct call *call, struct error *err)
{
    TRY(step('r', err));
    return reply_text(call, 200, S("done"));
}
static status t_silent(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}
static status t_hungry(struct call *call, struct error *err)
{
    (void)err;
    while (!call->arena.overflow)
        (void)arena_alloc(&call->arena, 1 << 20);
    return ST_OK;
}
static status t_cancelled(struct call *call, struct error *err)
{
    while (!call_cancelled(call))
        ;
    return error_set(err, ST_CANCELLED, "stopped");
}

static const struct route rows[] = {
    {METHOD_GET, "/full", NEED_NOTHING, .check = t_check, .fetch = t_fetch, .work = t_work,
     .reply = t_reply},
    {METHOD_GET, "/plain", NEED_NOTHING, .reply = t_reply},
    {METHOD_GET, "/silent", NEED_NOTHING, .reply = t_silent},
    {METHOD_GET, "/hungry", NEED_NOTHING, .work = t_hungry, .reply = t_reply},
    {METHOD_GET, "/slow", NEED_NOTHING, .work = t_cancelled, .reply = t_reply},
    {METHOD_GET, "/write", NEED_NOTHING, .check = t_check, .apply = t_work, .reply = t_reply},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

/* --- a loop of the test's own -------------------------------------------------------------------
 */

static struct app app = {.magic = APP_MAGIC, .version = "1"};
static pthread_mutex_t box_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t box_wake = PTHREAD_COND_INITIALIZER;
static struct call *posted;
static int32_t waited_ms;
static int sent;
static struct call *current; /* with a reference of the test's */

static void box_resume(struct call *call)
{
    pthread_mutex_lock(&box_lock);
    ck_assert_ptr_null(posted);
    posted = call;
    pthread_cond_signal(&box_wake);
    pthread_mutex_unlock(&box_lock);
}
static void box_wait(struct call *call, int32_t ms)
{
    (void)call;
    waited_ms = ms;
}
static void box_send(struct call *call)
{
    sent++;
    note('s');
    call_sent(call);
}
static const struct transport box = {.resume = box_resume, .wait = box_wait, .send = box_send};

static struct call *box_take(void)
{
    pthread_mutex_lock(&box_lock);
    while (!posted)
        pthread_cond_wait(&box_wake, &box_lock);
    struct call *call = posted;
    posted = NULL;
    pthread_mutex_unlock(&box_lock);
    return call;
}

static void box_begin(const struct transport *transport, const char *path)
{
    struct error err;
    ck_ok(route_init(&err));
    memset(trail, 0, sizeof trail);
    sent = 0;
    waited_ms = -1;
    own_thread = pthread_self();
    current = call_create(&app, transport);
    current->method = METHOD_GET;
    current->path = slice_of(path);
    current->query_text = (slice){NULL, 0};
    call_prepare(current, false);
    call_ref(current);
}

static void box_until_sent(void)
{
    while (!sent)
        call_resume(box_take());
}

static void box_end(void)
{
    ck_assert_int_eq(current->stage, STAGE_DONE);
    ck_assert_int_eq(current->refs, 1);
    call_unref(current);
    ck_assert_uint_eq(atomic_load(&app.calls_inflight), 0);
    ck_assert_uint_eq(atomic_load(&app.body_bytes), 0);
}

static void pools_up(void)
{
    struct error err;
    const struct workers_options options = {.name = "test", .threads = 1, .queue_max = 2};
    ck_ok(workers_create(&options, &app.workers, &err));
    ck_ok(workers_create(&options, &app.fetch_workers, &err));
}

static void pools_down(void)
{
    workers_destroy(&app.workers);
    workers_destroy(&app.fetch_workers);
}

/* --- the tests ----------------------------------------------------------------------------------
 */

START_TEST(stages_run_in_order_and_on_their_threads)
{
    pools_up();
    box_begin(&box, "/full");
    call_begin(current);
    box_until_sent();
    ck_assert_str_eq(trail, "alcfwrsu");
    ck_assert(pthread_equal(check_thread, own_thread));
    ck_assert(!pthread_equal(work_thread, own_thread));
    ck_slice(current->reply.bytes, "done");
    box_end();
    pools_down();
}
END_TEST

START_TEST(inline_runs_the_same_stages_in_one_thread)
{
    box_begin(&transport_inline, "/full");
    call_run_inline(current);
    ck_assert_str_eq(trail, "alcfwru");
    ck_assert(pthread_equal(work_thread, own_thread));
    ck_slice(current->reply.bytes, "done");
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(the_first_failure_goes_straight_to_the_error_answer)
{
    static const struct {
        char at;
        const char *trail;
    } cases[] = {{'c', "alcu"}, {'f', "alcfu"}, {'w', "alcfwu"}, {'r', "alcfwru"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        fail_at = cases[i].at;
        box_begin(&transport_inline, "/full");
        call_run_inline(current);
        ck_assert_str_eq(trail, cases[i].trail);
        ck_assert_int_eq(current->reply.http_status, 409);
        ck_assert_int_eq(current->result, ST_CONFLICT);
        call_unref(current);
        box_end();
    }
}
END_TEST

START_TEST(auth_and_rate_stand_before_check)
{
    auth_result = ST_UNAUTHENTICATED;
    box_begin(&transport_inline, "/full");
    call_run_inline(current);
    ck_assert_str_eq(trail, "au");
    ck_assert_int_eq(current->reply.http_status, 401);
    call_unref(current);
    box_end();
    auth_result = ST_OK;
    rate_result = ST_RATE;
    box_begin(&transport_inline, "/full");
    call_run_inline(current);
    ck_assert_str_eq(trail, "alu");
    ck_assert_int_eq(current->reply.http_status, 429);
    call_unref(current);
    box_end();
    rate_result = ST_OK;
}
END_TEST

START_TEST(a_hook_may_answer_by_itself)
{
    rate_answers = true;
    box_begin(&transport_inline, "/full");
    call_run_inline(current);
    rate_answers = false;
    ck_assert_str_eq(trail, "alu");
    ck_slice(current->reply.bytes, "replayed");
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(a_known_answer_skips_the_work)
{
    skip = true;
    box_begin(&transport_inline, "/full");
    call_run_inline(current);
    skip = false;
    ck_assert_str_eq(trail, "alcru");
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(short_work_stays_where_check_was)
{
    pools_up();
    short_work = true;
    box_begin(&box, "/full");
    call_begin(current);
    box_until_sent();
    short_work = false;
    ck_assert_str_eq(trail, "alcfwrsu");
    ck_assert(pthread_equal(work_thread, own_thread));
    box_end();
    pools_down();
}
END_TEST

START_TEST(a_long_poll_runs_check_again_without_the_gates)
{
    pools_up();
    wait = true;
    box_begin(&box, "/full");
    call_begin(current);
    ck_assert_int_eq(waited_ms, 30);
    ck_assert_str_eq(trail, "alc");
    wait = false;
    call_resume(current);
    box_until_sent();
    ck_assert_str_eq(trail, "alccfwrsu");
    box_end();
    pools_down();
}
END_TEST

START_TEST(a_client_that_leaves_while_waiting_ends_the_call)
{
    wait = true;
    box_begin(&box, "/full");
    call_begin(current);
    call_cancel(current);
    call_resume(current);
    wait = false;
    ck_assert_str_eq(trail, "alcsu");
    ck_assert_int_eq(current->result, ST_CANCELLED);
    box_end();
}
END_TEST

START_TEST(a_client_that_leaves_during_work_is_not_written_for)
{
    pools_up();
    box_begin(&box, "/slow");
    current->deadline_ms = 0;
    call_begin(current);
    call_cancel(current);
    box_until_sent();
    ck_assert_int_eq(current->result, ST_CANCELLED);
    ck_assert_str_eq(trail, "alsu");
    box_end();
    pools_down();
}
END_TEST

START_TEST(work_beyond_its_deadline_names_jobs)
{
    pools_up();
    box_begin(&box, "/slow");
    current->deadline_ms = 1;
    call_begin(current);
    box_until_sent();
    ck_assert_int_eq(current->result, ST_TIMEOUT);
    ck_assert_int_eq(current->reply.http_status, 422);
    ck_assert(slice_find(current->reply.bytes, S("/api/jobs"), &(size_t){0}));
    box_end();
    pools_down();
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int gate_entered;
static void gate_run(struct work_item *item)
{
    (void)item;
    atomic_fetch_add(&gate_entered, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

START_TEST(a_full_queue_is_503_with_a_time_to_come_back)
{
    struct work_item block[3] = {{.run = gate_run}, {.run = gate_run}, {.run = gate_run}};
    pools_up();
    pthread_mutex_lock(&gate);
    ck_status(workers_submit(app.workers, &block[0], WORK_INTERACTIVE), ST_OK);
    while (!atomic_load(&gate_entered))
        ;
    ck_status(workers_submit(app.workers, &block[1], WORK_INTERACTIVE), ST_OK);
    ck_status(workers_submit(app.workers, &block[2], WORK_INTERACTIVE), ST_OK);
    box_begin(&box, "/hungry");
    call_begin(current);
    ck_assert_int_eq(sent, 1);
    ck_assert_int_eq(current->reply.http_status, 503);
    ck_assert_int_eq(current->problem.retry_after_s, LIMIT_RETRY_AFTER_S);
    pthread_mutex_unlock(&gate);
    box_end();
    pools_down();
}
END_TEST

START_TEST(an_exhausted_arena_fails_the_stage)
{
    box_begin(&transport_inline, "/hungry");
    call_run_inline(current);
    ck_assert_int_eq(current->result, ST_TOO_LARGE);
    ck_assert_int_eq(current->reply.http_status, 413);
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(a_route_that_answers_nothing_is_500)
{
    box_begin(&transport_inline, "/silent");
    call_run_inline(current);
    ck_assert_int_eq(current->reply.http_status, 500);
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(writing_without_storage_is_500_not_a_crash)
{
    box_begin(&transport_inline, "/write");
    call_run_inline(current);
    ck_assert_int_eq(current->reply.http_status, 500);
    ck_assert_str_eq(trail, "alcu");
    call_unref(current);
    box_end();
}
END_TEST

START_TEST(an_unknown_path_meets_no_hook)
{
    box_begin(&transport_inline, "/nowhere");
    call_run_inline(current);
    ck_assert_str_eq(trail, "");
    ck_assert_int_eq(current->reply.http_status, 404);
    call_unref(current);
    box_end();
}
END_TEST

static int chunks;
static enum reply_next three(struct call *call, void *state, struct buf *chunk,
                             int32_t *ret_wait_ms)
{
    (void)call;
    (void)ret_wait_ms;
    buf_put_str(chunk, (const char *)state);
    return ++chunks == 3 ? REPLY_END : REPLY_MORE;
}

START_TEST(a_stream_without_connection_is_collected)
{
    static char text[] = "ab";
    const struct reply_stream stream = {.next = three, .state = text, .length = 6};
    box_begin(&transport_inline, "/plain");
    current->stage = STAGE_NEW;
    ck_status(reply_stream(current, 200, "text/plain", &stream), ST_OK);
    call_run_inline(current);
    ck_slice(current->reply.bytes, "ababab");
    call_unref(current);
    box_end();
}
END_TEST

TEST_MAIN("call", stages_run_in_order_and_on_their_threads,
          inline_runs_the_same_stages_in_one_thread,
          the_first_failure_goes_straight_to_the_error_answer, auth_and_rate_stand_before_check,
          a_hook_may_answer_by_itself, a_known_answer_skips_the_work,
          short_work_stays_where_check_was,
          a_long_poll_runs_check_again_without_the_gates,
          a_client_that_leaves_while_waiting_ends_the_call,
          a_client_that_leaves_during_work_is_not_written_for, work_beyond_its_deadline_names_jobs,
          a_full_queue_is_503_with_a_time_to_come_back, an_exhausted_arena_fails_the_stage,
          a_route_that_answers_nothing_is_500, writing_without_storage_is_500_not_a_crash,
          an_unknown_path_meets_no_hook, a_stream_without_connection_is_collected)

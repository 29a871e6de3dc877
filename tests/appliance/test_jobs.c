/* Tests of the runner: many jobs of many users, stopping, starting again, cancelling. */
#include "jobs.h"

#include "lib/job_fixture.h"
#include "workers.h"

#include <time.h>

static struct job_fixture f;

static void start_runner(unsigned threads)
{
    struct error err = {0};
    const struct workers_options options = {.name = "worker", .threads = threads, .queue_max = 64};
    ck_ok(workers_create(&options, &f.g.app.workers, &err));
    ck_ok(jobs_start(&f.g.app, &err));
}

static void stop_runner(void)
{
    jobs_stop(&f.g.app);
    jobs_stop(&f.g.app); /* again: nothing */
    jobs_destroy(&f.g.app);
    workers_destroy(&f.g.app.workers);
}

static uint64_t count(bool running)
{
    uint64_t queued_now, running_now;
    ck_status(store_job_count(temp_read(&f.g.t), &queued_now, &running_now), ST_OK);
    store_read_end(&f.g.t.r);
    return running ? running_now : queued_now;
}

/* Until nothing waits and nothing runs, or the test fails after 60 s. */
static void wait_for_all(void)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000000L};
    int64_t until_ms = clock_mono_ms() + 60000;
    while (count(false) + count(true) > 0) {
        ck_assert_msg(clock_mono_ms() < until_ms, "the jobs do not end");
        (void)nanosleep(&pause, NULL);
    }
}

START_TEST(all_jobs_of_all_users_end_and_are_billed)
{
    enum { USERS = 4, JOBS = 10 };
    char keys[USERS][API_KEY_LEN + 1];
    uint64_t users[USERS];
    jobs_open(&f, "pro");
    for (int u = 0; u < USERS; u++) {
        char email[32];
        (void)snprintf(email, sizeof email, "u%d@example.com", u);
        users[u] = gate_user(&f.g, email, "pro", SCOPES_ALL, keys[u], NULL);
    }
    start_runner(2);
    for (int i = 0; i < USERS * JOBS; i++) {
        char body[400];
        (void)snprintf(body, sizeof body,
                       "{\"kind\":\"detect\",\"input\":{\"seed\":%d," JOB_LOG("0.66") "}}", i);
        struct call *call = gate_run(&f.g, METHOD_POST, "/api/jobs", keys[i % USERS], body);
        gate_expect(call, 202, "queued");
        gate_end(call);
    }
    wait_for_all();
    for (int u = 0; u < USERS; u++) {
        struct store_usage_month month;
        ck_status(store_analyses_get(temp_read(&f.g.t), users[u], store_month(f.g.now_ms), &month),
                  ST_OK);
        ck_assert_uint_eq(month.analyses, JOBS);
        ck_assert_uint_eq(month.reserved, 0);
        store_read_end(&f.g.t.r);
    }
    struct jobs_stats stats;
    stop_runner();
    jobs_stats(&f.g.app, &stats); /* without a runner: zeroes */
    ck_assert_uint_eq(stats.ended, 0);
    jobs_close(&f);
}
END_TEST

/* Long enough to be in the middle of it: 10^6 resamples of 6,000 rows, half a minute of one core.
 */
static const char *long_job(void)
{
    enum { ROUNDS = 3000, ROW_MAX = 48 };
    static char body[2 * ROUNDS * ROW_MAX];
    size_t len = (size_t)snprintf(body, sizeof body,
                                  "{\"kind\":\"detect\",\"input\":{\"engine\":\"classic\","
                                  "\"run_bootstrap\":true,\"n_bootstrap\":1000000,\"csv_data\":"
                                  "\"time_period,algorithm,performance,constraint_compute\\n");
    for (int t = 1; t <= ROUNDS; t++)
        len +=
            (size_t)snprintf(body + len, sizeof body - len, "%d,A,0.%d,%d\\n%d,B,0.%d,%d\\n", t,
                             500 + t * 7 % 300, 100 + t % 13, t, 500 + t * 11 % 300, 100 + t % 17);
    len += (size_t)snprintf(body + len, sizeof body - len, "\"}}");
    ck_assert_uint_lt(len, sizeof body);
    return body;
}

static void wait_until_running(slice id)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000000L};
    int64_t until_ms = clock_mono_ms() + 20000;
    while (job_row(&f, id).done == 0) {
        ck_assert_msg(clock_mono_ms() < until_ms, "no progress");
        (void)nanosleep(&pause, NULL);
    }
}

START_TEST(a_stop_puts_running_jobs_back_and_the_next_start_runs_them)
{
    jobs_open(&f, "enterprise");
    slice id = job_post(&f, "/api/jobs", long_job());
    start_runner(2);
    wait_until_running(id);
    ck_assert_uint_eq(job_row(&f, id).state, STORE_JOB_RUNNING);
    int64_t begin_ms = clock_mono_ms();
    stop_runner();
    ck_assert_int_lt(clock_mono_ms() - begin_ms, 15000); /* half of the work */
    struct store_job row = job_row(&f, id);
    ck_assert_uint_eq(row.state, STORE_JOB_QUEUED);
    ck_assert_uint_eq(row.attempts, 0);
    start_runner(2);
    wait_until_running(id);
    stop_runner();
    jobs_close(&f);
}
END_TEST

START_TEST(a_cancelled_job_ends_long_before_its_work_and_progress_moves)
{
    jobs_open(&f, "enterprise");
    slice id = job_post(&f, "/api/jobs", long_job());
    start_runner(2);
    wait_until_running(id);
    struct store_job before = job_row(&f, id);
    ck_slice(before.phase, "bootstrap");
    int64_t begin_ms = clock_mono_ms();
    job_ask(&f, METHOD_DELETE, id, "", 204, ""); /* its reply stage calls jobs_cancel */
    wait_for_all();
    ck_assert_int_lt(clock_mono_ms() - begin_ms, 10000); /* the work takes minutes */
    ck_assert_uint_eq(job_row(&f, id).state, STORE_JOB_CANCELLED);
    stop_runner();
    jobs_close(&f);
}
END_TEST

TEST_MAIN("jobs", all_jobs_of_all_users_end_and_are_billed,
          a_stop_puts_running_jobs_back_and_the_next_start_runs_them,
          a_cancelled_job_ends_long_before_its_work_and_progress_moves)

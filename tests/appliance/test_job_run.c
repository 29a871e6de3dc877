/* Tests of one job's way from claim to end: billed once, ended once, the same bits each time. */
#include "lib/job_fixture.h"

static struct job_fixture f;

static void expect_state(slice id, enum store_job_state state)
{
    ck_assert_uint_eq(job_row(&f, id).state, state);
}

START_TEST(a_job_that_succeeds_is_billed_once_and_answers_like_the_call)
{
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.66"));
    job_expect_month(&f, 0, 1);
    job_ask(&f, METHOD_GET, id, "/result", 409, "job_not_finished");
    ck_assert(!job_run_next(&f));
    expect_state(id, STORE_JOB_SUCCEEDED);
    job_expect_month(&f, 1, 0);
    job_ask(&f, METHOD_GET, id, "", 200, "\"analyses_counted\":1");
    job_ask(&f, METHOD_GET, id, "/result", 200, "\"cbs_score\":");
    struct call *call = gate_run(&f.g, METHOD_POST, "/api/detect", f.key, "{" JOB_LOG("0.66") "}");
    gate_expect(call, 200, "\"from_cache\":true"); /* it is in the cache now, and was billed */
    gate_end(call);
    job_expect_month(&f, 1, 0);
    struct store_job row = job_row(&f, id);
    struct store_analysis analysis;
    ck_status(
        store_analysis_get(temp_read(&f.g.t), f.user_id, row.result_id, &f.g.t.arena, &analysis),
        ST_OK);
    ck_assert(slice_eq(analysis.job_id, id));
    jobs_close(&f);
}
END_TEST

START_TEST(what_is_in_the_cache_is_answered_and_not_billed_again)
{
    jobs_open(&f, "pro");
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.66"));
    slice again = job_post(&f, "/api/jobs", JOB_DETECT("0.66"));
    job_expect_month(&f, 0, 2);
    ck_assert(!job_run_next(&f));
    ck_assert(!job_run_next(&f));
    job_expect_month(&f, 1, 0);
    job_ask(&f, METHOD_GET, again, "/result", 200, "\"from_cache\":true");
    jobs_close(&f);
}
END_TEST

START_TEST(a_job_that_fails_tells_why_and_costs_nothing)
{
    jobs_open(&f, "pro");
    slice id =
        job_post(&f, "/api/jobs", "{\"kind\":\"detect\",\"input\":{\"csv_data\":\"a,b\\n\"}}");
    ck_assert(!job_run_next(&f));
    expect_state(id, STORE_JOB_FAILED);
    job_expect_month(&f, 0, 0);
    job_ask(&f, METHOD_GET, id, "", 200, "\"error\":{\"code\":\"invalid_data\"");
    job_ask(&f, METHOD_GET, id, "", 200, "\"errors\":[{");
    job_ask(&f, METHOD_GET, id, "/result", 409, "job_has_no_result");
    jobs_close(&f);
}
END_TEST

START_TEST(a_cancelled_job_costs_nothing_waiting_or_running)
{
    jobs_open(&f, "pro");
    slice waits = job_post(&f, "/api/jobs", JOB_DETECT("0.61"));
    job_ask(&f, METHOD_DELETE, waits, "", 204, "");
    job_ask(&f, METHOD_DELETE, waits, "", 409, "job_finished");
    expect_state(waits, STORE_JOB_CANCELLED);
    job_expect_month(&f, 0, 0);
    slice runs = job_post(&f, "/api/jobs", JOB_DETECT("0.62"));
    ck_status(job_claim(&f), ST_OK);
    job_ask(&f, METHOD_DELETE, runs, "", 204, "");
    expect_state(runs, STORE_JOB_RUNNING);
    /* The runner has not heard of it yet, and computes to the end: still not billed. */
    ck_assert(!job_run_execute(&f.run));
    expect_state(runs, STORE_JOB_CANCELLED);
    job_expect_month(&f, 0, 0);
    atomic_store(&f.run.stop, JOB_STOP_CANCEL);
    slice hears = job_post(&f, "/api/jobs", JOB_DETECT("0.63"));
    ck_status(job_claim(&f), ST_OK);
    job_ask(&f, METHOD_DELETE, hears, "", 204, "");
    ck_assert(!job_run_execute(&f.run));
    expect_state(hears, STORE_JOB_CANCELLED);
    jobs_close(&f);
}
END_TEST

static status requeue_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return store_job_requeue(txn, arg);
}

static status clear_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return store_cache_clear(txn, 0, arg);
}

START_TEST(after_three_crashes_a_job_fails)
{
    struct error err = {0};
    uint64_t count;
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.66"));
    for (int i = 0; i < JOB_ATTEMPTS_MAX; i++) {
        ck_status(job_claim(&f), ST_OK);
        ck_ok(store_apply(f.g.t.store, requeue_apply, &count, &err)); /* as a new process does */
    }
    ck_assert(!job_run_next(&f));
    expect_state(id, STORE_JOB_FAILED);
    job_ask(&f, METHOD_GET, id, "", 200, "\"code\":\"attempts\"");
    job_expect_month(&f, 0, 0);
    jobs_close(&f);
}
END_TEST

START_TEST(a_job_that_begins_again_gives_the_same_bits)
{
    struct error err = {0};
    uint64_t count;
    slice results[2];
    jobs_open(&f, "pro");
    static const char body[] =
        "{\"kind\":\"detect\",\"input\":{\"run_bootstrap\":true,\"n_bootstrap\":200,"
        "\"seed\":7," JOB_LOG("0.66") "}}";
    for (int i = 0; i < 2; i++) {
        slice id = job_post(&f, "/api/jobs", body);
        if (i == 1) { /* the first run dies in the middle: nothing of it was kept */
            ck_status(job_claim(&f), ST_OK);
            ck_ok(store_apply(f.g.t.store, requeue_apply, &count, &err));
        }
        ck_assert(!job_run_next(&f));
        struct store_job row = job_row(&f, id);
        ck_assert_uint_eq(row.attempts, (unsigned)i + 1);
        ck_status(store_job_data_get(temp_read(&f.g.t), f.user_id, id, STORE_JOB_RESULT,
                                     row.result_bytes, &f.g.t.arena, &results[i]),
                  ST_OK);
        store_read_end(&f.g.t.r);
        ck_ok(store_apply(f.g.t.store, clear_apply, &count, &err)); /* compute it again */
        ck_assert_uint_eq(count, 1);
    }
    ck_assert(slice_eq(job_member(&f, results[0], "bootstrap.psi.mean"),
                       job_member(&f, results[1], "bootstrap.psi.mean")));
    ck_assert(
        slice_eq(job_member(&f, results[0], "cbs_score"), job_member(&f, results[1], "cbs_score")));
    jobs_close(&f);
}
END_TEST

START_TEST(a_stop_gives_the_job_back_without_counting_the_attempt)
{
    jobs_open(&f, "pro");
    static const char body[] = "{\"kind\":\"detect\",\"input\":{\"run_bootstrap\":true,"
                               "\"n_bootstrap\":5000," JOB_LOG("0.66") "}}";
    slice id = job_post(&f, "/api/jobs", body);
    atomic_store(&f.run.stop, JOB_STOP_RETURN);
    ck_assert(job_run_next(&f));
    struct store_job row = job_row(&f, id);
    ck_assert_uint_eq(row.state, STORE_JOB_QUEUED);
    ck_assert_uint_eq(row.attempts, 0);
    job_expect_month(&f, 0, 1);
    jobs_close(&f);
}
END_TEST

START_TEST(a_job_beyond_its_deadline_fails)
{
    jobs_open(&f, "pro");
    static const char body[] = "{\"kind\":\"detect\",\"input\":{\"run_bootstrap\":true,"
                               "\"n_bootstrap\":5000," JOB_LOG("0.66") "}}";
    slice id = job_post(&f, "/api/jobs", body);
    f.g.config.jobs_deadline_minutes = 0;
    ck_assert(!job_run_next(&f));
    expect_state(id, STORE_JOB_FAILED);
    job_ask(&f, METHOD_GET, id, "", 200, "\"code\":\"deadline_exceeded\"");
    jobs_close(&f);
}
END_TEST

START_TEST(a_job_that_waited_too_long_expires)
{
    jobs_open(&f, "pro");
    f.g.now_ms -= 100 * 3600000LL;
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.66"));
    ck_assert(!job_run_next(&f));
    expect_state(id, STORE_JOB_EXPIRED);
    job_expect_month(&f, 0, 0);
    jobs_close(&f);
}
END_TEST

START_TEST(a_batch_keeps_the_order_and_bills_successes)
{
    static const char body[] = "{\"items\":[{\"id\":\"first\"," JOB_LOG(
        "0.66") "},{\"csv_data\":\"a,b\\n\"},"
                "{" JOB_LOG("0.66") "},{" JOB_LOG("0.67") "}]}";
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/analyze_batch", body);
    job_expect_month(&f, 0, 4);
    ck_assert(!job_run_next(&f));
    job_ask(&f, METHOD_GET, id, "/result", 200,
            "{\"count\":4,\"succeeded\":3,\"failed\":1,\"skipped\":0,\"items\":[{\"index\":0,"
            "\"id\":\"first\",\"status\":\"succeeded\",\"result\":{");
    job_ask(&f, METHOD_GET, id, "/result", 200,
            "{\"index\":1,\"id\":null,\"status\":\"failed\",\"error\":{\"code\":\"invalid_data\"");
    job_expect_month(&f, 2, 0); /* the third is the first again */
    jobs_close(&f);
}
END_TEST

START_TEST(a_batch_stops_at_an_error_when_asked_to)
{
    static const char body[] = "{\"stop_on_error\":true,\"items\":[{" JOB_LOG(
        "0.66") "},"
                "{\"csv_data\":\"a,b\\n\"},{" JOB_LOG("0.67") "}]}";
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/analyze_batch", body);
    ck_assert(!job_run_next(&f));
    job_ask(&f, METHOD_GET, id, "/result", 200, "\"succeeded\":1,\"failed\":1,\"skipped\":1,");
    job_expect_month(&f, 1, 0);
    jobs_close(&f);
}
END_TEST

START_TEST(ids_are_made_from_the_jobs_and_the_items)
{
    struct store_job job = {.id = S("job_01m8fe3cfhc751b2hax26pqfpy")};
    char id[STORE_ID_MAX];
    ck_slice(job_run_id(id, "ana", &job, 0), "ana_01m8fe3cfhc751b2hax26pqfpy");
    ck_slice(job_run_id(id, "ana", &job, 33), "ana_01m8fe3cfhc751b2hax26pqf11");
}
END_TEST

TEST_MAIN("job_run", a_job_that_succeeds_is_billed_once_and_answers_like_the_call,
          what_is_in_the_cache_is_answered_and_not_billed_again,
          a_job_that_fails_tells_why_and_costs_nothing,
          a_cancelled_job_costs_nothing_waiting_or_running, after_three_crashes_a_job_fails,
          a_job_that_begins_again_gives_the_same_bits,
          a_stop_gives_the_job_back_without_counting_the_attempt, a_job_beyond_its_deadline_fails,
          a_job_that_waited_too_long_expires, a_batch_keeps_the_order_and_bills_successes,
          a_batch_stops_at_an_error_when_asked_to, ids_are_made_from_the_jobs_and_the_items)

/* Tests of the routes for jobs: admission and its limits, what others may not see, asking again. */
#include "lib/job_fixture.h"

static struct job_fixture f;

static void refused(const char *path, const char *body, int http_status, const char *says)
{
    struct call *call = gate_run(&f.g, METHOD_POST, path, f.key, body);
    gate_expect(call, http_status, says);
    gate_end(call);
}

START_TEST(a_job_is_accepted_with_its_place_and_its_reservation)
{
    jobs_open(&f, "pro");
    struct call *call = gate_run(&f.g, METHOD_POST, "/api/jobs", f.key, JOB_DETECT("0.66"));
    gate_expect(call, 202, "\"state\":\"queued\"");
    ck_assert(slice_has_prefix(gate_reply_header(call, "location"), S("/api/jobs/job_")));
    ck_slice(gate_reply_header(call, "sleuth-analyses-counted"), "0");
    gate_end(call);
    slice second = job_post(&f, "/api/jobs", JOB_DETECT("0.67"));
    job_ask(&f, METHOD_GET, second, "", 200, "\"position\":1");
    job_ask(&f, METHOD_GET, second, "", 200, "\"analyses_reserved\":1");
    job_expect_month(&f, 0, 2);
    jobs_close(&f);
}
END_TEST

START_TEST(what_cannot_run_is_refused_before_it_is_queued)
{
    static const struct {
        const char *body;
        int http_status;
        const char *says;
    } cases[] = {
        {"{", 400, "invalid_json"},
        {"{\"input\":{}}", 400, "kind"},
        {"{\"kind\":\"dance\",\"input\":{}}", 400, "kind_unknown"},
        {"{\"kind\":\"detect\"}", 400, "input"},
        {"{\"kind\":\"detect\",\"input\":[1]}", 400, "input"},
        {"{\"kind\":\"detect\",\"input\":{}}", 400, "csv_data"},
        {"{\"kind\":\"detect\",\"input\":{},\"x\":1}", 400, "unknown_field"},
        {"{\"kind\":\"detect\",\"priority\":256,\"input\":{" JOB_LOG("0.6") "}}", 400, "priority"},
        {"{\"kind\":\"detect\",\"input\":{\"run_bootstrap\":true,\"n_bootstrap\":10001," JOB_LOG(
             "0.6") "}}",
         422, "n_bootstrap"},
        {"{\"kind\":\"batch\",\"input\":{\"items\":[]}}", 400, "items"},
        {"{\"kind\":\"batch\",\"input\":{\"items\":[1]}}", 400, "item 0"},
        {"{\"kind\":\"detect\",\"callback_url\":\"https://example.com/\",\"input\":{" JOB_LOG(
             "0.6") "}}",
         403, "plan_required"},
    };
    jobs_open(&f, "pro");
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        refused("/api/jobs", cases[i].body, cases[i].http_status, cases[i].says);
    job_expect_month(&f, 0, 0);
    f.g.content_type = "text/csv";
    refused("/api/jobs", "a,b", 415, "unsupported_media_type");
    jobs_close(&f);
}
END_TEST

START_TEST(the_queue_is_bounded_for_all_and_for_one)
{
    jobs_open(&f, "pro");
    f.g.config.jobs_queue_user_max = 2;
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.61"));
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.62"));
    refused("/api/jobs", JOB_DETECT("0.63"), 429, "job_limit");
    f.g.config.jobs_queue_user_max = 100;
    f.g.config.jobs_queue_max = 2;
    struct call *call = gate_run(&f.g, METHOD_POST, "/api/jobs", f.key, JOB_DETECT("0.63"));
    gate_expect(call, 503, "job_queue_full");
    ck_slice(gate_reply_header(call, "retry-after"), "30");
    gate_end(call);
    f.g.config.jobs_queue_max = 100;
    f.g.config.jobs_store_mib = 0;
    refused("/api/jobs", JOB_DETECT("0.63"), 503, "job_queue_full");
    job_expect_month(&f, 0, 2);
    jobs_close(&f);
}
END_TEST

START_TEST(reservations_cannot_overshoot_the_month)
{
    jobs_open(&f, "pro");
    f.g.plans.plan[PLAN_PRO].analyses_per_month = 3;
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.61"));
    refused("/api/analyze_batch",
            "{\"items\":[{" JOB_LOG("0.6") "},{" JOB_LOG("0.5") "},{" JOB_LOG("0.4") "}]}", 429,
            "monthly_quota_exceeded");
    slice id = job_post(&f, "/api/analyze_batch",
                        "{\"items\":[{" JOB_LOG("0.6") "},{" JOB_LOG("0.5") "}]}");
    refused("/api/jobs", JOB_DETECT("0.63"), 429, "monthly_quota_exceeded");
    job_ask(&f, METHOD_DELETE, id, "", 204, "");
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.63"));
    job_expect_month(&f, 0, 2);
    jobs_close(&f);
}
END_TEST

START_TEST(free_users_have_no_jobs)
{
    jobs_open(&f, "free");
    refused("/api/jobs", JOB_DETECT("0.6"), 403, "plan_required");
    gate_header(&f.g, "prefer", "respond-async");
    struct call *call = gate_run(&f.g, METHOD_POST, "/api/detect", f.key, "{" JOB_LOG("0.6") "}");
    gate_expect(call, 200, "cbs_score"); /* a preference may be ignored */
    gate_end(call);
    jobs_close(&f);
}
END_TEST

START_TEST(a_detection_is_done_later_when_the_client_prefers_it)
{
    jobs_open(&f, "pro");
    gate_header(&f.g, "prefer", "wait=1, Respond-Async");
    struct call *call = gate_run(&f.g, METHOD_POST, "/api/detect", f.key, "{" JOB_LOG("0.6") "}");
    gate_expect(call, 202, "\"kind\":\"detect\"");
    ck_slice(gate_reply_header(call, "preference-applied"), "respond-async");
    slice id = arena_copy(&f.g.t.arena, job_member(&f, gate_body(call), "job.id"));
    gate_end(call);
    ck_assert(!job_run_next(&f));
    job_ask(&f, METHOD_GET, id, "/result", 200, "cbs_score");
    gate_header(&f.g, "prefer", "respond-async");
    f.g.content_type = "text/csv";
    gate_header(&f.g, "content-type", "text/csv");
    call = gate_run(&f.g, METHOD_POST, "/api/detect", f.key,
                    "time_period,algorithm,performance,constraint_a\n1,A,.5,1\n1,B,.6,1\n"
                    "2,A,.5,2\n2,B,.6,3\n");
    gate_expect(call, 202, "queued");
    id = arena_copy(&f.g.t.arena, job_member(&f, gate_body(call), "job.id"));
    gate_end(call);
    ck_assert(!job_run_next(&f));
    job_ask(&f, METHOD_GET, id, "/result", 200, "\"num_rows\":4");
    job_expect_month(&f, 2, 0);
    jobs_close(&f);
}
END_TEST

START_TEST(others_see_nothing)
{
    char other[API_KEY_LEN + 1];
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    (void)gate_user(&f.g, "b@example.com", "pro", SCOPES_ALL, other, NULL);
    memcpy(f.key, other, sizeof other);
    job_ask(&f, METHOD_GET, id, "", 404, "job_not_found");
    job_ask(&f, METHOD_GET, id, "/result", 404, "job_not_found");
    job_ask(&f, METHOD_DELETE, id, "", 404, "job_not_found");
    job_ask(&f, METHOD_POST, id, "/retry", 404, "job_not_found");
    struct call *call = gate_run(&f.g, METHOD_GET, "/api/jobs", f.key, "");
    gate_expect(call, 200, "\"jobs\":[]");
    gate_end(call);
    ck_status(job_claim(&f), ST_OK); /* and it still waits */
    jobs_close(&f);
}
END_TEST

START_TEST(the_list_is_filtered_by_state)
{
    static const struct {
        const char *query, *says;
        int http_status;
    } cases[] = {{"state=queued", "\"state\":\"queued\"", 200},
                 {"state=cancelled", "\"state\":\"cancelled\"", 200},
                 {"state=failed", "\"jobs\":[]", 200},
                 {"state=lost", "state_unknown", 400},
                 {"cursor=%21", "invalid_cursor", 400}};
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    job_ask(&f, METHOD_DELETE, id, "", 204, "");
    (void)job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        f.g.query = cases[i].query;
        struct call *call = gate_run(&f.g, METHOD_GET, "/api/jobs", f.key, "");
        gate_expect(call, cases[i].http_status, cases[i].says);
        gate_end(call);
    }
    jobs_close(&f);
}
END_TEST

START_TEST(a_failed_job_can_be_asked_for_again)
{
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    job_ask(&f, METHOD_POST, id, "/retry", 409, "job_not_failed");
    job_ask(&f, METHOD_DELETE, id, "", 204, "");
    char path[100];
    (void)snprintf(path, sizeof path, "/api/jobs/%s/retry", id.ptr);
    slice again = job_post(&f, path, "");
    ck_assert(!slice_eq(id, again));
    ck_assert(!job_run_next(&f));
    ck_assert(slice_eq(f.job.id, again));
    job_ask(&f, METHOD_GET, again, "/result", 200, "cbs_score");
    job_ask(&f, METHOD_POST, again, "/retry", 409, "job_not_failed");
    job_expect_month(&f, 1, 0);
    jobs_close(&f);
}
END_TEST

static status sweep_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return store_sweep(txn, *(int64_t *)arg, 100, &(size_t){0});
}

START_TEST(after_its_retention_an_answer_is_gone_and_the_job_is_remembered)
{
    struct error err = {0};
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    ck_assert(!job_run_next(&f));
    int64_t later = f.g.now_ms + 366 * 86400000LL;
    ck_ok(store_apply(f.g.t.store, sweep_apply, &later, &err));
    job_ask(&f, METHOD_GET, id, "/result", 410, "job_result_gone");
    job_ask(&f, METHOD_GET, id, "", 200, "\"state\":\"succeeded\"");
    later += STORE_JOB_KEPT_MS;
    ck_ok(store_apply(f.g.t.store, sweep_apply, &later, &err));
    job_ask(&f, METHOD_GET, id, "", 404, "job_not_found");
    jobs_close(&f);
}
END_TEST

START_TEST(a_tag_tells_news_from_what_is_known)
{
    jobs_open(&f, "pro");
    slice id = job_post(&f, "/api/jobs", JOB_DETECT("0.6"));
    char path[100];
    (void)snprintf(path, sizeof path, "/api/jobs/%s", id.ptr);
    struct call *call = gate_run(&f.g, METHOD_GET, path, f.key, "");
    char tag[64];
    (void)snprintf(tag, sizeof tag, SLICE_FMT, SLICE_ARG(gate_reply_header(call, "etag")));
    ck_slice(gate_reply_header(call, "retry-after"), "1");
    gate_end(call);
    gate_header(&f.g, "if-none-match", tag);
    call = gate_run(&f.g, METHOD_GET, path, f.key, "");
    ck_assert_int_eq(call->reply.http_status, 304);
    gate_end(call);
    gate_header(&f.g, "if-none-match", tag);
    f.g.query = "wait=20";
    call = gate_run(&f.g, METHOD_GET, path, f.key, "");
    ck_assert_int_gt(call->recheck_ms, 0); /* no news: the loop would look again */
    gate_end(call);
    ck_assert(!job_run_next(&f));
    gate_header(&f.g, "if-none-match", tag);
    f.g.query = "wait=20";
    call = gate_run(&f.g, METHOD_GET, path, f.key, "");
    gate_expect(call, 200, "succeeded");
    gate_end(call);
    jobs_close(&f);
}
END_TEST

TEST_MAIN("api_jobs", a_job_is_accepted_with_its_place_and_its_reservation,
          what_cannot_run_is_refused_before_it_is_queued, the_queue_is_bounded_for_all_and_for_one,
          reservations_cannot_overshoot_the_month, free_users_have_no_jobs,
          a_detection_is_done_later_when_the_client_prefers_it, others_see_nothing,
          the_list_is_filtered_by_state, a_failed_job_can_be_asked_for_again,
          after_its_retention_an_answer_is_gone_and_the_job_is_remembered,
          a_tag_tells_news_from_what_is_known)

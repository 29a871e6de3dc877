/* Tests of the queue: bounds, fairness, exactly one end, restart after a crash. */
#include "lib/temp_store.h"

static status add_job(struct temp_store *t, uint64_t user_id, const char *id, uint64_t priority)
{
    struct store_job job = {.id = slice_of(id),
                            .user_id = user_id,
                            .priority = priority,
                            .kind = S("detect"),
                            .expires_ms = T0_MS + 1000};
    return store_job_add(temp_write(t), &job, 8);
}

static unsigned slots(struct store_txn *txn, uint64_t user_id, void *arg)
{
    (void)txn;
    (void)user_id;
    return *(unsigned *)arg;
}

static status claim_job(struct temp_store *t, unsigned slots_max, struct store_job *ret)
{
    struct store_claim claim = {.now_ms = T0_MS, .slots_max = slots, .arg = &slots_max};
    return store_job_claim(temp_write(t), &claim, &t->arena, ret);
}

START_TEST(users_take_turns_and_priority_goes_first_within_one)
{
    static const char *const expected[] = {"a_urgent", "b_first", "a_first", "b_second",
                                           "a_second"};
    struct temp_store t;
    struct store_job job;
    temp_open(&t);
    ck_status(add_job(&t, 1, "a_first", 5), ST_OK);
    ck_status(add_job(&t, 1, "a_second", 5), ST_OK);
    ck_status(add_job(&t, 1, "a_urgent", 1), ST_OK);
    ck_status(add_job(&t, 9, "b_first", 5), ST_OK);
    ck_status(add_job(&t, 9, "b_second", 5), ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        ck_status(claim_job(&t, 10, &job), ST_OK);
        ck_slice(job.id, expected[i]);
        ck_assert_uint_eq(job.attempts, 1);
    }
    ck_status(claim_job(&t, 10, &job), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_user_runs_no_more_jobs_than_slots)
{
    struct temp_store t;
    struct store_job job;
    uint64_t queued, running;
    temp_open(&t);
    for (int i = 0; i < 3; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "j%d", i);
        ck_status(add_job(&t, 1, id, 0), ST_OK);
        ck_status(add_job(&t, 2, id, 0), ST_OK);
    }
    for (int i = 0; i < 4; i++)
        ck_status(claim_job(&t, 2, &job), ST_OK);
    ck_status(claim_job(&t, 2, &job), ST_NOT_FOUND);
    ck_status(store_job_count(&t.w, &queued, &running), ST_OK);
    ck_assert_uint_eq(queued, 2);
    ck_assert_uint_eq(running, 4);
    job.state = STORE_JOB_SUCCEEDED;
    ck_status(store_job_finish(&t.w, &job), ST_OK);
    ck_status(claim_job(&t, 2, &job), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(the_queue_is_bounded_and_ids_are_unique)
{
    struct temp_store t;
    temp_open(&t);
    for (int i = 0; i < 8; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "j%d", i);
        ck_status(add_job(&t, 1, id, 0), ST_OK);
    }
    ck_status(add_job(&t, 1, "j3", 0), ST_CONFLICT);
    ck_status(add_job(&t, 2, "j8", 0), ST_BUSY);
    struct store_job job;
    uint64_t position;
    ck_status(store_job_get(&t.w, 1, S("j3"), &t.arena, &job), ST_OK);
    ck_status(store_job_position(&t.w, &job, &position), ST_OK);
    ck_assert_uint_eq(position, 3);
    ck_status(store_job_get(&t.w, 2, S("j3"), &t.arena, &job), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_job_ends_exactly_once)
{
    struct temp_store t;
    struct store_job job, back;
    temp_open(&t);
    ck_status(add_job(&t, 1, "j", 0), ST_OK);
    struct store_job_step step = {S("bootstrap"), 40, 100, T0_MS + 7};
    bool cancel = true;
    ck_status(store_job_progress(&t.w, 1, S("j"), &step, &cancel), ST_CONFLICT); /* not running */
    ck_status(claim_job(&t, 1, &job), ST_OK);
    ck_status(store_job_progress(&t.w, 1, S("j"), &step, &cancel), ST_OK);
    ck_assert(!cancel);
    ck_status(store_job_progress(&t.w, 1, S("j"), &step, &cancel), ST_OK); /* nothing moved */
    job.state = STORE_JOB_SUCCEEDED;
    job.result_id = S("ana_1");
    ck_status(store_job_finish(&t.w, &job), ST_OK);
    job.state = STORE_JOB_FAILED;
    ck_status(store_job_finish(&t.w, &job), ST_CONFLICT);
    ck_status(store_job_cancel(&t.w, 1, S("j"), T0_MS), ST_CONFLICT);
    ck_status(store_job_get(&t.w, 1, S("j"), &t.arena, &back), ST_OK);
    ck_assert_uint_eq(back.state, STORE_JOB_SUCCEEDED);
    ck_slice(back.result_id, "ana_1");
    ck_slice(back.phase, "bootstrap"); /* the caller's copy was older */
    ck_assert_int_eq(back.phase_ms, T0_MS + 7);
    ck_assert_uint_eq(back.done, 100); /* of 100: it succeeded */
    ck_assert_uint_eq(back.rev, 4);    /* added, claimed, progress, finished */
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(cancelling_ends_what_waits_and_asks_what_runs)
{
    struct temp_store t;
    struct store_job job;
    temp_open(&t);
    ck_status(add_job(&t, 1, "runs", 0), ST_OK);
    ck_status(add_job(&t, 1, "waits", 0), ST_OK);
    ck_status(claim_job(&t, 1, &job), ST_OK);
    ck_status(store_job_cancel(&t.w, 1, S("waits"), T0_MS + 3), ST_OK);
    ck_status(store_job_cancel(&t.w, 1, S("runs"), T0_MS + 3), ST_OK);
    ck_status(store_job_cancel(&t.w, 2, S("runs"), T0_MS + 3), ST_NOT_FOUND);
    ck_status(store_job_get(&t.w, 1, S("waits"), &t.arena, &job), ST_OK);
    ck_assert_uint_eq(job.state, STORE_JOB_CANCELLED);
    ck_assert_int_eq(job.finished_ms, T0_MS + 3);
    ck_status(store_job_get(&t.w, 1, S("runs"), &t.arena, &job), ST_OK);
    ck_assert_uint_eq(job.state, STORE_JOB_RUNNING);
    ck_assert(job.cancel_requested);
    bool wanted = false;
    ck_status(store_job_wants_cancel(&t.w, 1, S("runs"), &wanted), ST_OK);
    ck_assert(wanted);
    ck_status(store_job_wants_cancel(&t.w, 2, S("runs"), &wanted), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(after_a_crash_running_jobs_wait_again)
{
    struct temp_store t;
    struct store_job job;
    uint64_t requeued, queued, running;
    temp_open(&t);
    ck_status(add_job(&t, 1, "j", 0), ST_OK);
    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        ck_status(claim_job(&t, 1, &job), ST_OK);
        ck_assert_uint_eq(job.attempts, attempt);
        temp_commit(&t);
        temp_shut(&t);
        temp_reopen(&t);
        ck_status(store_job_requeue(temp_write(&t), &requeued), ST_OK);
        ck_assert_uint_eq(requeued, 1);
        ck_status(store_job_requeue(temp_write(&t), &requeued), ST_OK);
        ck_assert_uint_eq(requeued, 0);
    }
    ck_status(store_job_count(&t.w, &queued, &running), ST_OK);
    ck_assert_uint_eq(queued, 1);
    ck_assert_uint_eq(running, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(an_attempt_that_was_given_back_does_not_count)
{
    struct temp_store t;
    struct store_job job;
    temp_open(&t);
    ck_status(add_job(&t, 1, "j", 0), ST_OK);
    ck_status(store_job_return(&t.w, 1, S("j")), ST_CONFLICT);
    for (int i = 0; i < 3; i++) {
        ck_status(claim_job(&t, 1, &job), ST_OK);
        ck_assert_uint_eq(job.attempts, 1);
        ck_status(store_job_return(&t.w, 1, S("j")), ST_OK);
    }
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(jobs_are_found_by_id_and_counted_by_user)
{
    struct temp_store t;
    struct store_job job;
    uint64_t count;
    temp_open(&t);
    for (int i = 0; i < 4; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "j%d", i);
        ck_status(add_job(&t, (uint64_t)i % 2 + 1, id, 0), ST_OK);
    }
    ck_status(store_job_find(&t.w, S("j3"), &t.arena, &job), ST_OK);
    ck_assert_uint_eq(job.user_id, 2);
    ck_status(store_job_find(&t.w, S("j9"), &t.arena, &job), ST_NOT_FOUND);
    ck_status(store_job_waiting(&t.w, 1, 9, &count), ST_OK);
    ck_assert_uint_eq(count, 2);
    ck_status(store_job_waiting(&t.w, 1, 1, &count), ST_OK);
    ck_assert_uint_eq(count, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_job_that_waits_too_long_expires_and_is_forgotten_later)
{
    struct temp_store t;
    struct store_job job;
    struct store_usage_month month;
    size_t count;
    const struct store_spend spend = {.user_id = 1, .at_ms = T0_MS, .count = 1, .limit = 9};
    temp_open(&t);
    ck_status(add_job(&t, 1, "j", 0), ST_OK);
    ck_status(store_job_data_put(&t.w, 1, S("j"), STORE_JOB_INPUT, S("{}")), ST_OK);
    ck_status(store_reserve(&t.w, S("j"), &spend, T0_MS + 5000), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 999, 10, &count), ST_OK);
    ck_assert_uint_eq(count, 0);
    ck_status(store_sweep(&t.w, T0_MS + 1000, 10, &count), ST_OK);
    ck_assert_uint_eq(count, 1);
    ck_status(store_job_get(&t.w, 1, S("j"), &t.arena, &job), ST_OK);
    ck_assert_uint_eq(job.state, STORE_JOB_EXPIRED);
    ck_assert(job.is_dropped);
    ck_status(store_analyses_get(&t.w, 1, store_month(T0_MS), &month), ST_OK);
    ck_assert_uint_eq(month.reserved, 0);
    ck_status(store_sweep(&t.w, T0_MS + 1000 + STORE_JOB_KEPT_MS, 10, &count), ST_OK);
    ck_status(store_job_get(&t.w, 1, S("j"), &t.arena, &job), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_running_job_is_left_to_its_deadline)
{
    struct temp_store t;
    struct store_job job;
    size_t count;
    temp_open(&t);
    ck_status(add_job(&t, 1, "j", 0), ST_OK);
    ck_status(claim_job(&t, 1, &job), ST_OK);
    ck_status(store_sweep(&t.w, T0_MS + 2000, 10, &count), ST_OK);
    ck_status(store_job_get(&t.w, 1, S("j"), &t.arena, &job), ST_OK);
    ck_assert_uint_eq(job.state, STORE_JOB_RUNNING);
    ck_assert(!job.is_dropped);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("jobs", users_take_turns_and_priority_goes_first_within_one,
          a_user_runs_no_more_jobs_than_slots, the_queue_is_bounded_and_ids_are_unique,
          a_job_ends_exactly_once, cancelling_ends_what_waits_and_asks_what_runs,
          after_a_crash_running_jobs_wait_again, an_attempt_that_was_given_back_does_not_count,
          jobs_are_found_by_id_and_counted_by_user,
          a_job_that_waits_too_long_expires_and_is_forgotten_later,
          a_running_job_is_left_to_its_deadline)

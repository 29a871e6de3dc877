/* Tests of what becomes a delivery: who wants what, told once, plan and configuration. */
#include "events.h"

#include "json.h"
#include "lib/job_fixture.h"

static struct job_fixture f;

static void open_with_hook(const char *plan, const char *events)
{
    struct error err = {0};
    jobs_open(&f, plan);
    f.g.config.hooks_enabled = true;
    store_writer_stop(f.g.t.store);
    struct store_hook hook = {.id = S("hok_1"),
                              .user_id = f.user_id,
                              .url = S("https://example.com/h"),
                              .events = slice_of(events),
                              .enabled = true};
    ck_status(store_hook_add(temp_write(&f.g.t), &hook), ST_OK);
    hook.id = S("hok_2");
    hook.enabled = false;
    ck_status(store_hook_add(temp_write(&f.g.t), &hook), ST_OK);
    temp_commit(&f.g.t);
    ck_ok(store_writer_start(f.g.t.store, 64, &err));
}

static size_t deliveries(struct store_delivery **ret)
{
    struct store_page page = {0};
    ck_status(store_delivery_list(temp_read(&f.g.t), f.user_id, &page, &f.g.t.arena, ret), ST_OK);
    store_read_end(&f.g.t.r);
    return page.count;
}

static status add_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return event_add(&f.g.app, txn, arg);
}

static status quota_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return event_quota(&f.g.app, txn, arg);
}

static void add(const char *type, const char *cause)
{
    struct error err = {0};
    struct event event = {.user_id = f.user_id,
                          .type = type,
                          .cause = slice_of(cause),
                          .data = S("{\"a\":1}"),
                          .now_ms = f.g.now_ms};
    ck_ok(store_apply(f.g.t.store, add_apply, &event, &err));
}

START_TEST(an_event_becomes_one_delivery_per_hook_that_wants_it)
{
    struct store_delivery *rows;
    open_with_hook("business", "job.finished,quota.threshold");
    add(EVENT_JOB_FINISHED, "job_1");
    add(EVENT_JOB_FINISHED, "job_1"); /* the writer ran the batch again */
    add(EVENT_VERDICT_CHANGED, "prj_1/00000001");
    ck_assert_uint_eq(deliveries(&rows), 1);
    ck_slice(rows[0].type, "job.finished");
    ck_slice(rows[0].hook_id, "hok_1");
    ck_slice(rows[0].url, "https://example.com/h");
    ck_assert_int_eq(rows[0].next_ms, f.g.now_ms);
    ck_assert_uint_eq(rows[0].id.len, 30);
    ck_assert(slice_eq(job_member(&f, rows[0].body, "id"), rows[0].id));
    ck_slice(job_member(&f, rows[0].body, "object"), "event");
    ck_slice(job_member(&f, rows[0].body, "data.object.a"), "1");
    add(EVENT_JOB_FINISHED, "job_2");
    ck_assert_uint_eq(deliveries(&rows), 2);
    jobs_close(&f);
}
END_TEST

START_TEST(a_hook_without_a_list_wants_everything)
{
    struct store_delivery *rows;
    open_with_hook("business", "");
    add(EVENT_JOB_FINISHED, "job_1");
    add(EVENT_VERDICT_CHANGED, "prj_1/00000001");
    ck_assert_uint_eq(deliveries(&rows), 2);
    jobs_close(&f);
}
END_TEST

START_TEST(nothing_is_told_while_switched_off_or_below_business)
{
    struct store_delivery *rows;
    open_with_hook("business", "");
    f.g.config.hooks_enabled = false;
    add(EVENT_JOB_FINISHED, "job_1");
    ck_assert_uint_eq(deliveries(&rows), 0);
    jobs_close(&f);
    open_with_hook("pro", "");
    add(EVENT_JOB_FINISHED, "job_1");
    ck_assert_uint_eq(deliveries(&rows), 0);
    jobs_close(&f);
}
END_TEST

START_TEST(crossing_80_and_100_percent_is_told_once_each)
{
    struct error err = {0};
    struct store_delivery *rows;
    static const struct {
        uint64_t before, after;
        size_t told;
    } steps[] = {{0, 79, 0}, {79, 80, 1}, {80, 81, 1}, {79, 80, 1}, {81, 100, 2}, {100, 100, 2}};
    open_with_hook("business", "quota.threshold");
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct quota_step step = {f.user_id, steps[i].before, steps[i].after, 100, f.g.now_ms};
        ck_ok(store_apply(f.g.t.store, quota_apply, &step, &err));
        ck_assert_uint_eq(deliveries(&rows), steps[i].told);
    }
    struct quota_step none = {f.user_id, 0, 1000, UINT64_MAX, f.g.now_ms};
    ck_ok(store_apply(f.g.t.store, quota_apply, &none, &err));
    ck_assert_uint_eq(deliveries(&rows), 2);
    jobs_close(&f);
}
END_TEST

START_TEST(the_end_of_a_job_is_told_to_hooks_and_to_its_callback)
{
    struct store_delivery *rows;
    open_with_hook("business", "job.finished");
    slice id = job_post(&f, "/api/jobs",
                        "{\"kind\":\"detect\",\"callback_url\":\"https://example.com/back\","
                        "\"input\":{" JOB_LOG("0.66") "}}");
    ck_assert_uint_eq(deliveries(&rows), 0);
    ck_assert(!job_run_next(&f));
    ck_assert_uint_eq(deliveries(&rows), 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert(slice_eq(job_member(&f, rows[i].body, "data.object.id"), id));
        ck_slice(job_member(&f, rows[i].body, "data.object.state"), "succeeded");
        ck_slice(rows[i].url,
                 rows[i].hook_id.len ? "https://example.com/h" : "https://example.com/back");
    }
    slice waits = job_post(&f, "/api/jobs", JOB_DETECT("0.67"));
    job_ask(&f, METHOD_DELETE, waits, "", 204, "");
    ck_assert_uint_eq(deliveries(&rows), 3);
    jobs_close(&f);
}
END_TEST

START_TEST(types_are_known_by_name)
{
    ck_assert(event_type_known(S("job.finished")));
    ck_assert(!event_type_known(S("job.finishe")));
    ck_assert(!event_type_known(S("hook.test")));
}
END_TEST

TEST_MAIN("events", an_event_becomes_one_delivery_per_hook_that_wants_it,
          a_hook_without_a_list_wants_everything,
          nothing_is_told_while_switched_off_or_below_business,
          crossing_80_and_100_percent_is_told_once_each,
          the_end_of_a_job_is_told_to_hooks_and_to_its_callback, types_are_known_by_name)

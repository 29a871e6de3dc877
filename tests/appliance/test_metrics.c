/* metrics.c: what is counted, and that its text is well-formed. */
#include "metrics.h"

#include "lib/fake_call.h"
#include "lib/main.h"
#include "lib/temp_store.h"

static status nothing(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}
static const struct route rows[] = {
    {METHOD_GET, "/api/things/:id", NEED_NOTHING, .reply = nothing}};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

static struct buf text;

static void counters_up(void)
{
    struct error err;
    ck_ok(route_init(&err));
    ck_ok(metrics_create(&fake_app.metrics, &err));
}

static bool text_has(const char *line)
{
    buf_finish(&text);
    buf_init(&text, 1 << 20);
    metrics_text(&fake_app, &text);
    return slice_find(buf_slice(&text), slice_of(line), &(size_t){0});
}

static void counters_down(void)
{
    buf_finish(&text);
    metrics_destroy(&fake_app.metrics);
}

static void count(const struct route *route, int http_status, bool gone)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->route = route;
    call->reply.http_status = http_status;
    call->client_gone = gone;
    metrics_call(call);
    fake_call_end(call);
}

START_TEST(calls_are_counted_by_route_and_status)
{
    counters_up();
    count(&rows[0], 200, false);
    count(&rows[0], 200, false);
    count(&rows[0], 429, false);
    count(NULL, 404, false);
    count(&rows[0], 200, true);
    ck_assert(text_has("sleuth_http_requests_total{route=\"/api/things/:id\",method=\"GET\","
                       "code=\"200\"} 2\n"));
    ck_assert(text_has("method=\"GET\",code=\"429\"} 1\n"));
    ck_assert(text_has("{route=\"none\",method=\"any\",code=\"404\"} 1\n"));
    ck_assert(text_has("code=\"499\"} 1\n"));
    ck_assert(text_has("sleuth_http_request_duration_seconds_count{route=\"/api/things/:id\","
                       "method=\"GET\"} 4\n"));
    counters_down();
}
END_TEST

START_TEST(the_longest_turn_is_kept)
{
    counters_up();
    metrics_loop_turn(fake_app.metrics, 300);
    metrics_loop_turn(fake_app.metrics, 7000);
    metrics_loop_turn(fake_app.metrics, 20);
    ck_assert_int_eq(metrics_loop_max_us(fake_app.metrics), 7000);
    ck_assert(text_has("sleuth_loop_max_turn_seconds 0.007\n"));
    ck_assert(text_has("sleuth_loop_slow_turns_total 1\n"));
    counters_down();
}
END_TEST

START_TEST(connections_are_opened_minus_closed)
{
    counters_up();
    metrics_connections(fake_app.metrics, 1, 0, 0);
    metrics_connections(fake_app.metrics, 1, 0, 0);
    metrics_connections(fake_app.metrics, 0, 1, 1);
    ck_assert(text_has("sleuth_connections 1\n"));
    ck_assert(text_has("sleuth_connections_cut_total 1\n"));
    counters_down();
}
END_TEST

START_TEST(upkeep_is_told)
{
    counters_up();
    ck_assert(text_has("sleuth_config_last_reload_success 1\n"));
    ck_assert(!text_has("sleuth_backup_last_seconds"));
    ck_assert(!text_has("sleuth_certificate_not_after_seconds"));
    atomic_store(&fake_app.reload_failed, true);
    atomic_store(&fake_app.backup_ms, 1795000000000);
    atomic_store(&fake_app.cert_until_ms, 1800000000000);
    ck_assert(text_has("sleuth_config_last_reload_success 0\n"));
    ck_assert(text_has("sleuth_backup_last_seconds 1795000000\n"));
    ck_assert(text_has("sleuth_certificate_not_after_seconds 1800000000\n"));
    counters_down();
}
END_TEST

START_TEST(every_line_is_a_comment_or_a_sample)
{
    counters_up();
    count(&rows[0], 200, false);
    (void)text_has("");
    slice rest = buf_slice(&text), line;
    while (slice_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        size_t blank = 0;
        double value;
        for (size_t i = 0; i < line.len; i++)
            if (line.ptr[i] == ' ')
                blank = i;
        ck_assert_msg(blank > 0 && slice_to_f64(slice_from(line, blank + 1), &value), "'%.*s'",
                      SLICE_ARG(line));
    }
    counters_down();
}
END_TEST

START_TEST(jobs_are_told_by_state)
{
    struct temp_store t;
    temp_open(&t);
    counters_up();
    fake_app.store = t.store;
    struct store_job job = {
        .id = S("job_1"), .user_id = 7, .kind = S("detect"), .expires_ms = T0_MS};
    ck_status(store_job_add(temp_write(&t), &job, 10), ST_OK);
    temp_commit(&t);
    metrics_job_ended(fake_app.metrics, STORE_JOB_FAILED);
    ck_assert(text_has("sleuth_jobs{state=\"queued\"} 1\n"));
    ck_assert(text_has("sleuth_jobs{state=\"running\"} 0\n"));
    ck_assert(text_has("sleuth_jobs{state=\"failed\"} 1\n"));
    ck_assert(text_has("sleuth_jobs{state=\"succeeded\"} 0\n"));
    metrics_job_ended(NULL, STORE_JOB_FAILED);
    fake_app.store = NULL;
    counters_down();
    temp_close(&t);
}
END_TEST

TEST_MAIN("metrics", jobs_are_told_by_state, calls_are_counted_by_route_and_status,
          the_longest_turn_is_kept, connections_are_opened_minus_closed, upkeep_is_told,
          every_line_is_a_comment_or_a_sample)

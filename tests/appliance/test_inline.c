/* inline.c: the whole engine in one thread, without a server. */
#include "lib/fake_call.h"
#include "lib/main.h"

status auth_call(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
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
    (void)call;
}

static status hello(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 200, S("hello"));
}

static enum reply_next endless(struct call *call, void *state, struct buf *chunk, int32_t *wait_ms)
{
    (void)call;
    (void)state;
    buf_put_str(chunk, "tick;");
    *wait_ms = 1000;
    return REPLY_WAIT;
}

static status events(struct call *call, struct error *err)
{
    const struct reply_stream stream = {.next = endless, .length = -1};
    (void)err;
    return reply_stream(call, 200, "text/event-stream", &stream);
}

static const struct route rows[] = {
    {METHOD_GET, "/hello", NEED_NOTHING, .reply = hello},
    {METHOD_GET, "/events", NEED_NOTHING, .reply = events},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

static struct call *run(const char *path)
{
    struct error err;
    ck_ok(route_init(&err));
    struct call *call = call_create(&fake_app, &transport_inline);
    call->method = METHOD_GET;
    call->path = slice_of(path);
    call_prepare(call, /* is_host= */ true);
    call_run_inline(call);
    return call;
}

START_TEST(the_answer_outlives_the_stages)
{
    struct call *call = run("/hello");
    ck_assert_int_eq(call->stage, STAGE_DONE);
    ck_assert_int_eq(call->refs, 1);
    ck_slice(call->reply.bytes, "hello");
    call_unref(call);
}
END_TEST

START_TEST(a_stream_that_would_wait_ends_with_what_is_there)
{
    struct call *call = run("/events");
    ck_slice(call->reply.bytes, "tick;");
    call_unref(call);
}
END_TEST

TEST_MAIN("inline", the_answer_outlives_the_stages,
          a_stream_that_would_wait_ends_with_what_is_there)

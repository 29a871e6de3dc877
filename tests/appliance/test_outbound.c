/* outbound.c: the queue, the thread, its end, and that rules come before sockets. */
#include "outbound.h"

#include "base/clock.h"
#include "limits.h"

#include "lib/main.h"
#include "lib/outgoing.h"

static struct error err;
static struct outgoing out;
static struct fake_http fake;

START_TEST(a_call_gives_status_headers_and_body)
{
    fake_http_start(&fake, (const char *[]){"HTTP/1.1 404 No\r\nX-One: a\r\nx-one: b\r\n"
                                            "Content-Length: 5\r\n\r\nhello",
                                            NULL});
    outgoing_open(&out);
    struct outbound_request request = outgoing_request(&out, &fake, "GET");
    const struct outbound_header headers[] = {{S("Authorization"), S("Bearer t")}};
    request.headers = headers;
    request.header_count = 1;
    ck_ok(outbound_call(out.outbound, &request, &out.arena, &out.answer, &err));
    ck_assert_int_eq(out.answer.http_status, 404);
    ck_slice(out.answer.body, "hello");
    ck_slice(outbound_header(&out.answer, "x-one"), "a");
    ck_assert_ptr_null(outbound_header(&out.answer, "x-two").ptr);
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "GET /x?y=1 HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "\r\nAuthorization: Bearer t\r\n"));
    struct outbound_stats stats;
    outbound_stats(out.outbound, &stats);
    ck_assert_uint_eq(stats.done, 1);
    ck_assert_uint_eq(stats.running + stats.waiting + stats.failed, 0);
    outgoing_close(&out);
    fake_http_stop(&fake);
}
END_TEST

START_TEST(what_the_rules_forbid_sees_no_connection)
{
    fake_http_start(&fake, (const char *[]){NULL});
    outgoing_open(&out);
    out.config.hooks_allow = S("*");
    struct outbound_request request = outgoing_request(&out, &fake, "GET");
    ck_status(outbound_call(out.outbound, &request, &out.arena, &out.answer, &err), ST_FORBIDDEN);
    ck_assert_str_eq(err.code, "egress_forbidden");
    /* A name is judged by its address, at the moment of the connection. */
    char url[64];
    (void)snprintf(url, sizeof url, "https://localhost:%d/", fake.port);
    request.url = slice_of(url);
    ck_status(outbound_call(out.outbound, &request, &out.arena, &out.answer, &err), ST_FORBIDDEN);
    ck_assert_str_eq(err.code, "egress_forbidden");
    ck_assert_int_eq(atomic_load(&fake.connections), 0);
    outgoing_close(&out);
    fake_http_stop(&fake);
}
END_TEST

START_TEST(an_airgapped_appliance_has_no_thread)
{
    struct config config = {.outbound_mode = S("airgap")};
    struct outbound *outbound;
    struct arena arena;
    arena_init(&arena, 4096);
    ck_ok(outbound_create(&config, &outbound, &err));
    ck_assert_ptr_null(outbound);
    struct outbound_request request = {
        .purpose = OUTBOUND_HOOK, .method = "GET", .url = S("https://example.com/")};
    ck_status(outbound_call(outbound, &request, &arena, &out.answer, &err), ST_FORBIDDEN);
    outbound_destroy(&outbound);
    outbound_configure(outbound, &config);
    arena_finish(&arena);
}
END_TEST

/* A caller in a thread of its own. */
struct caller {
    struct outbound *outbound;
    struct outbound_request request;
    pthread_t thread;
    enum status_code rc;
    struct error err;
};

static void *caller_main(void *arg)
{
    struct caller *caller = arg;
    struct outbound_answer answer;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    caller->rc = outbound_call(caller->outbound, &caller->request, &arena, &answer, &caller->err);
    arena_finish(&arena);
    return NULL;
}

/* Starts caller i and waits until it is in: the thread empties the queue in its own time. */
static void add_caller(struct caller *callers, size_t i)
{
    struct outbound_stats stats;
    callers[i] = (struct caller){out.outbound, outgoing_request(&out, &fake, "GET"), 0, 0, {0}};
    callers[i].request.timeout_ms = 300000; /* none may end by itself, however slow the machine */
    callers[i].request.stall_ms = 300000;
    ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]), 0);
    for (outbound_stats(out.outbound, &stats);
         stats.running + stats.waiting <= i || (i < LIMIT_OUTBOUND && stats.running <= i);
         outbound_stats(out.outbound, &stats))
        usleep(1000);
}

START_TEST(a_full_queue_refuses_and_the_end_cancels)
{
    enum { CALLERS = LIMIT_OUTBOUND + LIMIT_OUTBOUND_QUEUE };
    static struct caller callers[CALLERS];
    fake_http_start(&fake, (const char *[]){"", NULL}); /* takes one connection, says nothing */
    outgoing_open(&out);
    for (size_t i = 0; i < CALLERS; i++)
        add_caller(callers, i);
    struct outbound_request request = outgoing_request(&out, &fake, "GET");
    ck_status(outbound_call(out.outbound, &request, &out.arena, &out.answer, &err), ST_BUSY);
    outgoing_close(&out);
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert_int_eq(callers[i].rc, ST_CANCELLED);
    }
    fake_http_stop(&fake);
}
END_TEST

START_TEST(a_caller_can_give_up)
{
    static atomic_bool cancelled;
    struct caller caller = {0};
    fake_http_start(&fake, (const char *[]){"", NULL});
    outgoing_open(&out);
    caller.outbound = out.outbound;
    caller.request = outgoing_request(&out, &fake, "GET");
    caller.request.cancelled = &cancelled;
    ck_assert_int_eq(pthread_create(&caller.thread, NULL, caller_main, &caller), 0);
    while (atomic_load(&fake.connections) == 0)
        usleep(1000);
    int64_t start_ms = clock_mono_ms();
    atomic_store(&cancelled, true);
    pthread_join(caller.thread, NULL);
    ck_assert_int_eq(caller.rc, ST_CANCELLED);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 10000); /* the call itself may take 30 s */
    outgoing_close(&out);
    fake_http_stop(&fake);
}
END_TEST

START_TEST(a_newer_configuration_counts_for_the_next_call)
{
    fake_http_start(&fake, (const char *[]){NULL});
    outgoing_open(&out);
    struct config airgap = out.config;
    airgap.outbound_mode = S("airgap");
    outbound_configure(out.outbound, &airgap);
    struct outbound_request request = outgoing_request(&out, &fake, "GET");
    ck_status(outbound_call(out.outbound, &request, &out.arena, &out.answer, &err), ST_FORBIDDEN);
    ck_assert_int_eq(atomic_load(&fake.connections), 0);
    outgoing_close(&out);
    fake_http_stop(&fake);
}
END_TEST

TEST_MAIN("outbound", a_call_gives_status_headers_and_body,
          what_the_rules_forbid_sees_no_connection, an_airgapped_appliance_has_no_thread,
          a_full_queue_refuses_and_the_end_cancels, a_caller_can_give_up,
          a_newer_configuration_counts_for_the_next_call)

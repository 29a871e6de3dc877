/* transfer.c: what is sent, what is taken, and every cap on it. */
#include "transfer.h"

#include "base/clock.h"

#include "lib/main.h"
#include "lib/outgoing.h"
#include "lib/temp_dir.h"

#include <fcntl.h>

static struct error err;
static struct outgoing out;
static struct fake_http fake;

/* One call against the answers; the caller looks at out.answer and fake.requests. */
static enum status_code call(const char *const *answers, struct outbound_request *request)
{
    fake_http_start(&fake, answers);
    outgoing_open(&out);
    slice url = outgoing_request(&out, &fake, request->method).url;
    request->purpose = OUTBOUND_HOOK;
    request->url = url;
    return outbound_call(out.outbound, request, &out.arena, &out.answer, &err);
}

static void end(void)
{
    outgoing_close(&out);
    fake_http_stop(&fake);
}

static const char *const ok[] = {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL};

START_TEST(bodies_are_sent_from_memory_and_from_a_file)
{
    char dir[TEMP_DIR_MAX], path[64];
    struct outbound_request request = {.method = "POST", .body = S("a=1&b=2")};
    ck_ok(call(ok, &request));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "POST /x?y=1 "));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "\r\nContent-Length: 7\r\n"));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "\r\n\r\na=1&b=2"));
    ck_assert_ptr_null(strstr(fake.requests[0], "Expect"));
    end();
    temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/f", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, "0123456789", 10), 10);
    request = (struct outbound_request){
        .method = "PUT", .body_fd = fd, .body_fd_offset = 2, .body_fd_bytes = 5};
    ck_ok(call(ok, &request));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "\r\n\r\n23456"));
    ck_assert_ptr_null(strstr(fake.requests[0], "234567"));
    end();
    request.body_fd_bytes = 50; /* more than the file has */
    ck_status(call(ok, &request), ST_IO);
    end();
    close(fd);
    temp_dir_remove(dir);
}
END_TEST

START_TEST(post_without_a_body_says_so)
{
    struct outbound_request request = {.method = "POST"};
    ck_ok(call(ok, &request));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "\r\nContent-Length: 0\r\n"));
    end();
}
END_TEST

START_TEST(head_and_delete_have_no_body)
{
    struct outbound_request request = {.method = "HEAD", .answer_max = 10};
    ck_ok(
        call((const char *[]){"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", NULL}, &request));
    ck_assert_uint_eq(out.answer.body.len, 0);
    ck_slice(outbound_header(&out.answer, "content-length"), "5000");
    end();
    request = (struct outbound_request){.method = "DELETE"};
    ck_ok(call((const char *[]){"HTTP/1.1 204 No\r\n\r\n", NULL}, &request));
    ck_assert_ptr_nonnull(strstr(fake.requests[0], "DELETE /x?y=1 "));
    end();
}
END_TEST

static status part_count(void *arg, slice bytes, struct error *error)
{
    *(size_t *)arg += bytes.len;
    return ST_OK;
}

static status part_refuse(void *arg, slice bytes, struct error *error)
{
    return error_set(error, ST_VERIFY, "no");
}

START_TEST(a_sink_gets_what_succeeded_and_nothing_else)
{
    size_t counted = 0;
    char text[16] = "";
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    struct outbound_request request = {
        .method = "GET", .sink = true, .sink_fd = fds[1], .part = part_count, .arg = &counted};
    ck_ok(call(ok, &request));
    ck_assert_uint_eq(out.answer.body.len, 0);
    ck_assert_uint_eq(out.answer.bytes, 5);
    ck_assert_uint_eq(counted, 5);
    ck_assert_int_eq(read(fds[0], text, sizeof text), 5);
    ck_assert_str_eq(text, "hello");
    end();
    ck_ok(
        call((const char *[]){"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops", NULL}, &request));
    ck_slice(out.answer.body, "oops");
    end();
    request.part = part_refuse;
    ck_status(call(ok, &request), ST_VERIFY);
    end();
    close(fds[1]);
    ck_assert_int_eq(read(fds[0], text, sizeof text), 0);
    close(fds[0]);
}
END_TEST

START_TEST(answers_have_a_size)
{
    struct outbound_request request = {.method = "GET", .answer_max = 4};
    ck_status(call(ok, &request), ST_TOO_LARGE); /* promised */
    end();
    request.answer_max = 5;
    ck_ok(call(ok, &request));
    end();
    request.answer_max = 4;
    ck_status(call((const char *[]){"HTTP/1.1 200 OK\r\n\r\nhello", NULL}, &request), ST_TOO_LARGE);
    end();
    request.answer_max = 0; /* 1 MiB */
    ck_status(call((const char *[]){"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n", NULL},
                   &request),
              ST_TOO_LARGE);
    end();
}
END_TEST

START_TEST(headers_have_a_size)
{
    static char answer[64000];
    struct outbound_request request = {.method = "GET"};
    strcpy(answer, "HTTP/1.1 200 OK\r\nA: ");
    memset(answer + strlen(answer), 'x', 40000);
    strcat(answer, "\r\nContent-Length: 0\r\n\r\n");
    ck_status(call((const char *[]){answer, NULL}, &request), ST_TOO_LARGE);
    end();
    answer[0] = '\0';
    strcpy(answer, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 101; i++)
        strcat(answer, "A: b\r\n");
    strcat(answer, "Content-Length: 0\r\n\r\n");
    ck_status(call((const char *[]){answer, NULL}, &request), ST_TOO_LARGE);
    end();
}
END_TEST

START_TEST(a_cut_answer_is_an_error)
{
    struct outbound_request request = {.method = "GET"};
    ck_status(
        call((const char *[]){"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", NULL}, &request),
        ST_UPSTREAM);
    end();
    ck_status(call((const char *[]){"-", NULL}, &request), ST_UPSTREAM);
    end();
    ck_status(call((const char *[]){"SSH-2.0-x\r\n", NULL}, &request), ST_UPSTREAM);
    end();
}
END_TEST

START_TEST(silence_and_slowness_end)
{
    int64_t start_ms = clock_mono_ms();
    struct outbound_request request = {.method = "GET", .stall_ms = 200};
    ck_status(call((const char *[]){"", NULL}, &request), ST_TIMEOUT);
    end();
    request = (struct outbound_request){.method = "GET", .timeout_ms = 200};
    ck_status(call((const char *[]){"", NULL}, &request), ST_TIMEOUT);
    end();
    ck_assert_int_lt(clock_mono_ms() - start_ms, 3000);
}
END_TEST

START_TEST(redirects_are_told_not_followed)
{
    struct outbound_request request = {.method = "GET"};
    ck_ok(call((const char *[]){"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
                                "Content-Length: 0\r\n\r\n",
                                NULL},
               &request));
    ck_assert_int_eq(out.answer.http_status, 302);
    ck_slice(outbound_header(&out.answer, "location"), "http://169.254.169.254/");
    end();
    ck_assert_int_eq(fake.connections, 1);
}
END_TEST

START_TEST(an_interim_answer_is_not_the_answer)
{
    struct outbound_request request = {.method = "GET"};
    ck_ok(call((const char *[]){"HTTP/1.1 103 Early\r\nX-A: 1\r\n\r\n"
                                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                                NULL},
               &request));
    ck_assert_int_eq(out.answer.http_status, 200);
    ck_assert_ptr_null(outbound_header(&out.answer, "x-a").ptr);
    end();
}
END_TEST

START_TEST(headers_cannot_smuggle_others)
{
    const struct outbound_header bad[] = {{S("X"), S("a\r\nHost: evil")},
                                          {S("X Y"), S("a")},
                                          {S("X:"), S("a")},
                                          {S(""), S("a")},
                                          {S("X"), S("a\0b")}};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct outbound_request request = {.method = "GET", .headers = &bad[i], .header_count = 1};
        ck_status(call(ok, &request), ST_INVALID);
        end();
        ck_assert_int_eq(fake.connections, 0);
    }
}
END_TEST

START_TEST(the_environments_proxy_does_not_count)
{
    struct outbound_request request = {.method = "GET"};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    ck_ok(call(ok, &request));
    end();
}
END_TEST

static void progress_note(void *arg, uint64_t done, uint64_t total)
{
    uint64_t *seen = arg;
    seen[0] = done;
    seen[1] = total;
}

START_TEST(progress_knows_the_total)
{
    uint64_t seen[2] = {0};
    struct outbound_request request = {.method = "GET", .progress = progress_note, .arg = seen};
    ck_ok(call(ok, &request));
    ck_assert_uint_eq(seen[0], 5);
    ck_assert_uint_eq(seen[1], 5);
    end();
}
END_TEST

TEST_MAIN("transfer", bodies_are_sent_from_memory_and_from_a_file, post_without_a_body_says_so,
          head_and_delete_have_no_body, a_sink_gets_what_succeeded_and_nothing_else,
          answers_have_a_size, headers_have_a_size, a_cut_answer_is_an_error,
          silence_and_slowness_end, redirects_are_told_not_followed,
          an_interim_answer_is_not_the_answer, headers_cannot_smuggle_others,
          the_environments_proxy_does_not_count, progress_knows_the_total)

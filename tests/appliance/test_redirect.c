/* redirect.c: the plain listener sends everybody to the public URL, whatever they ask for. */
#include "lib/main.h"

#include "lib/live.h"

static status hello(struct call *call, struct error *err)
{
    (void)err;
    return reply_text(call, 200, S("hello"));
}

static const struct route rows[] = {{METHOD_GET, "/hello", NEED_NOTHING, .reply = hello}};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

static struct server *redirecting;

static void redirect_start(const char *public_url)
{
    struct error err;
    char url[SERVER_URL_MAX];
    uint64_t port = 0;
    struct listener_options listener = {.kind = LISTENER_REDIRECT, .fd = -1};
    live_start(64);
    live_config.http_public_url = slice_of(public_url);
    ck_ok(endpoint_parse(S("127.0.0.1:0"), &listener.address, &listener.address_len, &err));
    const struct server_options options = {
        .loops = 1, .connections_max = 16, .listeners = &listener, .listener_count = 1};
    ck_ok(server_create(&live_app, &options, &redirecting, &err));
    server_url(redirecting, 0, url);
    ck_assert_int_eq(strncmp(url, "http://", 7), 0);
    ck_assert(slice_to_u64(slice_of(strrchr(url, ':') + 1), &port));
    live_port = (uint16_t)port;
    server_accept(redirecting);
}

static void redirect_stop(void)
{
    server_drain(redirecting);
    while (!server_is_drained(redirecting))
        live_pause(10);
    server_destroy(&redirecting);
    live_stop();
    live_config.http_public_url = S("");
}

static bool goes_to(const char *request, const char *location)
{
    const char *answer = live_get(request);
    return strncmp(answer, "HTTP/1.1 308 ", 13) == 0 && strstr(answer, location);
}

START_TEST(path_and_query_are_kept_below_the_public_url)
{
    redirect_start("https://a.example/");
    ck_assert(
        goes_to("GET /hello?a=b HTTP/1.0\r\n\r\n", "location: https://a.example/hello?a=b\r"));
    ck_assert(goes_to("POST /x HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
                      "location: https://a.example/x\r"));
    redirect_stop();
    ck_assert_int_eq(atomic_load(&live_calls_done), 0); /* no handler ran */
}
END_TEST

START_TEST(other_hosts_and_endless_paths_lead_to_the_front_page)
{
    char request[LIMIT_PATH_BYTES + 100];
    redirect_start("https://a.example");
    ck_assert(goes_to("GET http://b.example/hello HTTP/1.1\r\nHost: b.example\r\n"
                      "Connection: close\r\n\r\n",
                      "location: https://a.example/\r"));
    (void)snprintf(request, sizeof request, "GET /%0*d HTTP/1.0\r\n\r\n", LIMIT_PATH_BYTES, 7);
    ck_assert(goes_to(request, "location: https://a.example/\r"));
    redirect_stop();
}
END_TEST

START_TEST(without_a_public_url_there_is_nothing)
{
    redirect_start("");
    ck_assert_ptr_nonnull(strstr(live_get("GET /hello HTTP/1.0\r\n\r\n"), " 404 "));
    redirect_stop();
}
END_TEST

TEST_MAIN("redirect", path_and_query_are_kept_below_the_public_url,
          other_hosts_and_endless_paths_lead_to_the_front_page,
          without_a_public_url_there_is_nothing)

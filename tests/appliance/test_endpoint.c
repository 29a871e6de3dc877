/* endpoint.c: listen addresses, peers, clients behind proxies. */
#include "endpoint.h"

#include "lib/main.h"

START_TEST(addresses_are_read_and_printed_back)
{
    static const char *const good[] = {"127.0.0.1:5000", "[::1]:0", "0.0.0.0:65535",
                                       "[2001:db8::7]:443"};
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        struct sockaddr_storage sa;
        socklen_t len;
        struct error err;
        char text[ENDPOINT_TEXT_MAX];
        ck_ok(endpoint_parse(slice_of(good[i]), &sa, &len, &err));
        ck_slice(endpoint_text(&sa, text), good[i]);
    }
}
END_TEST

START_TEST(what_is_no_address_is_refused_by_name)
{
    static const char *const bad[] = {
        "",       "127.0.0.1", "127.0.0.1:", ":5000",        "localhost:80", "127.0.0.1:65536",
        "::1:80", "[::1:80",   "1.2.3:80",   "127.0.0.1:-1", "127.0.0.1:8x"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct sockaddr_storage sa;
        socklen_t len;
        struct error err;
        ck_assert_msg(endpoint_parse(slice_of(bad[i]), &sa, &len, &err) == ST_CONFIG, "'%s'",
                      bad[i]);
    }
}
END_TEST

START_TEST(loopback_is_both_families)
{
    ck_assert(endpoint_host_is_loopback(S("127.0.0.1")));
    ck_assert(endpoint_host_is_loopback(S("127.9.9.9")));
    ck_assert(endpoint_host_is_loopback(S("::1")));
    ck_assert(!endpoint_host_is_loopback(S("128.0.0.1")));
    ck_assert(!endpoint_host_is_loopback(S("")));
}
END_TEST

START_TEST(ipv4_inside_ipv6_is_ipv4)
{
    struct sockaddr_storage sa;
    socklen_t len;
    struct error err;
    char text[ENDPOINT_TEXT_MAX];
    ck_ok(endpoint_parse(S("[::ffff:192.0.2.1]:80"), &sa, &len, &err));
    ck_slice(endpoint_host(&sa, text), "192.0.2.1");
}
END_TEST

START_TEST(the_header_is_walked_from_its_right_end)
{
    slice trusted = S("127.0.0.1/32, 10.0.0.0/8");
    ck_slice(endpoint_client(S("127.0.0.1"), S("203.0.113.9, 198.51.100.7, 10.1.1.1"), trusted),
             "198.51.100.7");
    ck_slice(endpoint_client(S("192.0.2.1"), S("203.0.113.9"), trusted), "192.0.2.1");
    ck_slice(endpoint_client(S("127.0.0.1"), S(""), trusted), "127.0.0.1");
    ck_slice(endpoint_client(S("127.0.0.1"), S("203.0.113.9, junk"), trusted), "127.0.0.1");
    ck_slice(endpoint_client(S("127.0.0.1"), S("10.0.0.1,10.0.0.2"), trusted), "10.0.0.1");
}
END_TEST

TEST_MAIN("endpoint", addresses_are_read_and_printed_back, what_is_no_address_is_refused_by_name,
          loopback_is_both_families, ipv4_inside_ipv6_is_ipv4,
          the_header_is_walked_from_its_right_end)

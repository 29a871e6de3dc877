/* Parses and prints socket addresses; see endpoint.h. */
#include "endpoint.h"

#include "address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool host_parse(slice host, uint16_t port, struct sockaddr_storage *ret, socklen_t *ret_len)
{
    char text[ENDPOINT_TEXT_MAX];
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool bracketed = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (bracketed)
        host = slice_sub(host, 1, host.len - 2);
    if (host.len == 0 || host.len >= sizeof text || memchr(host.ptr, '\0', host.len))
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    memset(ret, 0, sizeof *ret);
    if (!bracketed && inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(ret, &v4, sizeof v4);
        *ret_len = sizeof v4;
        return true;
    }
    if (!bracketed || inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
        return false;
    memcpy(ret, &v6, sizeof v6);
    *ret_len = sizeof v6;
    return true;
}

status endpoint_parse(slice text, struct sockaddr_storage *ret, socklen_t *ret_len,
                      struct error *err)
{
    uint64_t port;
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0 || !slice_to_u64(slice_from(text, colon), &port) || port > 65535 ||
        !host_parse(slice_sub(text, 0, colon - 1), (uint16_t)port, ret, ret_len))
        return error_set(err, ST_CONFIG,
                         "cannot listen on '%.*s': write ADDRESS:PORT, such as 127.0.0.1:5000",
                         SLICE_ARG(text));
    return ST_OK;
}

/* The IPv4 address of the socket address, also when it is written inside IPv6. */
static bool v4_of(const struct sockaddr_storage *sa, struct in_addr *ret)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (sa->ss_family == AF_INET) {
        memcpy(&v4, sa, sizeof v4);
        *ret = v4.sin_addr;
        return true;
    }
    memcpy(&v6, sa, sizeof v6);
    if (sa->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return false;
    memcpy(ret, v6.sin6_addr.s6_addr + 12, sizeof *ret);
    return true;
}

slice endpoint_host(const struct sockaddr_storage *sa, char text[static ENDPOINT_TEXT_MAX])
{
    struct in_addr v4;
    struct sockaddr_in6 v6;
    if (v4_of(sa, &v4))
        return slice_of(inet_ntop(AF_INET, &v4, text, ENDPOINT_TEXT_MAX));
    if (sa->ss_family != AF_INET6)
        return S("");
    memcpy(&v6, sa, sizeof v6);
    return slice_of(inet_ntop(AF_INET6, &v6.sin6_addr, text, ENDPOINT_TEXT_MAX));
}

slice endpoint_text(const struct sockaddr_storage *sa, char text[static ENDPOINT_TEXT_MAX])
{
    char host[ENDPOINT_TEXT_MAX];
    uint16_t port;
    slice name = endpoint_host(sa, host);
    static_assert(offsetof(struct sockaddr_in, sin_port) ==
                      offsetof(struct sockaddr_in6, sin6_port),
                  "the port stands at the same place in both families");
    memcpy(&port, (const char *)sa + offsetof(struct sockaddr_in, sin_port), sizeof port);
    bool v6 = memchr(name.ptr, ':', name.len) != NULL;
    int n = snprintf(text, ENDPOINT_TEXT_MAX, v6 ? "[%.*s]:%u" : "%.*s:%u", SLICE_ARG(name),
                     ntohs(port));
    assert(n < ENDPOINT_TEXT_MAX);
    return slice_make(text, (size_t)n);
}

bool endpoint_is_loopback(const struct sockaddr_storage *sa)
{
    char text[ENDPOINT_TEXT_MAX];
    return endpoint_host_is_loopback(endpoint_host(sa, text));
}

bool endpoint_host_is_loopback(slice host)
{
    return networks_contain(S("127.0.0.0/8, ::1/128"), host);
}

/* Cuts the last item off a comma-separated list. */
static slice last_item(slice *list)
{
    for (size_t i = list->len; i > 0; i--) {
        if (list->ptr[i - 1] != ',')
            continue;
        slice item = slice_from(*list, i);
        *list = slice_sub(*list, 0, i - 1);
        return slice_trim(item);
    }
    slice item = *list;
    *list = (slice){NULL, 0};
    return slice_trim(item);
}

slice endpoint_client(slice peer, slice forwarded_for, slice trusted)
{
    slice client = peer;
    struct address parsed;
    while (forwarded_for.len > 0 && networks_contain(trusted, client)) {
        slice next = last_item(&forwarded_for);
        if (!address_parse(next, &parsed))
            return client;
        client = next;
    }
    return client;
}

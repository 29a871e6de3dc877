/* An outbound of the test's own whose hooks may reach loopback, and calls to a fake_http. */
#ifndef TESTS_LIB_OUTGOING_H
#define TESTS_LIB_OUTGOING_H

#include "config.h"
#include "lib/fake_http.h"
#include "outbound.h"

struct outgoing {
    struct config config;
    struct outbound *outbound;
    struct arena arena;
    struct outbound_answer answer;
    char url[128];
};

static inline void outgoing_open(struct outgoing *out)
{
    struct error error = {0};
    memset(out, 0, sizeof *out);
    out->config.outbound_mode = S("online");
    out->config.hooks_allow = S("127.0.0.0/8");
    out->config.outbound_proxy = S("");
    out->config.outbound_ca_file = S("");
    arena_init(&out->arena, 8 << 20);
    ck_assert_msg(outbound_create(&out->config, &out->outbound, &error) == ST_OK, "%s", error.text);
}

static inline void outgoing_close(struct outgoing *out)
{
    outbound_destroy(&out->outbound);
    arena_finish(&out->arena);
}

/* A request to the fake's "/x?y=1"; fill in the rest. */
static inline struct outbound_request
outgoing_request(struct outgoing *out, const struct fake_http *fake, const char *method)
{
    (void)snprintf(out->url, sizeof out->url, "http://127.0.0.1:%d/x?y=1", fake->port);
    return (struct outbound_request){
        .purpose = OUTBOUND_HOOK, .method = method, .url = slice_of(out->url)};
}

#endif

/* Tests of bodies, pages, tags and preconditions through the routes that use them. */
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];

START_TEST(strict_routes_refuse_members_that_lenient_ones_ignore)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    struct call *call =
        gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{\"user_id\":99,\"is_admin\":true}");
    gate_expect(call, 201, "\"name\":\"My API Key\"");
    gate_end(call);
    call = gate_run(&g, METHOD_PATCH, "/api/dashboard/keys/1", key, "{\"user_id\":99}");
    gate_expect(call, 400, "unknown_field");
    gate_end(call);
    g.content_type = "application/x-www-form-urlencoded";
    call = gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "name=x");
    gate_expect(call, 415, "application/json");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(pages_follow_each_other)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "enterprise", SCOPES_ALL, key, NULL);
    for (int i = 0; i < 4; i++)
        gate_end(gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{}"));
    g.query = "include=revoked&limit=3";
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    gate_expect(call, 200, "\"id\":3");
    ck_assert(!gate_says(call, "\"id\":4"));
    slice link = gate_reply_header(call, "Link");
    ck_assert(slice_has_prefix(link, S("</api/dashboard/keys?limit=3&include=revoked&cursor=")));
    size_t from;
    size_t to;
    ck_assert(slice_find(link, S("cursor="), &from) && slice_find_byte(link, '>', &to));
    char query[200];
    (void)snprintf(query, sizeof query, "limit=3&%.*s", (int)(to - from), link.ptr + from);
    gate_end(call);
    g.query = query;
    call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
    gate_expect(call, 200, "\"id\":5");
    gate_expect(call, 200, "\"next_cursor\":null");
    gate_end(call);
    const char *wrong[] = {"limit=0", "limit=201", "limit=x", "cursor=!"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        g.query = wrong[i];
        call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
        ck_assert_msg(call->reply.http_status == 400, "%s: %d", wrong[i], call->reply.http_status);
        gate_end(call);
    }
    gate_close(&g);
}
END_TEST

START_TEST(if_match_guards_changes)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys/1", key, "");
    char tag[64];
    (void)snprintf(tag, sizeof tag, "%.*s", SLICE_ARG(gate_reply_header(call, "ETag")));
    gate_end(call);
    gate_header(&g, "if-match", tag);
    call = gate_run(&g, METHOD_PATCH, "/api/dashboard/keys/1", key, "{\"name\":\"new\"}");
    gate_expect(call, 200, "\"name\":\"new\"");
    gate_end(call);
    gate_header(&g, "if-match", tag);
    call = gate_run(&g, METHOD_PATCH, "/api/dashboard/keys/1", key, "{\"name\":\"newer\"}");
    gate_expect(call, 412, "precondition_failed");
    gate_end(call);
    gate_close(&g);
}
END_TEST

TEST_MAIN("body", strict_routes_refuse_members_that_lenient_ones_ignore, pages_follow_each_other,
          if_match_guards_changes)

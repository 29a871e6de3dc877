/* request.c: what the client sends, cut, decoded, capped; and what is refused. */
#include "lib/fake_call.h"
#include "lib/main.h"

static status nothing(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}

static const struct route rows[] = {
    {METHOD_GET, "/api/things/:id", NEED_NOTHING, .reply = nothing},
    {METHOD_POST, "/api/things", NEED_NOTHING, .body_max = 10, .reply = nothing},
    {METHOD_GET, "/api/host/things", NEED_HOST, .reply = nothing},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

static struct call *prepared(enum method method, const char *path, const char *query)
{
    struct error err;
    struct call *call = fake_call(method, path, query);
    ck_ok(route_init(&err));
    call_prepare(call, /* is_host= */ false);
    return call;
}

START_TEST(query_and_parameters_are_decoded)
{
    struct call *call = prepared(METHOD_GET, "/api/things/a%20b", "x=1&name=%E5%81%8F+y&flag&x=2");
    struct error err = call->err;
    ck_ok(call->result);
    ck_slice(call_param(call, "id"), "a b");
    ck_slice(call_query(call, "x"), "1");
    ck_slice(call_query(call, "name"), "偏 y");
    ck_assert_ptr_nonnull(call_query(call, "flag").ptr);
    ck_assert_uint_eq(call_query(call, "flag").len, 0);
    ck_assert_ptr_null(call_query(call, "none").ptr);
    fake_call_end(call);
}
END_TEST

START_TEST(broken_queries_are_400)
{
    static const char *const broken[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=%0a", "%ff=1"};
    for (size_t i = 0; i < ARRAY_COUNT(broken); i++) {
        struct call *call = prepared(METHOD_GET, "/api/things/1", broken[i]);
        ck_assert_msg(call->result == ST_INVALID, "'%s' passed", broken[i]);
        ck_assert_str_eq(call->err.code, "invalid_query");
        fake_call_end(call);
    }
}
END_TEST

START_TEST(the_number_of_query_pairs_is_capped)
{
    char query[LIMIT_QUERY_PAIRS * 2 + 8] = "";
    for (int i = 0; i < LIMIT_QUERY_PAIRS; i++)
        memcpy(query + i * 2, "a&", 3);
    struct call *call = prepared(METHOD_GET, "/api/things/1", query);
    ck_status(call->result, ST_OK);
    fake_call_end(call);
    memcpy(query + LIMIT_QUERY_PAIRS * 2, "a", 2);
    call = prepared(METHOD_GET, "/api/things/1", query);
    ck_status(call->result, ST_INVALID);
    fake_call_end(call);
}
END_TEST

START_TEST(a_broken_parameter_is_404)
{
    struct call *call = prepared(METHOD_GET, "/api/things/%00", NULL);
    ck_status(call->result, ST_NOT_FOUND);
    fake_call_end(call);
}
END_TEST

START_TEST(an_unknown_path_is_404_and_another_method_405)
{
    struct call *call = prepared(METHOD_GET, "/nowhere", NULL);
    ck_status(call->result, ST_NOT_FOUND);
    ck_assert_ptr_null(call->route);
    fake_call_end(call);
    call = prepared(METHOD_DELETE, "/api/things", NULL);
    ck_status(call->result, ST_METHOD);
    ck_slice(answer_header(call, "Allow"), "POST, OPTIONS");
    fake_call_end(call);
}
END_TEST

START_TEST(options_is_answered_without_a_handler)
{
    struct call *call = prepared(METHOD_OPTIONS, "/api/things", NULL);
    ck_status(call->result, ST_OK);
    ck_assert(call->answered);
    ck_assert_int_eq(call->reply.http_status, 204);
    ck_slice(answer_header(call, "Allow"), "POST, OPTIONS");
    fake_call_end(call);
}
END_TEST

START_TEST(the_body_cap_of_the_route_holds)
{
    struct error err;
    ck_ok(route_init(&err));
    for (size_t len = 9; len <= 11; len++) {
        struct call *call = fake_call(METHOD_POST, "/api/things", NULL);
        call->body = slice_make("01234567890", len);
        call_prepare(call, false);
        ck_status(call->result, len <= 10 ? ST_OK : ST_TOO_LARGE);
        ck_assert_uint_eq(call->bytes_in, len);
        fake_call_end(call);
    }
}
END_TEST

START_TEST(host_routes_exist_only_for_the_host)
{
    struct call *call = prepared(METHOD_GET, "/api/host/things", NULL);
    ck_status(call->result, ST_NOT_FOUND);
    fake_call_end(call);
    call = fake_call(METHOD_GET, "/api/host/things", NULL);
    call_prepare(call, /* is_host= */ true);
    ck_status(call->result, ST_OK);
    fake_call_end(call);
}
END_TEST

static slice id_for(const char *header)
{
    static char kept[128];
    struct error err;
    ck_ok(route_init(&err));
    struct call *call = fake_call(METHOD_GET, "/api/things/1", NULL);
    fake_header(call, "x-request-id", header);
    call_prepare(call, false);
    memcpy(kept, call->request_id.ptr, call->request_id.len);
    slice id = slice_make(kept, call->request_id.len);
    fake_call_end(call);
    return id;
}

START_TEST(a_good_request_id_is_kept_and_a_bad_one_replaced)
{
    ck_slice(id_for("abc-1.2_Z"), "abc-1.2_Z");
    ck_assert_uint_eq(id_for("with blank").len, 26);
    ck_assert_uint_eq(id_for("").len, 26);
    ck_assert_uint_eq(
        id_for("0123456789012345678901234567890123456789012345678901234567890123").len, 64);
    ck_assert_uint_eq(
        id_for("01234567890123456789012345678901234567890123456789012345678901234").len, 26);
}
END_TEST

START_TEST(type_and_language_come_from_the_headers)
{
    struct error err;
    ck_ok(route_init(&err));
    struct call *call = fake_call(METHOD_GET, "/api/things/1", NULL);
    fake_header(call, "content-type", "Text/CSV ; charset=utf-8");
    fake_header(call, "accept-language", "zh-CN, en;q=0.5");
    call_prepare(call, false);
    ck_slice(call->content_type, "text/csv");
    ck_assert_int_eq(call->lang, LANG_ZH);
    ck_slice(call_header(call, "accept-language"), "zh-CN, en;q=0.5");
    ck_assert_ptr_null(call_header(call, "cookie").ptr);
    fake_call_end(call);
}
END_TEST

START_TEST(names_outside_of_the_allow_list_are_refused)
{
    static const struct {
        const char *host;
        status expected;
    } cases[] = {
        {"sleuth.example", ST_OK},    {"Sleuth.Example:443", ST_OK},       {"[::1]:5000", ST_OK},
        {"evil.example", ST_INVALID}, {"sleuth.example.evil", ST_INVALID}, {"", ST_INVALID}};
    static struct config config = {.http_hosts = SLICE_INIT("sleuth.example, [::1]"),
                                   .detect_sync_deadline_ms = 1000};
    struct error err;
    ck_ok(route_init(&err));
    fake_app.config = &config;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct call *call = fake_call(METHOD_GET, "/api/things/1", NULL);
        call->host = slice_of(cases[i].host);
        call_prepare(call, false);
        ck_assert_msg(call->result == cases[i].expected, "host '%s'", cases[i].host);
        fake_call_end(call);
    }
    fake_app.config = NULL;
}
END_TEST

START_TEST(numbers_from_the_query_have_bounds)
{
    const struct call_query_range range = {.min = 1, .max = 200, .fallback = 50};
    static const struct {
        const char *query;
        status expected;
        uint64_t value;
    } cases[] = {
        {"limit=1", ST_OK, 1},      {"limit=200", ST_OK, 200},    {NULL, ST_OK, 50},
        {"limit=0", ST_INVALID, 0}, {"limit=201", ST_INVALID, 0}, {"limit=-1", ST_INVALID, 0},
        {"limit=", ST_INVALID, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct call *call = prepared(METHOD_GET, "/api/things/1", cases[i].query);
        struct error err;
        uint64_t value = 0;
        ck_status(call_query_u64(call, "limit", &range, &value, &err), cases[i].expected);
        ck_assert_uint_eq(value, cases[i].value);
        fake_call_end(call);
    }
}
END_TEST

START_TEST(detaching_copies_what_the_transport_owns)
{
    struct error err;
    ck_ok(route_init(&err));
    char body[] = "0123", path[] = "/api/things", value[] = "v";
    struct call *call = fake_call(METHOD_POST, path, NULL);
    call->body = slice_make(body, 4);
    fake_header(call, "x-a", value);
    call_prepare(call, false);
    ck_ok(call_detach(call, &err));
    memset(body, 'x', 4);
    memset(path, 'x', 4);
    value[0] = 'x';
    ck_slice(call->body, "0123");
    ck_slice(call->path, "/api/things");
    ck_slice(call_header(call, "x-a"), "v");
    fake_call_end(call);
}
END_TEST

TEST_MAIN("request", query_and_parameters_are_decoded, broken_queries_are_400,
          the_number_of_query_pairs_is_capped, a_broken_parameter_is_404,
          an_unknown_path_is_404_and_another_method_405, options_is_answered_without_a_handler,
          the_body_cap_of_the_route_holds, host_routes_exist_only_for_the_host,
          a_good_request_id_is_kept_and_a_bad_one_replaced, type_and_language_come_from_the_headers,
          names_outside_of_the_allow_list_are_refused, numbers_from_the_query_have_bounds,
          detaching_copies_what_the_transport_owns)

/* route.c: matching, precedence, aliases, 405, and the checks of the table. */
#include "route.h"

#include "lib/main.h"

static status nothing(struct call *call, struct error *err)
{
    (void)call;
    (void)err;
    return ST_OK;
}

static struct route rows[] = {
    {METHOD_GET, "/", NEED_NOTHING, .reply = nothing},
    {METHOD_GET, "/api/keys", NEED_KEY, .reply = nothing},
    {METHOD_POST, "/api/keys", NEED_SESSION, .reply = nothing},
    {METHOD_DELETE, "/api/keys/:id", NEED_SESSION, .reply = nothing},
    {METHOD_GET, "/api/analyses/:id", NEED_KEY, .reply = nothing},
    {METHOD_DELETE, "/api/analyses/:id", NEED_KEY, .reply = nothing},
    {METHOD_GET, "/api/analyses/compare", NEED_KEY, .reply = nothing},
    {METHOD_PUT, "/api/files/:id/parts/:n", NEED_KEY, .reply = nothing},
    {METHOD_GET, "/docs/*", NEED_NOTHING, .reply = nothing},
    {METHOD_GET, "/api/host/users", NEED_HOST, .reply = nothing},
    {METHOD_GET, "/api/only", NEED_NOTHING, .flags = ROUTE_NO_ALIAS, .reply = nothing},
};
const struct route_table route_tables[] = {{rows, ARRAY_COUNT(rows)}};
const size_t route_table_count = 1;

static struct route_match find(enum method method, const char *path)
{
    struct error err;
    struct route_match match;
    ck_ok(route_init(&err));
    route_find(method, slice_of(path), /* host= */ false, &match);
    return match;
}

START_TEST(method_and_path_choose_the_row)
{
    ck_assert_ptr_eq(find(METHOD_GET, "/").route, &rows[0]);
    ck_assert_ptr_eq(find(METHOD_GET, "/api/keys").route, &rows[1]);
    ck_assert_ptr_eq(find(METHOD_POST, "/api/keys").route, &rows[2]);
}
END_TEST

START_TEST(head_takes_the_row_of_get)
{
    ck_assert_ptr_eq(find(METHOD_HEAD, "/api/keys").route, &rows[1]);
}
END_TEST

START_TEST(parameters_are_cut_out_of_the_path)
{
    struct route_match match = find(METHOD_PUT, "/api/files/f-1/parts/12");
    ck_assert_ptr_eq(match.route, &rows[7]);
    ck_assert_uint_eq(match.param_count, 2);
    ck_slice(match.params[0].name, "id");
    ck_slice(match.params[0].value, "f-1");
    ck_slice(match.params[1].name, "n");
    ck_slice(match.params[1].value, "12");
}
END_TEST

START_TEST(a_literal_wins_over_a_parameter_but_other_methods_still_match)
{
    ck_assert_ptr_eq(find(METHOD_GET, "/api/analyses/compare").route, &rows[6]);
    ck_assert_ptr_eq(find(METHOD_GET, "/api/analyses/17").route, &rows[4]);
    ck_assert_ptr_eq(find(METHOD_DELETE, "/api/analyses/compare").route, &rows[5]);
}
END_TEST

START_TEST(a_star_takes_the_rest_with_its_slashes)
{
    struct route_match match = find(METHOD_GET, "/docs/api/errors.html");
    ck_assert_ptr_eq(match.route, &rows[8]);
    ck_slice(match.params[0].value, "api/errors.html");
    ck_assert_ptr_null(find(METHOD_GET, "/docs").route);
}
END_TEST

START_TEST(v1_is_another_name_of_api)
{
    ck_assert_ptr_eq(find(METHOD_GET, "/v1/keys").route, &rows[1]);
    ck_slice(find(METHOD_DELETE, "/v1/keys/7").params[0].value, "7");
    ck_assert_ptr_null(find(METHOD_GET, "/v1/only").route);
    ck_assert_ptr_null(find(METHOD_GET, "/v2/keys").route);
}
END_TEST

START_TEST(another_method_on_a_known_path_is_405_with_the_allowed_ones)
{
    char text[ROUTE_ALLOW_MAX];
    struct route_match match = find(METHOD_PUT, "/api/keys");
    ck_assert_ptr_null(match.route);
    ck_assert(match.path_known);
    ck_slice(route_allow(&match, text), "GET, HEAD, POST, OPTIONS");
}
END_TEST

START_TEST(odd_paths_match_nothing)
{
    static const char *const odd[] = {"",
                                      "api/keys",
                                      "/api/keys/",
                                      "//api/keys",
                                      "/api//keys",
                                      "/api/./keys",
                                      "/api/../api/keys",
                                      "/API/keys",
                                      "/api/keys/1/2",
                                      "/a/b/c/d/e/f/g/h/i/j"};
    for (size_t i = 0; i < ARRAY_COUNT(odd); i++) {
        struct route_match match = find(METHOD_GET, odd[i]);
        ck_assert_msg(!match.path_known, "'%s' matched", odd[i]);
    }
}
END_TEST

START_TEST(host_rows_do_not_exist_over_the_network)
{
    struct route_match match = find(METHOD_GET, "/api/host/users");
    ck_assert(!match.path_known);
    route_find(METHOD_GET, S("/api/host/users"), /* host= */ true, &match);
    ck_assert_ptr_eq(match.route, &rows[9]);
}
END_TEST

START_TEST(a_row_without_auth_class_stops_the_start)
{
    struct error err;
    rows[1].need = NEED_UNDECLARED;
    ck_status(route_init(&err), ST_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.text, "/api/keys"));
    rows[1].need = NEED_KEY;
    ck_ok(route_init(&err));
}
END_TEST

START_TEST(the_same_row_twice_stops_the_start)
{
    struct error err;
    const char *was = rows[1].path;
    rows[1].path = "/";
    ck_status(route_init(&err), ST_INTERNAL);
    rows[1].path = was;
    ck_ok(route_init(&err));
}
END_TEST

START_TEST(every_row_has_its_index)
{
    struct error err;
    bool seen[ARRAY_COUNT(rows)] = {false};
    ck_ok(route_init(&err));
    ck_assert_uint_eq(route_count(), ARRAY_COUNT(rows));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t index = route_index(&rows[i]);
        ck_assert_uint_lt(index, ARRAY_COUNT(rows));
        ck_assert(!seen[index]);
        seen[index] = true;
    }
}
END_TEST

TEST_MAIN("route", method_and_path_choose_the_row, head_takes_the_row_of_get,
          parameters_are_cut_out_of_the_path,
          a_literal_wins_over_a_parameter_but_other_methods_still_match,
          a_star_takes_the_rest_with_its_slashes, v1_is_another_name_of_api,
          another_method_on_a_known_path_is_405_with_the_allowed_ones, odd_paths_match_nothing,
          host_rows_do_not_exist_over_the_network, a_row_without_auth_class_stops_the_start,
          the_same_row_twice_stops_the_start, every_row_has_its_index)

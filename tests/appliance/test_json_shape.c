/* Tests of reading expected members out of a JSON object. */
#include "json.h"

#include "lib/main.h"

static struct arena arena;
static struct error err;

START_TEST(members_land_in_their_places_and_absent_ones_keep_defaults)
{
    arena_init(&arena, 1 << 20);
    slice name = S("");
    uint64_t count = 7;
    double alpha = 0.05;
    bool on = false;
    const struct json *tree = NULL;
    ck_ok(json_read(S("{\"name\":\"ci\",\"on\":true,\"list\":[1,2]}"), &arena, &err,
                    JSON_STR("name", &name, 1, 100), JSON_U64_OPT("count", &count, 0, 10),
                    JSON_F64_OPT("alpha", &alpha, 0, 1), JSON_BOOL_OPT("on", &on),
                    JSON_TREE_OPT("list", &tree)));
    ck_slice(name, "ci");
    ck_assert_uint_eq(count, 7);
    ck_assert_double_eq(alpha, 0.05);
    ck_assert(on);
    ck_assert_uint_eq(tree->count, 2);
    arena_finish(&arena);
}
END_TEST

static void refused(const char *body, const char *code, const char *why)
{
    slice name = S("");
    uint64_t count = 0;
    bool on = false;
    ck_status(json_read(slice_of(body), &arena, &err, JSON_STR("name", &name, 1, 5),
                        JSON_U64_OPT("count", &count, 1, 10), JSON_BOOL_OPT("on", &on)),
              ST_INVALID);
    ck_assert_str_eq(err.code, code);
    ck_assert_msg(strstr(err.text, why), "'%s' does not say '%s'", err.text, why);
    ck_assert_msg(strcmp(err.text, err.text_zh) != 0, "no Chinese twin of '%s'", err.text);
}

START_TEST(wrong_members_are_named)
{
    arena_init(&arena, 1 << 20);
    refused("{}", "missing_field", "name");
    refused("", "missing_field", "name");
    refused("{\"name\":null}", "invalid_field", "name");
    refused("{\"name\":\"\"}", "invalid_field", "name");
    refused("{\"name\":\"123456\"}", "invalid_field", "name");
    refused("{\"name\":\"a\\u0000b\"}", "invalid_field", "name");
    refused("{\"name\":3}", "invalid_field", "name");
    refused("{\"name\":\"x\",\"count\":0}", "invalid_field", "count");
    refused("{\"name\":\"x\",\"count\":11}", "invalid_field", "count");
    refused("{\"name\":\"x\",\"count\":1.5}", "invalid_field", "count");
    refused("{\"name\":\"x\",\"count\":-1}", "invalid_field", "count");
    refused("{\"name\":\"x\",\"count\":\"1\"}", "invalid_field", "count");
    refused("{\"name\":\"x\",\"on\":1}", "invalid_field", "on");
    refused("{\"name\":\"x\",\"role\":\"admin\"}", "unknown_field", "role");
    refused("[]", "invalid_json", "object");
    arena_finish(&arena);
}
END_TEST

START_TEST(lenient_reading_ignores_other_members)
{
    arena_init(&arena, 1 << 20);
    slice name = S("");
    ck_ok(json_read_lenient(S("{\"role\":\"admin\",\"name\":\"x\"}"), &arena, &err,
                            JSON_STR("name", &name, 1, 5)));
    ck_slice(name, "x");
    arena_finish(&arena);
}
END_TEST

START_TEST(whole_numbers_end_where_doubles_lose_them)
{
    arena_init(&arena, 1 << 20);
    uint64_t seed = 0;
    ck_ok(json_read(S("{\"seed\":9007199254740991}"), &arena, &err,
                    JSON_U64_OPT("seed", &seed, 0, 9007199254740991.0)));
    ck_assert_uint_eq(seed, 9007199254740991U);
    ck_status(json_read(S("{\"seed\":9007199254740992}"), &arena, &err,
                        JSON_U64_OPT("seed", &seed, 0, 1e18)),
              ST_INVALID);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("json_shape", members_land_in_their_places_and_absent_ones_keep_defaults,
          wrong_members_are_named, lenient_reading_ignores_other_members,
          whole_numbers_end_where_doubles_lose_them)

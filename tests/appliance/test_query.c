/* Tests of query strings; through a whole request in test_request.c. */
#include "query.h"

#include "lib/main.h"

static struct error err;
static struct arena arena;
static struct call_pair pairs[LIMIT_QUERY_PAIRS];
static size_t count;

START_TEST(pairs_come_decoded_and_in_order)
{
    arena_init(&arena, 1 << 16);
    ck_ok(query_parse(S("&a=1&&%62=x+y%20%e5%81%8f&a=&c"), &arena, pairs, &count, &err));
    ck_assert_uint_eq(count, 4);
    ck_slice(pairs[0].value, "1");
    ck_slice(pairs[1].name, "b");
    ck_slice(pairs[1].value, "x y 偏");
    ck_slice(pairs[2].name, "a");
    ck_slice(pairs[2].value, "");
    ck_slice(pairs[3].name, "c");
    ck_slice(pairs[3].value, "");
    arena_finish(&arena);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
    static const char *const bad[] = {"a=%",   "a=%4",  "a=%4g", "%zz",      "a=%00",
                                      "a=%0a", "a=%7f", "a=%ff", "a=%c0%af", "a=\n"};
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        ck_status(query_parse(slice_of(bad[i]), &arena, pairs, &count, &err), ST_INVALID);
        ck_assert_str_eq(err.code, "invalid_query");
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(a_plus_is_a_blank_in_queries_only)
{
    slice text;
    arena_init(&arena, 1 << 16);
    ck_assert(percent_decode(&arena, S("a+b"), true, &text));
    ck_slice(text, "a b");
    ck_assert(percent_decode(&arena, S("a+b"), false, &text));
    ck_slice(text, "a+b");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("query", pairs_come_decoded_and_in_order, what_is_no_text_is_refused,
          a_plus_is_a_blank_in_queries_only)

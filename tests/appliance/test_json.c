/* Tests of the JSON walker and tree: every bound, every refused oddity. */
#include "json.h"

#include "lib/main.h"

static struct arena arena;
static struct error err;

static const struct json *parse(const char *text)
{
    const struct json *root = NULL;
    ck_ok(json_parse(slice_of(text), &arena, &root, &err));
    return root;
}

static void refused(slice text, const char *why)
{
    const struct json *root = NULL;
    enum status_code rc = json_parse(text, &arena, &root, &err);
    ck_assert_msg(rc == ST_INVALID, "not refused: %.*s", SLICE_ARG(text));
    ck_assert_ptr_null(root);
    ck_assert_str_eq(err.code, "invalid_json");
    ck_assert_msg(strstr(err.text, why), "'%s' does not say '%s'", err.text, why);
}

static void start(void)
{
    arena_init(&arena, 64u << 20);
}

START_TEST(tree_keeps_order_kinds_and_names)
{
    start();
    const struct json *root =
        parse("{\"a\":[1,-2.5e3,true,null,\"x\\n\\u00e9\"],\"b\":{\"c\":\"plain\"}}");
    ck_assert_int_eq(root->kind, JSON_OBJECT);
    ck_assert_uint_eq(root->count, 2);
    const struct json *a = json_find(root, "a");
    ck_assert_uint_eq(a->count, 5);
    ck_assert_double_eq(a->first->next->number, -2500);
    ck_slice(a->first->next->text, "-2.5e3");
    ck_assert(a->first->next->next->boolean);
    ck_assert_int_eq(a->first->next->next->next->kind, JSON_NULL);
    ck_slice(a->first->next->next->next->next->text, "x\né");
    ck_slice(json_at(root, "b.c")->text, "plain");
    arena_finish(&arena);
}
END_TEST

START_TEST(names_with_escapes_are_not_their_values)
{
    start();
    const struct json *root = parse("{\"a\\n\":\"x\\ty\",\"b\\t\":{\"c\\u0002\":\"\\u0003\"}}");
    ck_slice(root->first->name, "a\n");
    ck_slice(root->first->text, "x\ty");
    ck_slice(root->first->next->name, "b\t");
    ck_slice(root->first->next->first->name, "c\x02");
    arena_finish(&arena);
}
END_TEST

START_TEST(bulky_members_of_a_log_stay_but_are_empty)
{
    static const char *const bulky[] = {"samples", NULL};
    const struct json *root = NULL;
    start();
    ck_ok(json_parse_log(S("{\"a\":1,\"samples\":[{\"x\":[1,2]},3],\"b\":{\"samples\":[4]},"
                           "\"samples2\":[5]}"),
                         bulky, &arena, &root, &err));
    ck_assert_uint_eq(root->count, 4);
    ck_assert_int_eq(json_find(root, "samples")->kind, JSON_ARRAY);
    ck_assert_uint_eq(json_find(root, "samples")->count, 0);
    ck_assert_uint_eq(json_at(root, "b.samples")->count, 1);
    ck_assert_uint_eq(json_find(root, "samples2")->count, 1);
    ck_status(json_parse_log(S("{\"samples\":[{\"x\":]}"), bulky, &arena, &root, &err), ST_INVALID);
    arena_finish(&arena);
}
END_TEST

START_TEST(strings_without_escapes_borrow_from_the_input)
{
    start();
    const char *text = "{\"k\":\"long enough to matter\"}";
    const struct json *root = parse(text);
    ck_assert_ptr_eq(root->first->text.ptr, text + 6);
    arena_finish(&arena);
}
END_TEST

START_TEST(depth_of_32_is_read_and_33_is_refused)
{
    start();
    char deep[80];
    for (int depth = 32; depth <= 33; depth++) {
        memset(deep, '[', (size_t)depth);
        memset(deep + depth, ']', (size_t)depth);
        slice text = slice_make(deep, (size_t)depth * 2);
        const struct json *root;
        if (depth == 32)
            ck_ok(json_parse(text, &arena, &root, &err));
        else
            refused(text, "deeper than 32");
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(hundred_thousand_brackets_do_not_use_the_stack)
{
    start();
    char *deep = malloc(100000);
    memset(deep, '[', 100000);
    refused(slice_make(deep, 100000), "deeper than 32");
    free(deep);
    arena_finish(&arena);
}
END_TEST

START_TEST(odd_inputs_are_refused_with_the_reason)
{
    start();
    refused(S("{\"a\":1,\"a\":2}"), "occurs twice");
    refused(S("{\"a\":1,\"\\u0061\":2}"), "occurs twice");
    refused(S("[1e999]"), "64 bits");
    refused(S("[-1e999]"), "64 bits");
    refused(S("\"\\ud800\""), "surrogate");
    refused(S("\"\\udc00\\ud800\""), "surrogate");
    refused(S("\"\\ud83dx\""), "surrogate");
    refused(S("\"\xff\""), "UTF");
    refused(S("\"\xed\xa0\x80\""), "UTF");
    refused(S("[1] x"), "line 1");
    refused(S("{} {}"), "line 1");
    refused(S("[1,]"), "line 1");
    refused(S("\n\n{a:1}"), "line 3");
    refused(S("[NaN]"), "line 1");
    refused(S("[01]"), "line 1");
    refused(S("// no\n1"), "line 1");
    refused(S("\"tab\there\""), "line 1");
    refused(S("{\"a\":"), "line 1");
    refused(S("   "), "");
    refused(S(""), "");
    arena_finish(&arena);
}
END_TEST

START_TEST(a_surrogate_pair_and_an_escaped_backslash_are_fine)
{
    start();
    ck_slice(parse("\"\\ud83d\\ude00\"")->text, "😀");
    ck_slice(parse("\"\\\\ud800\"")->text, "\\ud800");
    arena_finish(&arena);
}
END_TEST

START_TEST(names_and_members_have_a_bound)
{
    start();
    char text[8192];
    size_t at = 0;
    for (int count = JSON_MEMBERS_MAX; count <= JSON_MEMBERS_MAX + 1; count++) {
        at = 0;
        text[at++] = '{';
        for (int i = 0; i < count; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s\"k%d\":1", i ? "," : "", i);
        text[at++] = '}';
        const struct json *root;
        if (count == JSON_MEMBERS_MAX)
            ck_ok(json_parse(slice_make(text, at), &arena, &root, &err));
        else
            refused(slice_make(text, at), "members");
    }
    at = (size_t)snprintf(text, sizeof text, "{\"%0*d\":1}", JSON_KEY_MAX + 1, 7);
    refused(slice_make(text, at), "longer than 256");
    arena_finish(&arena);
}
END_TEST

START_TEST(too_many_values_are_too_large)
{
    start();
    size_t len = (size_t)JSON_NODES_MAX * 2; /* the array and one value less than the bound */
    char *text = malloc(len + 2);
    for (size_t i = 0; i < len; i++)
        text[i] = i % 2 ? '1' : ',';
    text[0] = '[';
    text[len - 2] = text[len - 1] = ' ';
    text[len] = ']';
    const struct json *root;
    ck_ok(json_parse(slice_make(text, len + 1), &arena, &root, &err));
    ck_assert_uint_eq(root->count, JSON_NODES_MAX - 1);
    text[len - 2] = ',';
    text[len - 1] = '1';
    ck_status(json_parse(slice_make(text, len + 1), &arena, &root, &err), ST_TOO_LARGE);
    free(text);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_full_arena_is_too_large)
{
    arena_init(&arena, 200);
    const struct json *root;
    ck_status(json_parse(S("[[[[[1,2,3,4,5,6,7,8,9]]]]]"), &arena, &root, &err), ST_TOO_LARGE);
    arena_finish(&arena);
}
END_TEST

/* JSON lines: several values, counted by a receiver that stops at the third. */
static status count_values(void *context, const struct json *value, size_t depth,
                           struct error *error)
{
    (void)value;
    (void)depth;
    size_t *count = context;
    return ++*count == 3 ? error_set(error, ST_LIMIT, "enough") : ST_OK;
}

START_TEST(walk_reads_several_values_and_stops_when_told)
{
    size_t count = 0;
    const struct json_events events = {.context = &count, .value = count_values};
    ck_ok(json_walk(S("1\n2\n"), true, &events, &err));
    ck_assert_uint_eq(count, 2);
    ck_status(json_walk(S("3 4 5"), true, &events, &err), ST_LIMIT);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(err.text, "enough");
}
END_TEST

TEST_MAIN("json", tree_keeps_order_kinds_and_names, names_with_escapes_are_not_their_values,
          bulky_members_of_a_log_stay_but_are_empty, strings_without_escapes_borrow_from_the_input,
          depth_of_32_is_read_and_33_is_refused, hundred_thousand_brackets_do_not_use_the_stack,
          odd_inputs_are_refused_with_the_reason,
          a_surrogate_pair_and_an_escaped_backslash_are_fine, names_and_members_have_a_bound,
          too_many_values_are_too_large, a_full_arena_is_too_large,
          walk_reads_several_values_and_stops_when_told)

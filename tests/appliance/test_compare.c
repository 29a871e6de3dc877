/* Tests of the comparison of two reports. */
#include "compare.h"

#include "lib/main.h"

static struct arena arena;
static struct comparison c;

static void compare(const char *a, const char *b)
{
    const struct json *one, *two;
    struct error err = {0};
    c = (struct comparison){.id = {S("ana_1"), S("ana_2")}, .label = {S(""), S("x")}};
    ck_ok(json_parse(slice_of(a), &arena, &one, &err));
    ck_ok(json_parse(slice_of(b), &arena, &two, &err));
    ck_ok(compare_reports(one, two, &arena, &c, &err));
}

static const struct difference *difference(const char *field)
{
    for (size_t i = 0; i < c.count; i++)
        if (slice_eq(c.items[i].field, slice_of(field)))
            return &c.items[i];
    return NULL;
}

#define A                                                                                          \
    "{\"input_sha256\":\"aa\",\"id\":\"1\",\"bias_detected\":true,\"psi\":{\"score\":1.5,"         \
    "\"interpretation\":\"much\"},\"verdict\":{\"verdict\":\"no_evidence\",\"p_value\":0.2},"      \
    "\"options\":{\"alpha\":0.05,\"thresholds\":{\"psi\":0.15}},\"data_stats\":{\"num_rows\":6}}"
#define B                                                                                          \
    "{\"input_sha256\":\"bb\",\"id\":\"2\",\"bias_detected\":true,\"psi\":{\"score\":1.5,"         \
    "\"interpretation\":\"other\"},\"verdict\":{\"verdict\":\"insufficient_data\","                \
    "\"p_value\":null},\"options\":{\"alpha\":0.01,\"thresholds\":{\"psi\":0.15},\"new\":true},"   \
    "\"data_stats\":{\"num_rows\":7}}"

START_TEST(equal_reports_do_not_differ)
{
    arena_init(&arena, 8 << 20);
    compare(A, A);
    ck_assert_uint_eq(c.count, 0);
    ck_assert(c.same_verdict && c.same_input && c.same_settings && !c.truncated);
    arena_finish(&arena);
}
END_TEST

START_TEST(what_differs_is_grouped_and_text_is_left_out)
{
    arena_init(&arena, 8 << 20);
    compare(A, B);
    ck_assert(!c.same_verdict && !c.same_input && !c.same_settings);
    ck_assert_uint_eq(c.count, 6);
    ck_assert_int_eq(difference("options.alpha")->group, COMPARE_SETTINGS);
    ck_assert_int_eq(difference("data_stats.num_rows")->group, COMPARE_DATA);
    ck_assert_int_eq(difference("verdict.p_value")->group, COMPARE_RESULTS);
    ck_assert_ptr_null(difference("options.new")->a);
    ck_slice(difference("options.alpha")->b->text, "0.01");
    ck_assert_ptr_null(difference("psi.interpretation"));
    ck_assert_ptr_null(difference("id"));
    arena_finish(&arena);
}
END_TEST

START_TEST(the_answer_in_three_formats)
{
    struct buf out;
    struct json_out w;
    const struct json *root;
    struct error err = {0};
    arena_init(&arena, 8 << 20);
    compare(A, B);
    buf_init(&out, 1 << 20);
    json_out_init(&w, &out, 0);
    json_object(&w);
    compare_json(&w, &c);
    json_end(&w);
    ck_ok(json_parse(buf_slice(&out), &arena, &root, &err));
    ck_assert_uint_eq(json_find(root, "settings")->count, 2);
    ck_assert_uint_eq(json_find(root, "data")->count, 2);
    ck_slice(json_at(root, "b.verdict")->text, "insufficient_data");
    out.len = 0;
    compare_markdown(&out, &c, LANG_ZH);
    ck_assert(slice_find(buf_slice(&out), S("| options.alpha | 0.05 | 0.01 |"), &(size_t){0}));
    ck_assert(slice_find(buf_slice(&out), S("不同"), &(size_t){0}));
    out.len = 0;
    compare_html(&out, &c, LANG_EN);
    ck_assert(slice_find(buf_slice(&out), S("<td>options.alpha</td><td>0.05</td>"), &(size_t){0}));
    buf_finish(&out);
    arena_finish(&arena);
}
END_TEST

START_TEST(foreign_text_cannot_leave_its_cell)
{
    struct buf out;
    arena_init(&arena, 8 << 20);
    compare("{\"psi\":{\"reason\":\"a|b\\n<script>\"}}", "{\"psi\":{\"reason\":\"c\"}}");
    buf_init(&out, 1 << 20);
    compare_markdown(&out, &c, LANG_EN);
    ck_assert(slice_find(buf_slice(&out), S("| a\\|b \\<script> | c |"), &(size_t){0}));
    out.len = 0;
    compare_html(&out, &c, LANG_EN);
    ck_assert(!slice_find(buf_slice(&out), S("<script>"), &(size_t){0}));
    buf_finish(&out);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_thousand_differences_are_cut)
{
    struct buf a, b;
    arena_init(&arena, 8 << 20);
    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    for (int half = 0; half < 2; half++) {
        struct buf *out = half ? &b : &a;
        buf_put_str(out, "{");
        for (int g = 0; g < 5; g++) {
            buf_printf(out, "%s\"g%d\":{", g ? "," : "", g);
            for (int i = 0; i < 200; i++)
                buf_printf(out, "%s\"f%d\":%d", i ? "," : "", i, i + half);
            buf_put_str(out, "}");
        }
        buf_put(out, slice_make("}", 2));
    }
    compare(a.ptr, b.ptr);
    ck_assert_uint_eq(c.count, COMPARE_DIFFERENCES_MAX);
    ck_assert(c.truncated);
    buf_finish(&a);
    buf_finish(&b);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("compare", equal_reports_do_not_differ, what_differs_is_grouped_and_text_is_left_out,
          the_answer_in_three_formats, foreign_text_cannot_leave_its_cell,
          a_thousand_differences_are_cut)

/* A frozen protocol: read strictly, written canonically, the same after a round trip. */
#include "lib/frozen.h"

static struct arena arena;

static status read_plan(const char *text, bool strict, struct freeze *ret, struct error *err)
{
    const struct json *root;
    ck_status(json_parse(slice_of(text), &arena, &root, err), ST_OK);
    return freeze_read(root, strict, &arena, ret, err);
}

static slice canonical(const struct freeze *freeze)
{
    struct buf out;
    const struct freeze_subject subject = {.project_id = S("prj_1"),
                                           .project_name = S("p"),
                                           .frozen_ms = FROZEN_AT_MS,
                                           .frozen_by = S("Ann")};
    buf_init_arena(&out, &arena, FREEZE_BYTES_MAX);
    freeze_canonical(freeze, &subject, &out);
    return buf_slice(&out);
}

START_TEST(the_canonical_text_is_sorted_and_reads_back_the_same)
{
    struct freeze freeze, again;
    struct error err = {0};
    arena_init(&arena, 16 << 20);
    ck_ok(read_plan(
        "{\"planned_rounds\":5,\"metric\":\"acc\",\"splits\":[\"test\",\"dev\"],"
        "\"threshold\":1.50,\"tasks\":{\"b\":{\"n\":5},\"a\":{\"protocol\":{\"x\":1.0}}},"
        "\"lineages\":[\"z\",\"m\"],\"protocol\":{\"seed\":1.0,\"judge\":\"g\",\"on\":true,"
        "\"limit\":null}}",
        true, &freeze, &err));
    slice text = canonical(&freeze);
    ck_slice(text,
             "{\"budget\":null,\"direction\":null,\"frozen_at\":\"2025-11-24T16:00:00Z\","
             "\"frozen_by\":\"Ann\",\"lineages\":[\"m\",\"z\"],\"metric\":\"acc\",\"n\":null,"
             "\"planned_rounds\":5,\"project_id\":\"prj_1\",\"project_name\":\"p\",\"protocol\":"
             "{\"judge\":\"g\",\"limit\":null,\"on\":true,\"seed\":1},\"schema_version\":1,"
             "\"splits\":[\"dev\",\"test\"],\"tasks\":{\"a\":{\"n\":null,\"protocol\":{\"x\":1}},"
             "\"b\":{\"n\":5,\"protocol\":{}}},\"threshold\":1.5}");
    ck_ok(read_plan(text.ptr, false, &again, &err));
    ck_assert(slice_eq(canonical(&again), text));
    arena_finish(&arena);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    static const char *const cases[][2] = {
        {"{\"protocol\":{},\"splits\":[\"test\"],\"planned_rounds\":5}", "metric"},
        {"{\"protocol\":{},\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":0}",
         "planned_rounds"},
        {"{\"protocol\":{},\"splits\":[],\"metric\":\"a\",\"planned_rounds\":5}", "splits"},
        {"{\"protocol\":{},\"splits\":[\"test\",\"test\"],\"metric\":\"a\",\"planned_rounds\":5}",
         "splits"},
        {"{\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":5}", "protocol"},
        {"{\"protocol\":{\"deep\":{}},\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":5}",
         "deep"},
        {"{\"protocol\":{},\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":5,"
         "\"direction\":\"up\"}",
         "direction"},
        {"{\"protocol\":{},\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":5,"
         "\"tasks\":{\"t\":{\"m\":1}}}",
         "task 't'"},
        {"{\"protocol\":{},\"splits\":[\"test\"],\"metric\":\"a\",\"planned_rounds\":5,\"x\":1}",
         "x"},
    };
    arena_init(&arena, 16 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct freeze freeze;
        struct error err = {0};
        ck_status(read_plan(cases[i][0], true, &freeze, &err), ST_INVALID);
        ck_assert_msg(strstr(err.text, cases[i][1]), "%s: %s", cases[i][1], err.text);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(fields_of_a_task_stand_over_the_common_ones)
{
    struct frozen f;
    frozen_begin(&f, FROZEN_PLAN);
    const struct freeze_task *b = freeze_task_find(&f.freeze, S("b"));
    ck_slice(freeze_field(&f.freeze, b, S("judge"))->text, "h");
    ck_slice(freeze_field(&f.freeze, NULL, S("judge"))->text, "g");
    ck_slice(freeze_field(&f.freeze, b, S("seed"))->text, "1");
    ck_assert_ptr_null(freeze_field(&f.freeze, b, S("other")));
    ck_assert_ptr_null(freeze_task_find(&f.freeze, S("c")));
    ck_assert(freeze_has_lineage(&f.freeze, S("m")));
    ck_assert(!freeze_has_lineage(&f.freeze, S("n")));
    frozen_end(&f);
}
END_TEST

TEST_MAIN("freeze", the_canonical_text_is_sorted_and_reads_back_the_same, what_is_wrong_is_named,
          fields_of_a_task_stand_over_the_common_ones)

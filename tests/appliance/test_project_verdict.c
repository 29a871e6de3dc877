/* The summary of a judgement names verdict, rule, level and completeness. */
#include "project_verdict.h"

#include "json.h"
#include "lib/main.h"

#include <math.h>

static struct arena arena;

static const struct json *summary(const struct judgement *judgement,
                                  const struct verdict_context *context)
{
    struct buf text;
    struct json_out w;
    struct error err = {0};
    const struct json *root;
    buf_init_arena(&text, &arena, 16384);
    json_out_init(&w, &text, 0);
    verdict_summary(&w, judgement, context);
    ck_ok(buf_check(&text, &err));
    ck_assert(!slice_find_byte(buf_slice(&text), '\n', &(size_t){0}));
    ck_ok(json_parse(buf_slice(&text), &arena, &root, &err));
    return root;
}

START_TEST(the_summary_says_what_was_decided_and_by_which_rule)
{
    static const struct diff changes = {.comparable = true, .change_count = 4};
    struct judgement j = {.diff = &changes,
                          .verdict = "insufficient_data",
                          .reason = "only_development",
                          .p_value = NAN,
                          .level = 0.0125,
                          .rounds_total = 9,
                          .state = {.tests = 2, .p_value = 0.5, .spent = 0.5}};
    const struct verdict_context context = {.number = 3,
                                            .planned_rounds = 20,
                                            .additions = 3,
                                            .rows = 18,
                                            .grade = S("B"),
                                            .frozen = true,
                                            .deviations_open = 2};
    arena_init(&arena, 1 << 20);
    (void)error_set(&j.why, ST_INVALID, "every completed run is on development data");
    const struct json *root = summary(&j, &context);
    ck_slice(json_find(root, "verdict")->text, "insufficient_data");
    ck_slice(json_find(root, "reason")->text, "only_development");
    ck_slice(json_at(root, "text.en")->text, "every completed run is on development data");
    ck_assert_int_eq(json_find(root, "p_value")->kind, JSON_NULL);
    ck_slice(json_at(root, "sequential.rule")->text, "spending_planned");
    ck_assert_double_eq(json_at(root, "sequential.planned_rounds")->number, 20);
    ck_assert_double_eq(json_at(root, "sequential.level")->number, 0.0125);
    ck_assert_double_eq_tol(json_at(root, "sequential.spent")->number, 0.025, 1e-15);
    ck_assert_int_eq(json_at(root, "sequential.detected_at")->kind, JSON_NULL);
    ck_assert_double_eq(json_find(root, "deviations_open")->number, 2);
    ck_slice(json_find(root, "grade")->text, "B");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("project_verdict", the_summary_says_what_was_decided_and_by_which_rule)

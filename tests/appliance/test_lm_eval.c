/* Tests of the lm-evaluation-harness reader on made-up results of each format. */
#include "lib/import_fixture.h"

#define RESULTS_04                                                                                 \
    "{\"results\":{\"gsm8k\":{\"alias\":\"gsm8k\",\"exact_match,strict-match\":0.41,"              \
    "\"exact_match_stderr,strict-match\":0.0135,\"exact_match,flexible-extract\":\"0.44\","        \
    "\"exact_match_stderr,flexible-extract\":\"N/A\"},"                                            \
    "\"mmlu\":{\"acc,none\":0.6,\"acc_stderr,none\":0.004,\"alias\":\"mmlu\"},"                    \
    "\"mmlu_law\":{\"acc,none\":0.55,\"acc_stderr,none\":0.02}},"                                  \
    "\"group_subtasks\":{\"mmlu\":[\"mmlu_law\"],\"gsm8k\":[]},"                                   \
    "\"configs\":{\"gsm8k\":{\"task\":\"gsm8k\",\"num_fewshot\":5,"                                \
    "\"metadata\":{\"version\":3,\"pretrained\":\"acme/m-1\"}}},"                                  \
    "\"versions\":{\"gsm8k\":3,\"mmlu_law\":1},\"n-shot\":{\"gsm8k\":5,\"mmlu_law\":0},"           \
    "\"higher_is_better\":{\"gsm8k\":{\"exact_match\":true},\"mmlu_law\":{\"acc\":null}},"         \
    "\"n-samples\":{\"gsm8k\":{\"original\":1319,\"effective\":200}},"                             \
    "\"config\":{\"model\":\"hf\",\"model_args\":\"pretrained=acme/m-1\",\"limit\":200.0,"         \
    "\"random_seed\":0,\"batch_size\":\"auto\"},\"git_hash\":\"abc1234\",\"date\":1767225600.5,"   \
    "\"task_hashes\":{},\"model_name\":\"acme/m-1\",\"start_time\":123.4,"                         \
    "\"lm_eval_version\":\"0.4.5\",\"chat_template_sha\":null}"

START_TEST(results_04_give_one_row_per_task_metric_and_filter)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "results_2026-01-01T00-00-00.json", S(RESULTS_04));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 3);
    const struct ledger_row *row = &f.ledger.rows[1];
    ck_slice(row->task, "gsm8k");
    ck_slice(row->metric, "exact_match,strict-match");
    ck_assert_double_eq(row->value, 0.41);
    ck_assert(row->has_stderr);
    ck_assert_int_eq(row->n, 200);
    ck_assert_int_eq(row->direction, DIRECTION_HIGHER);
    ck_assert_int_eq(row->time_ms, INT64_C(1767225600500));
    ck_slice(row->system, "acme/m-1");
    ck_slice(protocol_of(row, "limit")->text, "200.0");
    ck_slice(protocol_of(row, "n-shot")->text, "5");
    ck_slice(protocol_of(row, "lm_eval_version")->text, "0.4.5");
    ck_assert_int_eq(protocol_of(row, "chat_template_sha")->kind, FIELD_NULL);
    ck_assert_ptr_null(fields_find(&row->protocol, S("batch_size")));
    ck_assert_ptr_nonnull(fields_find(&row->settings, S("model_args")));
    fixture_end(&f);
}
END_TEST

START_TEST(text_scores_count_and_a_stderr_that_is_no_number_is_unknown)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "r.json", S(RESULTS_04));
    fixture_finish(&f);
    ck_slice(f.ledger.rows[0].metric, "exact_match,flexible-extract");
    ck_assert_double_eq(f.ledger.rows[0].value, 0.44);
    ck_assert(!f.ledger.rows[0].has_stderr);
    fixture_end(&f);
}
END_TEST

START_TEST(group_is_not_counted_beside_its_subtasks)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "r.json", S(RESULTS_04));
    fixture_finish(&f);
    for (size_t i = 0; i < f.ledger.row_count; i++)
        ck_assert(!slice_eq(f.ledger.rows[i].task, S("mmlu")));
    ck_assert_int_eq(f.ledger.rows[2].direction, DIRECTION_UNKNOWN);
    fixture_end(&f);
}
END_TEST

START_TEST(results_03_have_plain_metric_names)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(
        &f, "out_2023-05-06T07-08-09.json",
        S("{\"results\":{\"arc\":{\"acc\":0.5,\"acc_stderr\":0.01}},\"versions\":{\"arc\":0},"
          "\"config\":{\"model\":\"hf\",\"model_args\":\"pretrained=x/y\",\"num_fewshot\":25,"
          "\"limit\":null}}"));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 1);
    ck_slice(f.ledger.rows[0].metric, "acc");
    ck_slice(f.ledger.rows[0].system, "pretrained=x/y");
    ck_assert_double_eq(f.ledger.rows[0].stderr_value, 0.01);
    ck_slice(protocol_of(&f.ledger.rows[0], "num_fewshot")->text, "25");
    ck_slice(f.ledger.sources[0].version, "0.3");
    fixture_end(&f);
}
END_TEST

START_TEST(leaderboard_format_names_task_and_shots_in_one_key)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "results_2023-08-21T17:55:50.567332.json",
                 S("{\"config_general\":{\"model_name\":\"org/m\",\"model_sha\":\"aa\"},"
                   "\"results\":{\"harness|gsm8k|5\":{\"acc\":0.3,\"acc_stderr\":0.01},"
                   "\"all\":{\"acc\":0.3}},\"versions\":{}}"));
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 1);
    ck_slice(f.ledger.rows[0].task, "gsm8k");
    ck_slice(f.ledger.rows[0].system, "org/m");
    fixture_end(&f);
}
END_TEST

START_TEST(invented_model_name_is_no_identity)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "r.json",
                 S("{\"results\":{\"a\":{\"acc,none\":0.5}},\"versions\":{},\"configs\":{},"
                   "\"config\":{},\"model_name\":\"qWeRtYuI\",\"date\":1767225600}"));
    fixture_finish(&f);
    fixture_refused(&f, "no identity of the model");
    fixture_end(&f);
}
END_TEST

START_TEST(performance_counter_is_not_taken_for_a_time)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "results.json",
                 S("{\"results\":{\"a\":{\"acc,none\":0.5}},\"versions\":{},"
                   "\"model_name\":\"a/b\",\"start_time\":1234.5}"));
    fixture_finish(&f);
    fixture_refused(&f, "no time of the run");
    fixture_end(&f);
}
END_TEST

START_TEST(results_without_known_scores_say_what_was_expected)
{
    struct import_fixture f;
    fixture_begin(&f);
    fixture_read(&f, "results.json",
                 S("{\"results\":{\"a\":{\"score\":{\"x\":1}}},\"versions\":{}}"));
    fixture_finish(&f);
    fixture_refused(&f, "metric,filter");
    fixture_end(&f);
}
END_TEST

TEST_MAIN("lm_eval", results_04_give_one_row_per_task_metric_and_filter,
          text_scores_count_and_a_stderr_that_is_no_number_is_unknown,
          group_is_not_counted_beside_its_subtasks, results_03_have_plain_metric_names,
          leaderboard_format_names_task_and_shots_in_one_key, invented_model_name_is_no_identity,
          performance_counter_is_not_taken_for_a_time,
          results_without_known_scores_say_what_was_expected)

/* A ledger in the schema of Every Eval Ever comes back the same; changed scores are refused. */
#include "import/eee_write.h"

#include "json.h"
#include "lib/import_fixture.h"

#define ROWS                                                                                       \
    "{\"run_id\":\"r1\",\"time\":\"2026-01-01T00:00:00.250Z\",\"lineage\":\"m\",\"system\":\"m-"   \
    "1\","                                                                                         \
    "\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"stderr\":0.01,\"n\":100,\"direction\":"     \
    "\"higher\",\"status\":\"completed\",\"split\":\"test\",\"protocol\":{\"limit\":null,"         \
    "\"prompt\":\"say \\\"hi\\\"\\n\",\"seed\":1},\"settings\":{\"lr\":0.1},\"source\":{\"path\":" \
    "\"a\",\"sha256\":\"ab\"}}\n"                                                                  \
    "{\"run_id\":\"r3\",\"time\":\"2026-01-03\",\"system\":\"m-3\",\"lineage\":\"m\",\"task\":"    \
    "\"t\","                                                                                       \
    "\"metric\":\"acc\",\"value\":0.6,\"protocol\":{\"dataset_repo\":\"o/"                         \
    "t\",\"dataset_split\":\"test\"},"                                                             \
    "\"source\":{\"path\":\"c\",\"sha256\":\"cd\"}}\n"                                             \
    "{\"run_id\":\"r2\",\"time\":\"2026-01-02\",\"system\":\"m-2\",\"lineage\":\"m\",\"task\":"    \
    "\"t\",\"metric\":\"acc\",\"status\":\"failed\",\"protocol\":{}}\n"

static slice lines_of(struct import_fixture *f)
{
    struct buf out;
    buf_init_arena(&out, &f->arena, 1 << 20);
    ledger_write_jsonl(&f->ledger, &out);
    return buf_slice(&out);
}

static slice exported(struct import_fixture *f)
{
    struct buf out;
    struct error err = {0};
    fixture_begin(f);
    ck_ok(ledger_read_jsonl(&f->ledger, S(ROWS), &err));
    fixture_finish(f);
    buf_init_arena(&out, &f->arena, 1 << 20);
    ck_ok(eee_write(&f->ledger, S("prj_1"), 1800000000000, &out, &err));
    return buf_slice(&out);
}

START_TEST(the_same_ledger_comes_back)
{
    struct import_fixture f, back;
    slice text = exported(&f);
    fixture_begin(&back);
    fixture_read(&back, "x.jsonl", text);
    fixture_finish(&back);
    ck_assert_uint_eq(back.ledger.excluded_count, 0);
    ck_assert(slice_eq(lines_of(&f), lines_of(&back)));
    fixture_end(&back);
    fixture_end(&f);
}
END_TEST

START_TEST(each_run_is_an_object_of_the_schema)
{
    struct import_fixture f;
    struct error err = {0};
    const struct json *root;
    slice line;
    slice text = exported(&f);
    ck_assert(slice_split(&text, '\n', &line));
    ck_ok(json_parse(line, &f.arena, &root, &err));
    ck_slice(json_find(root, "schema_version")->text, "0.3.0");
    ck_slice(json_find(root, "evaluation_id")->text, "r1");
    ck_slice(json_find(root, "evaluation_timestamp")->text, "1767225600.250");
    ck_slice(json_at(root, "model_info.id")->text, "m-1");
    const struct json *result = json_find(root, "evaluation_results")->first;
    ck_assert_double_eq(json_at(result, "score_details.score")->number, 0.5);
    ck_assert_double_eq(json_at(result, "score_details.uncertainty.standard_error.value")->number,
                        0.01);
    ck_assert_double_eq(json_at(result, "score_details.uncertainty.num_samples")->number, 100);
    ck_assert(!json_at(result, "metric_config.lower_is_better")->boolean);
    ck_assert(slice_split(&text, '\n', &line));
    ck_ok(json_parse(line, &f.arena, &root, &err));
    ck_assert_uint_eq(json_find(root, "evaluation_results")->count, 0); /* failed: no score */
    fixture_end(&f);
}
END_TEST

/* Schema 0.3.0 as far as we write it. "[]" is each element; OPEN objects take any name, but only
 * text as value. */
enum { NEEDED = 1, OPEN = 2 };
static const struct rule {
    const char *path;
    enum json_kind kind;
    int flags;
    const char *words; /* allowed values */
} rules[] = {
    {"", JSON_OBJECT, NEEDED, NULL},
    {".schema_version", JSON_STRING, NEEDED, "0.3.0"},
    {".evaluation_id", JSON_STRING, NEEDED, NULL},
    {".evaluation_timestamp", JSON_STRING, 0, NULL},
    {".retrieved_timestamp", JSON_STRING, NEEDED, NULL},
    {".source_metadata", JSON_OBJECT, NEEDED, NULL},
    {".source_metadata.source_name", JSON_STRING, 0, NULL},
    {".source_metadata.source_type", JSON_STRING, NEEDED, "documentation evaluation_run"},
    {".source_metadata.source_organization_name", JSON_STRING, NEEDED, NULL},
    {".source_metadata.evaluator_relationship", JSON_STRING, NEEDED,
     "first_party third_party collaborative other"},
    {".source_metadata.additional_details", JSON_OBJECT, OPEN, NULL},
    {".model_info", JSON_OBJECT, NEEDED, NULL},
    {".model_info.name", JSON_STRING, NEEDED, NULL},
    {".model_info.id", JSON_STRING, NEEDED, NULL},
    {".model_info.additional_details", JSON_OBJECT, NEEDED | OPEN, NULL},
    {".model_info.additional_details.deployment_type", JSON_STRING, NEEDED,
     "self_deployed externally_managed unknown"},
    {".model_info.additional_details.model_availability", JSON_STRING, NEEDED,
     "open_weights closed_weights unknown"},
    {".eval_library", JSON_OBJECT, NEEDED, NULL},
    {".eval_library.name", JSON_STRING, NEEDED, NULL},
    {".eval_library.version", JSON_STRING, NEEDED, NULL},
    {".evaluation_results", JSON_ARRAY, NEEDED, NULL},
    {".evaluation_results[]", JSON_OBJECT, 0, NULL},
    {".evaluation_results[].evaluation_name", JSON_STRING, NEEDED, NULL},
    {".evaluation_results[].source_data", JSON_OBJECT, NEEDED, NULL},
    {".evaluation_results[].source_data.dataset_name", JSON_STRING, NEEDED, NULL},
    {".evaluation_results[].source_data.source_type", JSON_STRING, NEEDED, "hf_dataset other"},
    {".evaluation_results[].source_data.hf_repo", JSON_STRING, 0, NULL},
    {".evaluation_results[].source_data.hf_split", JSON_STRING, 0, NULL},
    {".evaluation_results[].metric_config", JSON_OBJECT, NEEDED, NULL},
    {".evaluation_results[].metric_config.metric_name", JSON_STRING, 0, NULL},
    {".evaluation_results[].metric_config.lower_is_better", JSON_BOOL, NEEDED, NULL},
    {".evaluation_results[].metric_config.score_type", JSON_STRING, NEEDED, "continuous"},
    {".evaluation_results[].metric_config.min_score", JSON_STRING, NEEDED, "-Infinity"},
    {".evaluation_results[].metric_config.max_score", JSON_STRING, NEEDED, "Infinity"},
    {".evaluation_results[].metric_config.additional_details", JSON_OBJECT, OPEN, NULL},
    {".evaluation_results[].score_details", JSON_OBJECT, NEEDED, NULL},
    {".evaluation_results[].score_details.score", JSON_NUMBER, NEEDED, NULL},
    {".evaluation_results[].score_details.uncertainty", JSON_OBJECT, 0, NULL},
    {".evaluation_results[].score_details.uncertainty.standard_error", JSON_OBJECT, 0, NULL},
    {".evaluation_results[].score_details.uncertainty.standard_error.value", JSON_NUMBER, NEEDED,
     NULL},
    {".evaluation_results[].score_details.uncertainty.num_samples", JSON_NUMBER, 0, NULL},
    {".evaluation_results[].generation_config", JSON_OBJECT, 0, NULL},
    {".evaluation_results[].generation_config.additional_details", JSON_OBJECT, OPEN, NULL},
};

static const struct rule *rule_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
        if (strcmp(rules[i].path, path) == 0)
            return &rules[i];
    return NULL;
}

static bool is_one_of(const char *words, slice text)
{
    slice word, rest = slice_of(words);
    while (slice_split(&rest, ' ', &word))
        if (slice_eq(word, text))
            return true;
    return false;
}

/* Members that the rules want below `path` are there. */
static void check_needed(const char *path, const struct json *object)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        const char *rest = rules[i].path + len;
        if (!(rules[i].flags & NEEDED) || strncmp(rules[i].path, path, len) != 0 || *rest != '.' ||
            strpbrk(rest + 1, ".["))
            continue;
        ck_assert_msg(json_find(object, rest + 1) != NULL, "missing %s", rules[i].path);
    }
}

static void check_value(const char *path, const struct json *value, bool parent_is_open)
{
    char below[300];
    const struct rule *rule = rule_of(path);
    ck_assert_msg(rule || parent_is_open, "%s is not in the schema", path);
    ck_assert_msg(value->kind == (rule ? rule->kind : JSON_STRING), "kind of %s", path);
    if (rule && rule->words)
        ck_assert_msg(is_one_of(rule->words, value->text), "value of %s", path);
    if (value->kind == JSON_OBJECT)
        check_needed(path, value);
    for (const struct json *child = value->first; child; child = child->next) {
        if (value->kind == JSON_ARRAY)
            (void)snprintf(below, sizeof below, "%s[]", path);
        else
            (void)snprintf(below, sizeof below, "%s." SLICE_FMT, path, SLICE_ARG(child->name));
        check_value(below, child, rule && (rule->flags & OPEN));
    }
}

START_TEST(every_member_is_as_the_schema_has_it)
{
    struct import_fixture f;
    struct error err = {0};
    const struct json *root;
    slice line;
    slice text = exported(&f);
    size_t objects = 0;
    while (slice_split(&text, '\n', &line) && line.len) {
        ck_ok(json_parse(line, &f.arena, &root, &err));
        check_value("", root, false);
        objects++;
    }
    ck_assert_uint_eq(objects, 3);
    fixture_end(&f);
}
END_TEST

START_TEST(what_a_log_does_not_tell_is_said)
{
    struct import_fixture f;
    slice text = exported(&f);
    size_t at;
    ck_assert(
        slice_find(text, S("\"bounds\":\"not recorded\",\"direction\":\"not recorded\""), &at));
    ck_assert(slice_find(text,
                         S("\"source_type\":\"hf_dataset\",\"hf_repo\":\"o/t\","
                           "\"hf_split\":\"test\""),
                         &at));
    fixture_end(&f);
}
END_TEST

START_TEST(scores_that_disagree_with_the_rows_are_refused)
{
    struct import_fixture f, back;
    slice text = exported(&f);
    size_t at;
    ck_assert(slice_find(text, S("\"score\":0.5"), &at));
    slice changed = arena_copy(&f.arena, text);
    slice number = slice_sub(changed, at, 11);
    char bytes[12];
    memcpy(bytes, number.ptr, 11);
    bytes[10] = '6';
    struct buf out;
    buf_init_arena(&out, &f.arena, 1 << 20);
    buf_put(&out, slice_sub(changed, 0, at));
    buf_put(&out, slice_make(bytes, 11));
    buf_put(&out, slice_from(changed, at + 11));
    fixture_begin(&back);
    fixture_read(&back, "x.jsonl", buf_slice(&out));
    fixture_refused(&back, "not the one in the ledger");
    fixture_end(&back);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("eee_write", the_same_ledger_comes_back, each_run_is_an_object_of_the_schema,
          every_member_is_as_the_schema_has_it, what_a_log_does_not_tell_is_said,
          scores_that_disagree_with_the_rows_are_refused)

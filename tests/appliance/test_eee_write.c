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
          scores_that_disagree_with_the_rows_are_refused)

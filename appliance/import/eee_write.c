/* Ledger rows → objects of Every Eval Ever, run by run. */
#include "import/eee_write.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUN_BYTES_MAX = 16 << 20 }; /* rows of one run as text */

struct writer {
    const struct ledger_row **rows; /* by time, run, system; then as in the ledger */
    slice id;
    int64_t retrieved_ms;
    struct buf *out;
    struct buf *text; /* rows of one run */
};

static int run_order(const void *a, const void *b)
{
    const struct ledger_row *left = *(const struct ledger_row *const *)a;
    const struct ledger_row *right = *(const struct ledger_row *const *)b;
    int order = (left->time_ms > right->time_ms) - (left->time_ms < right->time_ms);
    if (order == 0)
        order = slice_cmp(left->run_id, right->run_id);
    if (order == 0)
        order = slice_cmp(left->system, right->system);
    return order ? order : (left > right) - (left < right);
}

static bool same_run(const struct ledger_row *a, const struct ledger_row *b)
{
    return a->time_ms == b->time_ms && slice_eq(a->run_id, b->run_id) &&
           slice_eq(a->system, b->system);
}

static slice field_text(const struct ledger_row *row, const char *name, const char *fallback)
{
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(name));
    return field && field->text.len ? field->text : slice_of(fallback);
}

/* Seconds since the epoch as text, as the schema wants it. */
static void key_seconds(struct json_out *w, const char *key, int64_t ms)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
    json_key_str(w, key, slice_of(text));
}

/* --- parts of an object ----------------------------------------------------------------------- */

static void put_source(struct json_out *w, const struct writer *s, const struct ledger_row **rows,
                       size_t count)
{
    s->text->len = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_out line;
        json_out_init(&line, s->text, 0);
        ledger_row_json(&line, rows[i]);
        buf_put_byte(s->text, '\n');
    }
    json_key(w, "source_metadata");
    json_object(w);
    json_key_str(w, "source_name", s->id);
    json_key_str(w, "source_type", S("evaluation_run"));
    json_key_str(w, "source_organization_name", S("Sleuth"));
    json_key_str(w, "evaluator_relationship", S("other"));
    json_key(w, "additional_details");
    json_object(w);
    json_key_str(w, EEE_LEDGER_MEMBER, buf_slice(s->text));
    json_end(w);
    json_end(w);
}

static void put_model(struct json_out *w, const struct ledger_row *row)
{
    json_key(w, "model_info");
    json_object(w);
    json_key_str(w, "name", row->system);
    json_key_str(w, "id", row->system);
    json_key(w, "additional_details"); /* both are required; no evaluation log tells them */
    json_object(w);
    json_key_str(w, "deployment_type", S("unknown"));
    json_key_str(w, "model_availability", S("unknown"));
    json_end(w);
    json_end(w);
    json_key(w, "eval_library");
    json_object(w);
    json_key_str(w, "name", field_text(row, "harness", "unknown"));
    slice version = field_text(row, "harness_version", "");
    json_key_str(w, "version",
                 version.len ? version : field_text(row, "lm_eval_version", "unknown"));
    json_end(w);
}

static void put_score(struct json_out *w, const struct ledger_row *row)
{
    json_key(w, "score_details");
    json_object(w);
    json_key_f64(w, "score", row->value);
    if (row->has_stderr || row->n >= 0) {
        json_key(w, "uncertainty");
        json_object(w);
        if (row->has_stderr) {
            json_key(w, "standard_error");
            json_object(w);
            json_key_f64(w, "value", row->stderr_value);
            json_end(w);
        }
        if (row->n >= 0)
            json_key_u64(w, "num_samples", (uint64_t)row->n);
        json_end(w);
    }
    json_end(w);
}

static void put_details(struct json_out *w, const struct ledger_row *row)
{
    json_key(w, "generation_config");
    json_object(w);
    json_key(w, "additional_details");
    json_object(w);
    for (size_t i = 0; i < row->protocol.count; i++) {
        json_key(w, row->protocol.at[i].name.ptr); /* arena copies end with NUL */
        json_str(w, row->protocol.at[i].text);
    }
    json_end(w);
    json_end(w);
}

static void put_dataset(struct json_out *w, const struct ledger_row *row)
{
    slice repo = field_text(row, "dataset_repo", ""), split = field_text(row, "dataset_split", "");
    json_key(w, "source_data");
    json_object(w);
    json_key_str(w, "dataset_name", field_text(row, "dataset_name", row->task.ptr));
    json_key_str(w, "source_type", repo.len ? S("hf_dataset") : S("other"));
    if (repo.len)
        json_key_str(w, "hf_repo", repo);
    if (repo.len && split.len)
        json_key_str(w, "hf_split", split);
    json_end(w);
}

/* The schema wants bounds and a direction of every score. Logs rarely tell the first and not always
 * the second: the bounds that exclude nothing, and a word that says what is not known. */
static void put_metric(struct json_out *w, const struct ledger_row *row)
{
    json_key(w, "metric_config");
    json_object(w);
    json_key_str(w, "metric_name", row->metric);
    json_key_bool(w, "lower_is_better", row->direction == DIRECTION_LOWER);
    json_key_str(w, "score_type", S("continuous"));
    json_key_str(w, "min_score", S("-Infinity"));
    json_key_str(w, "max_score", S("Infinity"));
    json_key(w, "additional_details");
    json_object(w);
    json_key_str(w, "bounds", S("not recorded"));
    if (row->direction == DIRECTION_UNKNOWN)
        json_key_str(w, "direction", S("not recorded"));
    json_end(w);
    json_end(w);
}

static void put_result(struct json_out *w, const struct ledger_row *row)
{
    json_object(w);
    json_key_str(w, "evaluation_name", row->task);
    put_dataset(w, row);
    put_metric(w, row);
    put_score(w, row);
    put_details(w, row);
    json_end(w);
}

/* --- objects ---------------------------------------------------------------------------------- */

static void put_run(const struct writer *s, const struct ledger_row **rows, size_t count)
{
    struct json_out w;
    json_out_init(&w, s->out, 0);
    json_object(&w);
    json_key_str(&w, "schema_version", S(EEE_SCHEMA_VERSION));
    json_key_str(&w, "evaluation_id", rows[0]->run_id);
    key_seconds(&w, "evaluation_timestamp", rows[0]->time_ms);
    key_seconds(&w, "retrieved_timestamp", s->retrieved_ms);
    put_source(&w, s, rows, count);
    put_model(&w, rows[0]);
    json_key(&w, "evaluation_results");
    json_array(&w);
    for (size_t i = 0; i < count; i++)
        if (rows[i]->has_value)
            put_result(&w, rows[i]);
    json_end(&w);
    json_end(&w);
    buf_put_byte(s->out, '\n');
}

static status put_runs(const struct writer *s, size_t count, struct error *err)
{
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start; end < count && same_run(s->rows[start], s->rows[end]);)
            end++;
        put_run(s, &s->rows[start], end - start);
        TRY(buf_check(s->text, err));
        TRY(buf_check(s->out, err));
    }
    return ST_OK;
}

status eee_write(const struct ledger *ledger, slice id, int64_t retrieved_ms, struct buf *out,
                 struct error *err)
{
    struct buf text;
    struct writer s = {.id = id, .retrieved_ms = retrieved_ms, .out = out, .text = &text};
    s.rows = arena_array(ledger->arena, ledger->row_count, sizeof *s.rows);
    if (!s.rows)
        return arena_check(ledger->arena, err);
    for (size_t i = 0; i < ledger->row_count; i++)
        s.rows[i] = &ledger->rows[i];
    if (ledger->row_count)
        qsort(s.rows, ledger->row_count, sizeof *s.rows, run_order);
    buf_init(&text, RUN_BYTES_MAX);
    status rc = put_runs(&s, ledger->row_count, err);
    buf_finish(&text);
    return rc;
}

/* A ledger as JSON lines, out and in: one row per line, the fields of ledger.h by name. */
#include "ledger.h"

#include "json.h"

#include "base/clock.h"

enum { LINE_SCRATCH_BYTES = 64 << 20 }; /* tree of one line */

static void key_text(struct json_out *w, const char *key, slice text)
{
    if (text.len)
        json_key_str(w, key, text);
    else
        json_key_null(w, key);
}

static void key_number(struct json_out *w, const char *key, bool known, double value)
{
    if (known)
        json_key_f64(w, key, value);
    else
        json_key_null(w, key);
}

static void field_value(struct json_out *w, const struct ledger_field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
        json_str(w, field->text);
        return;
    case FIELD_NUMBER:
    case FIELD_BOOL:
        json_raw(w, field->text); /* as it was written in the log */
        return;
    case FIELD_NULL:
        json_null(w);
        return;
    }
}

static void fields_json(struct json_out *w, const char *key, const struct ledger_fields *fields)
{
    json_key(w, key);
    json_object(w);
    for (size_t i = 0; i < fields->count; i++) {
        json_key(w, fields->at[i].name.ptr); /* arena copies end with NUL */
        field_value(w, &fields->at[i]);
    }
    json_end(w);
}

void ledger_row_json(struct json_out *w, const struct ledger_row *row)
{
    char time[TIME_TEXT_MAX];
    json_object(w);
    json_key_str(w, "run_id", row->run_id);
    json_key_str(w, "time", time_rfc3339(row->time_ms, time)); /* 1970-01-01 is a time, too */
    key_text(w, "lineage", row->lineage);
    key_text(w, "system", row->system);
    key_text(w, "task", row->task);
    key_text(w, "metric", row->metric);
    key_number(w, "value", row->has_value, row->value);
    key_number(w, "stderr", row->has_stderr, row->stderr_value);
    json_key(w, "n");
    if (row->n >= 0)
        json_i64(w, row->n);
    else
        json_null(w);
    key_text(w, "direction",
             row->direction == DIRECTION_UNKNOWN ? S("")
                                                 : slice_of(run_direction_name(row->direction)));
    if (row->status_assumed)
        json_key_null(w, "status");
    else
        json_key_str(w, "status", slice_of(run_status_name(row->status)));
    json_key_str(w, "split", slice_of(run_split_name(row->split)));
    fields_json(w, "protocol", &row->protocol);
    fields_json(w, "settings", &row->settings);
    json_key(w, "source");
    json_object(w);
    key_text(w, "path", row->source_path);
    key_text(w, "sha256", row->source_sha256);
    json_end(w);
    if (row->note.len)
        json_key_str(w, "note", row->note);
    if (row->round)
        json_key_u64(w, "round", row->round);
    json_end(w);
}

void ledger_write_jsonl(const struct ledger *ledger, struct buf *buf)
{
    for (size_t i = 0; i < ledger->row_count; i++) {
        struct json_out w;
        json_out_init(&w, buf, 0);
        ledger_row_json(&w, &ledger->rows[i]);
        buf_put_byte(buf, '\n');
    }
}

/* --- reading -------------------------------------------------------------------------------------
 */

/* Index of a name in a list of names; false when it is not there. */
static bool name_index(slice name, const char *(*name_of)(int), int count, int *ret)
{
    for (int i = 0; i < count; i++)
        if (slice_eq(name, slice_of(name_of(i)))) {
            *ret = i;
            return true;
        }
    return false;
}

static const char *status_at(int i)
{
    return run_status_name((enum run_status)i);
}

static const char *split_at(int i)
{
    return run_split_name((enum run_split)i);
}

static const char *direction_at(int i)
{
    return run_direction_name((enum run_direction)i);
}

static status read_fields(struct ledger *ledger, const struct json *object,
                          struct ledger_fields *ret, struct error *err)
{
    if (!ledger->builder)
        ledger->builder = arena_alloc(ledger->arena, sizeof *ledger->builder);
    struct fields_builder *all = ledger->builder;
    if (!all)
        return arena_check(ledger->arena, err);
    all->count = all->dropped = 0;
    for (const struct json *value = object ? object->first : NULL; value; value = value->next)
        ledger_field_from_json(all, value->name, value);
    return fields_build(all, ledger->arena, ret, err);
}

void ledger_field_from_json(struct fields_builder *b, slice name, const struct json *value)
{
    struct ledger_field field = {.text = value->text};
    switch (value->kind) {
    case JSON_STRING:
        field.kind = FIELD_TEXT;
        break;
    case JSON_NUMBER:
        field.kind = FIELD_NUMBER;
        field.number = value->number;
        break;
    case JSON_BOOL:
        field.kind = FIELD_BOOL;
        field.number = value->boolean ? 1 : 0;
        field.text = value->boolean ? S("true") : S("false");
        break;
    case JSON_NULL:
        field.kind = FIELD_NULL;
        field.text = S("null");
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        return; /* importers hash or flatten these before they get here */
    }
    fields_add(b, name, field);
}

struct row_text {
    slice run_id, time, lineage, system, task, metric, direction, status, split;
    const struct json *protocol, *settings, *source;
};

static status read_names(const struct row_text *text, struct ledger_row *row, struct error *err)
{
    int status_index = RUN_COMPLETED;
    int split_index = SPLIT_UNKNOWN;
    int direction_index = DIRECTION_UNKNOWN;
    if (!time_parse(text->time, &row->time_ms))
        return error_set(err, ST_INVALID, "'time': '%.*s' is not an RFC 3339 time",
                         SLICE_ARG(slice_sub(text->time, 0, 64)));
    if (text->status.len && !name_index(text->status, status_at, 3, &status_index))
        return error_set(err, ST_INVALID, "'status': '%.*s' is not completed, failed or running",
                         SLICE_ARG(slice_sub(text->status, 0, 64)));
    if (text->split.len && !name_index(text->split, split_at, 3, &split_index))
        return error_set(err, ST_INVALID, "'split': '%.*s' is not unknown, dev or test",
                         SLICE_ARG(slice_sub(text->split, 0, 64)));
    if (text->direction.len && !name_index(text->direction, direction_at, 3, &direction_index))
        return error_set(err, ST_INVALID, "'direction': '%.*s' is not higher or lower",
                         SLICE_ARG(slice_sub(text->direction, 0, 64)));
    row->status = (enum run_status)status_index;
    row->status_assumed = text->status.len == 0;
    row->split = (enum run_split)split_index;
    row->direction = (enum run_direction)direction_index;
    return ST_OK;
}

status ledger_read_row(struct ledger *ledger, const struct json *object, struct error *err)
{
    struct row_text text = {0};
    struct ledger_row *row;
    uint64_t round;
    double n = -1;
    TRY(ledger_add(ledger, &row, err));
    const struct json_member members[] = {
        JSON_STR("run_id", &text.run_id, 1, 256),
        JSON_STR("time", &text.time, 1, 40),
        JSON_STR_OPT("lineage", &text.lineage, 0, 1024),
        JSON_STR("system", &text.system, 1, 1024),
        JSON_STR("task", &text.task, 1, 1024),
        JSON_STR_OPT("metric", &text.metric, 0, 256), /* a crashed run has none */
        {"value", WANT_F64, false, &row->value, -1e300, 1e300, &row->has_value},
        {"stderr", WANT_F64, false, &row->stderr_value, 0, 1e300, &row->has_stderr},
        JSON_F64_OPT("n", &n, 0, 1e15),
        JSON_STR_OPT("direction", &text.direction, 0, 16),
        JSON_STR_OPT("status", &text.status, 0, 16),
        JSON_STR_OPT("split", &text.split, 0, 16),
        JSON_TREE_OPT("protocol", &text.protocol),
        JSON_TREE_OPT("settings", &text.settings),
        JSON_TREE_OPT("source", &text.source),
        JSON_STR_OPT("note", &row->note, 0, 1024),
        JSON_U64_OPT("round", &round, 0, UINT32_MAX), /* counted anew */
    };
    /* strict: a member whose name is wrong would silently be unknown, or take a default */
    TRY(json_members(object, members, ARRAY_COUNT(members), JSON_STRICT, err));
    if (n != (double)(int64_t)n)
        return error_set(err, ST_INVALID, "'n' is not a whole number");
    TRY(read_names(&text, row, err));
    TRY(read_fields(ledger, text.protocol, &row->protocol, err));
    TRY(read_fields(ledger, text.settings, &row->settings, err));
    row->n = (int64_t)n;
    row->run_id = arena_copy(ledger->arena, text.run_id);
    row->lineage = arena_copy(ledger->arena, text.lineage);
    row->system = arena_copy(ledger->arena, text.system);
    row->task = arena_copy(ledger->arena, text.task);
    row->metric = arena_copy(ledger->arena, text.metric);
    row->note = arena_copy(ledger->arena, row->note);
    const struct json *path = json_find(text.source, "path");
    const struct json *sha256 = json_find(text.source, "sha256");
    row->source_path = arena_copy(ledger->arena, path ? path->text : S(""));
    row->source_sha256 = arena_copy(ledger->arena, sha256 ? sha256->text : S(""));
    return arena_check(ledger->arena, err);
}

/* The row is copied out of the tree, which is gone after the line. */
static status read_line(struct ledger *ledger, slice line, struct arena *scratch, struct error *err)
{
    const struct json *object;
    struct arena_mark mark = arena_mark(scratch);
    status rc = json_parse(line, scratch, &object, err);
    if (rc == ST_OK)
        rc = ledger_read_row(ledger, object, err);
    arena_rewind(scratch, mark);
    return rc;
}

status ledger_read_jsonl(struct ledger *ledger, slice text, struct error *err)
{
    struct arena scratch;
    slice line;
    status rc = ST_OK;
    arena_init(&scratch, LINE_SCRATCH_BYTES);
    for (size_t number = 1; rc == ST_OK && slice_split(&text, '\n', &line); number++) {
        line = slice_trim(line);
        if (line.len == 0)
            continue;
        rc = read_line(ledger, line, &scratch, err);
        if (rc != ST_OK)
            rc = error_wrap(err, rc, "line %zu", number);
    }
    arena_finish(&scratch);
    return rc;
}

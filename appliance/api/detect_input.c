/* Reads requests for a detection: JSON, CSV, JSON lines, forms. */
#include "api/detect_input.h"

#include "api/files.h"
#include "app.h"
#include "blob.h"
#include "body.h"
#include "json_rows.h"
#include "multipart.h"
#include "plans.h"
#include "turn.h"

/* --- media types --- */

/* Upstream's words; `details` of the answer repeats them. */
static status missing_csv(struct call *call, struct error *err)
{
    call->problem.error = N_("Missing required field: csv_data");
    return error_code(err, ST_INVALID, "missing_field", "Missing required field: %s", "csv_data");
}

static status read_tree(struct call *call, struct arena *arena, const struct json *root,
                        struct detect_input *ret, struct error *err)
{
    if (root->kind == JSON_ARRAY)
        return missing_csv(call, err);
    if (root->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_json", "the body must be a JSON object");
    TRY(detect_options_read(call, arena, root, ret, err));
    const struct json *csv = json_find(root, "csv_data");
    const struct json *ledger = json_find(root, "ledger");
    if (ledger && ledger->kind == JSON_ARRAY) {
        TRY(detect_logs_rows(arena, ledger, ret, err));
        return detect_logs_finish(arena, ret, err);
    }
    ret->rows = json_find(root, "rows");
    ret->source = DETECT_CSV;
    if (csv && csv->kind == JSON_STRING)
        ret->text = csv->text;
    else if (csv && csv->kind != JSON_NULL) {
        call->problem.error = N_("Failed to parse CSV data");
        return error_code(err, ST_INVALID, "csv_parse", "csv_data must be text");
    } else if (ret->rows)
        ret->source = DETECT_ROWS;
    else if (!csv && !ret->file_id.len)
        return missing_csv(call, err);
    return ST_OK;
}

static status read_json(struct call *call, struct arena *arena, struct detect_input *ret,
                        struct error *err)
{
    const struct json *root;
    TRY(json_parse(call->body, arena, &root, err));
    return read_tree(call, arena, root, ret, err);
}

/* Text of a form field or a query value as the JSON value that it looks like. */
static struct json *value_of_text(struct arena *arena, slice name, slice text)
{
    struct json *value = arena_alloc(arena, sizeof *value);
    if (!value)
        return NULL;
    *value = (struct json){.kind = JSON_STRING, .name = name, .text = text};
    bool list = slice_eq(name, S("weights")) || slice_eq(name, S("tags"));
    slice item;
    if (list && !slice_has_prefix(text, S("["))) {
        struct json **link = &value->first;
        value->kind = JSON_ARRAY;
        while (slice_split(&text, ',', &item) && value->count < DETECT_TAGS_MAX + 1) {
            *link = value_of_text(arena, S(""), slice_trim(item)); /* one level: "" is no list */
            if (!*link)
                return NULL;
            link = &(*link)->next;
            value->count++;
        }
    } else if (slice_eq(text, S("true")) || slice_eq(text, S("false"))) {
        value->kind = JSON_BOOL;
        value->boolean = slice_eq(text, S("true"));
    } else if (!slice_eq(name, S("label")) && !slice_eq(name, S("separator")) &&
               slice_to_f64(text, &value->number)) {
        value->kind = JSON_NUMBER;
    }
    return value;
}

static void member_add(struct json *object, struct json *value)
{
    if (!value)
        return; /* the arena is exhausted: arena_check tells */
    value->next = object->first;
    object->first = value;
    object->count++;
}

/* Options of text bodies stand in the query. */
static status read_query(struct call *call, struct arena *arena, struct json *object,
                         struct error *err)
{
    for (size_t i = 0; i < call->query_count; i++)
        member_add(object, value_of_text(arena, call->query[i].name, call->query[i].value));
    return arena_check(arena, err);
}

static void take_table(const struct multipart_part *part, struct detect_input *ret)
{
    ret->text = part->body;
    if (slice_has_suffix(part->filename, S(".jsonl")) ||
        slice_has_suffix(part->filename, S(".json")) ||
        slice_has_prefix(part->content_type, S("application/x-ndjson")))
        ret->source = DETECT_LINES;
}

/* "file" or "csv_data" is a table; every "log" is a file or archive of an evaluation tool. */
static status read_form(struct call *call, struct arena *arena, struct detect_input *ret,
                        struct error *err)
{
    struct multipart_part parts[MULTIPART_PARTS_MAX];
    struct json object = {.kind = JSON_OBJECT};
    size_t count;
    bool found = false;
    TRY(multipart_parse(call_header(call, "content-type"), call->body, parts, &count, err));
    TRY(read_query(call, arena, &object, err));
    for (size_t i = 0; i < count; i++) {
        bool is_log = slice_eq(parts[i].name, S("file")) || slice_eq(parts[i].name, S("csv_data"));
        if (slice_eq(parts[i].name, S("log")))
            TRY(detect_logs_file(arena, parts[i].filename, parts[i].body, ret, err));
        else if (is_log)
            take_table(&parts[i], ret);
        else
            member_add(&object, value_of_text(arena, parts[i].name, parts[i].body));
        found = found || is_log || ret->ledger;
    }
    TRY(detect_logs_finish(arena, ret, err));
    TRY(arena_check(arena, err));
    TRY(detect_options_read(call, arena, &object, ret, err));
    return found || ret->file_id.len ? ST_OK : missing_csv(call, err);
}

static status read_text(struct call *call, struct arena *arena, enum detect_source source,
                        struct detect_input *ret, struct error *err)
{
    struct json object = {.kind = JSON_OBJECT};
    ret->source = source;
    ret->text = call->body;
    TRY(read_query(call, arena, &object, err));
    return detect_options_read(call, arena, &object, ret, err);
}

static status read_body(struct call *call, struct arena *arena, struct detect_input *ret,
                        struct error *err)
{
    if (body_is_json(call))
        return read_json(call, arena, ret, err);
    if (slice_eq(call->content_type, S("text/csv")))
        return read_text(call, arena, DETECT_CSV, ret, err);
    if (slice_eq(call->content_type, S("application/x-ndjson")) ||
        slice_eq(call->content_type, S("application/jsonl")))
        return read_text(call, arena, DETECT_LINES, ret, err);
    if (slice_eq(call->content_type, S("multipart/form-data")))
        return read_form(call, arena, ret, err);
    call->problem.error = N_("Content-Type must be application/json");
    return error_code(err, ST_INVALID, "unsupported_media_type",
                      "Content-Type must be application/json");
}

/* --- the plan's limits --- */

static status check_plan(const struct call *call, const struct detect_input *in, struct error *err)
{
    uint64_t max = call->plan->n_bootstrap_max;
    if (in->options.bootstrap.run && in->options.bootstrap.resamples > max)
        return error_code(err, ST_LIMIT, "n_bootstrap", "the %s plan allows %llu bootstrap samples",
                          call->plan->slug, (unsigned long long)max);
    if (in->options.draws != DRAWS_AUTO && in->options.draws > max)
        return error_code(err, ST_LIMIT, "draws", "the %s plan allows %llu draws", call->plan->slug,
                          (unsigned long long)max);
    return ST_OK;
}

static struct detect_input input_default(const struct call *call)
{
    return (struct detect_input){.options = detect_options_default(),
                                 .store = true,
                                 .use_cache = true,
                                 .lang = call->lang,
                                 .text = S(""),
                                 .label = S(""),
                                 .tags = S(""),
                                 .file_id = S("")};
}

/* --- a file of the user --- */

static status file_resolve(struct call *call, struct detect_input *ret, struct error *err)
{
    struct store_stored_file file;
    if (ret->text.len || ret->rows || ret->ledger)
        return error_code(err, ST_INVALID, "invalid_field",
                          "give either the log or a file_id, not both");
    TRY(file_look_up(call, ret->file_id, &file, err));
    ret->has_file = true;
    ret->file_sha256 = file_hash(&file);
    ret->file_bytes = file.size_bytes;
    ret->source = slice_eq(file.mime, S("application/x-ndjson")) ? DETECT_LINES : DETECT_CSV;
    return ST_OK;
}

static status input_finish(struct call *call, struct detect_input *ret, struct error *err)
{
    if (ret->file_id.len)
        TRY(file_resolve(call, ret, err));
    ret->panel.engine = ret->options.engine;
    ret->panel.rows_max = (size_t)call->plan->rows_max;
    return check_plan(call, ret, err);
}

status detect_input_read(struct call *call, struct arena *arena, struct detect_input *ret,
                         struct error *err)
{
    *ret = input_default(call);
    TRY(read_body(call, arena, ret, err));
    return input_finish(call, ret, err);
}

status detect_input_read_tree(struct call *call, struct arena *arena, const struct json *root,
                              struct detect_input *ret, struct error *err)
{
    *ret = input_default(call);
    TRY(read_tree(call, arena, root, ret, err));
    return input_finish(call, ret, err);
}

status detect_input_options(struct call *call, struct arena *arena, const struct json *root,
                            struct detect_input *ret, struct error *err)
{
    *ret = input_default(call);
    TRY(detect_options_read(call, arena, root, ret, err));
    return input_finish(call, ret, err);
}

/* --- the panel --- */

static void put_row_error(struct json_out *w, const struct row_error *e, enum lang lang)
{
    json_object(w);
    json_key_u64(w, "line", e->line);
    json_key_str(w, "column", e->column);
    json_key_str(w, "code", slice_of(e->code));
    json_key_str(w, "message", e->text[lang]);
    json_key_str(w, "value", e->value);
    json_end(w);
}

/* "errors":[…],"error_count":n */
static void attach_errors(struct call *call, const struct row_errors *errors, enum lang lang)
{
    struct buf buf;
    struct json_out w;
    buf_init_arena(&buf, &call->arena, 256 * 1024);
    buf_put_str(&buf, "\"errors\":");
    json_out_init(&w, &buf, 0);
    json_array(&w);
    for (size_t i = 0; i < errors->count; i++)
        put_row_error(&w, &errors->items[i], lang);
    json_end(&w);
    buf_printf(&buf, ",\"error_count\":%zu", errors->total);
    if (!buf.overflow)
        call_problem_members(call, buf_slice(&buf));
}

/* Every few MiB a job gives way to the calls that somebody waits for. */
static void text_passed(void *ctx, size_t at, size_t bytes)
{
    (void)ctx;
    (void)at;
    (void)bytes;
    turn_look();
}

static void file_passed(void *ctx, size_t at, size_t bytes)
{
    blob_map_release((const struct blob_map *)ctx, at, bytes);
    turn_look();
}

/* From the pages of the file: they are the page cache's, and go back to it as they are read. */
static status panel_of_file(struct call *call, const struct detect_input *in, struct arena *arena,
                            struct panel **ret, struct row_errors *errors, struct error *err)
{
    struct blob_map map = {.bytes = S("")};
    struct panel_options options = in->panel;
    options.passed = file_passed;
    options.passed_ctx = &map;
    TRY(blob_map(call->app->blobs, &in->file_sha256, &map, err));
    status rc = in->source == DETECT_CSV
                    ? panel_from_csv(map.bytes, &options, arena, ret, errors, err)
                    : json_rows(map.bytes, &options, arena, ret, errors, err);
    blob_unmap(&map);
    return rc;
}

status detect_input_panel(struct call *call, const struct detect_input *in, struct arena *arena,
                          struct panel **ret, struct detect_logs_facts *ret_facts,
                          struct error *err)
{
    struct row_errors *errors = arena_alloc(arena, sizeof *errors);
    struct panel_options options = in->panel;
    status rc;
    options.passed = text_passed;
    *ret_facts = (struct detect_logs_facts){.grade = "C"};
    if (!errors)
        return arena_check(arena, err);
    if (in->source == DETECT_LEDGER)
        rc = detect_logs_panel(in, arena, ret, ret_facts, err);
    else if (in->has_file)
        rc = panel_of_file(call, in, arena, ret, errors, err);
    else if (in->source == DETECT_CSV)
        rc = panel_from_csv(in->text, &options, arena, ret, errors, err);
    else if (in->source == DETECT_LINES)
        rc = json_rows(in->text, &options, arena, ret, errors, err);
    else
        rc = json_rows_from_tree(in->rows, &options, arena, ret, errors, err);
    if (rc == ST_OK)
        return ST_OK;
    if (rc == ST_INVALID)
        call->problem.error = err && err->code && strcmp(err->code, "csv_parse") == 0
                                  ? N_("Failed to parse CSV data")
                                  : N_("Invalid data");
    if (errors->count)
        attach_errors(call, errors, in->lang);
    return rc;
}

/* --- the hash --- */

static void hash_tree(struct crypt_sha256_stream *s, const struct json *rows)
{
    for (const struct json *row = rows->first; row; row = row->next) {
        for (const struct json *v = row->first; v; v = v->next) {
            char kind[2] = {(char)('0' + v->kind), v->boolean ? 't' : 'f'};
            crypt_sha256_more(s, slice_make(kind, 2));
            crypt_sha256_more(s, v->name);
            crypt_sha256_more(s, S("\x1f"));
            crypt_sha256_more(s, v->text);
            crypt_sha256_more(s, S("\x1e"));
        }
        crypt_sha256_more(s, S("\n"));
    }
}

static void hash_double(struct crypt_sha256_stream *s, double value)
{
    crypt_sha256_more(s, slice_make(&value, sizeof value));
}

static void hash_options(struct crypt_sha256_stream *s, const struct detect_input *in)
{
    const struct detect_options *o = &in->options;
    const uint64_t numbers[] = {o->engine,
                                o->seed,
                                o->draws,
                                o->lower_is_better,
                                o->bootstrap.run,
                                o->bootstrap.resamples,
                                o->bootstrap.method,
                                o->bootstrap.include_samples,
                                o->psi_scale,
                                o->attempts,
                                in->source,
                                in->lang,
                                (unsigned char)in->panel.separator};
    crypt_sha256_more(s, slice_make(numbers, sizeof numbers));
    hash_double(s, o->alpha);
    hash_double(s, o->bootstrap.confidence);
    hash_double(s, o->score_stderr);
    for (size_t i = 0; i < INDICATOR_COUNT; i++) {
        hash_double(s, o->weights[i]);
        hash_double(s, o->threshold[i]);
    }
    for (size_t i = 0; i < in->panel.map_count; i++) {
        crypt_sha256_more(s, in->map[i].from);
        crypt_sha256_more(s, S("\x1f"));
        crypt_sha256_more(s, in->map[i].to);
        crypt_sha256_more(s, S("\x1e"));
    }
    crypt_sha256_more(s, slice_of(o->preset ? o->preset->name : ""));
    crypt_sha256_more(s, S("\n"));
    crypt_sha256_more(s, in->label);
    crypt_sha256_more(s, S("\n" DETECT_ENGINE_VERSION));
}

void detect_input_hash(const struct detect_input *in, struct crypt_hash *ret_input,
                       struct crypt_hash *ret_all)
{
    struct crypt_sha256_stream stream;
    crypt_sha256_begin(&stream);
    if (in->source == DETECT_ROWS)
        hash_tree(&stream, in->rows);
    else
        crypt_sha256_more(&stream, in->text);
    crypt_sha256_end(&stream, ret_input);
    if (in->has_file) /* the same as if its text had been sent */
        *ret_input = in->file_sha256;
    crypt_sha256_begin(&stream);
    crypt_sha256_more(&stream, slice_make(ret_input->bytes, sizeof ret_input->bytes));
    hash_options(&stream, in);
    crypt_sha256_end(&stream, ret_all);
}

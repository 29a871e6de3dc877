/* Reads logs and ledger rows out of requests. */
#include "api/ledger_input.h"

#include "api/files.h"
#include "app.h"
#include "blob.h"
#include "body.h"
#include "call.h"
#include "import/import.h"
#include "ledger_table.h"
#include "multipart.h"

enum { FILE_IDS_MAX = 100 };
#define FILE_IDS_FORM "member 'file_ids' must be a list of at most %d ids of files"

/* --- options ---------------------------------------------------------------------------------- */

static status choice(const struct call *call, const char *name, const char *const *names,
                     size_t count, size_t *ret, struct error *err)
{
    slice text = call_query(call, name);
    if (text.len == 0)
        return ST_OK;
    for (size_t i = 0; i < count; i++)
        if (slice_eq(text, slice_of(names[i]))) {
            *ret = i;
            return ST_OK;
        }
    return error_code(err, ST_INVALID, "invalid_parameter", "'%s': '%.*s' is not one of its values",
                      name, SLICE_ARG(slice_sub(text, 0, 40)));
}

bool ledger_input_says_round_by(const struct call *call)
{
    return call_query(call, "round_by").len > 0;
}

status ledger_input_options(const struct call *call, struct ledger_options *ret, struct error *err)
{
    static const char *const rounds[] = {"run", "day", "tag", "commit"};
    static const char *const splits[] = {"unknown", "dev", "test"};
    size_t round = ROUND_BY_RUN;
    size_t split = SPLIT_UNKNOWN;
    TRY(choice(call, "round_by", rounds, ARRAY_COUNT(rounds), &round, err));
    TRY(choice(call, "split", splits, ARRAY_COUNT(splits), &split, err));
    *ret = (struct ledger_options){.round_by = (enum round_by)round,
                                   .split = (enum run_split)split,
                                   .lineage_pattern = call_query(call, "lineage"),
                                   .metric = call_query(call, "metric")};
    if (call->body.len == 0)
        return error_code(err, ST_INVALID, "missing_field", "the body holds no log");
    return ST_OK;
}

/* --- JSON ------------------------------------------------------------------------------------- */

struct members {
    const struct json *ledger, *rows, *excluded, *file_ids;
    slice csv_data;
    bool captured;
};

static status read_members(struct call *call, bool tables, struct arena *arena, struct members *ret,
                           struct error *err)
{
    const struct json *root;
    const struct json_member all[] = {
        JSON_TREE_OPT("ledger", &ret->ledger),
        JSON_TREE_OPT("file_ids", &ret->file_ids),
        JSON_TREE_OPT("rows", &ret->rows),
        JSON_STR_OPT("csv_data", &ret->csv_data, 1, (double)LIMIT_BODY_BYTES),
        JSON_TREE_OPT("excluded", &ret->excluded),
        JSON_BOOL_OPT("captured", &ret->captured),
    };
    TRY(json_parse(call->body, arena, &root, err));
    TRY(json_members(root, all, tables ? ARRAY_COUNT(all) : 2, JSON_STRICT, err));
    if (ret->ledger || ret->rows || ret->csv_data.len || ret->file_ids)
        return ST_OK;
    return error_code(err, ST_INVALID, "missing_field", "Missing required field: ledger");
}

static status read_list(struct ledger *ledger, const struct json *list, const char *name,
                        const struct ledger_options *options, struct error *err)
{
    size_t number = 1;
    if (list->kind != JSON_ARRAY)
        return error_code(err, ST_INVALID, "invalid_member", "'%s' must be a list", name);
    for (const struct json *row = list->first; row; row = row->next, number++) {
        status rc = options ? ledger_table_row(ledger, row, options, err)
                            : ledger_read_row(ledger, row, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "row %zu", number);
    }
    return ST_OK;
}

static status read_excluded(struct ledger *ledger, const struct json *list, struct error *err)
{
    if (list->kind != JSON_ARRAY)
        return error_code(err, ST_INVALID, "invalid_member", "'%s' must be a list", "excluded");
    for (const struct json *item = list->first; item; item = item->next) {
        slice path = S(""), reason = S("");
        struct error why = {0};
        const struct json_member members[] = {JSON_STR("path", &path, 1, 1024),
                                              JSON_STR("reason", &reason, 0, 256)};
        TRY(json_members(item, members, ARRAY_COUNT(members), JSON_STRICT, err));
        (void)error_set(&why, ST_INVALID, "%.*s", SLICE_ARG(reason)); /* text alone */
        TRY(ledger_exclude(ledger, path, &why, err));
    }
    return ST_OK;
}

/* A stored file, mapped while it is read. */
static status read_file(struct call *call, struct import *import, const struct json *id,
                        struct error *err)
{
    struct store_stored_file file;
    struct blob_map map;
    if (id->kind != JSON_STRING)
        return error_code(err, ST_INVALID, "invalid_field", FILE_IDS_FORM, FILE_IDS_MAX);
    TRY(file_look_up(call, id->text, &file, err));
    if (file.size_bytes > IMPORT_FILE_BYTES_MAX)
        return error_code(err, ST_TOO_LARGE, "too_large", "file '%.*s' has more than %d MiB",
                          SLICE_ARG(slice_sub(file.name, 0, 60)), IMPORT_FILE_BYTES_MAX >> 20);
    const struct crypt_hash hash = file_hash(&file);
    TRY(blob_map(call->app->blobs, &hash, &map, err));
    status rc = import_bytes(import, file.name, map.bytes, err);
    blob_unmap(&map);
    return rc;
}

static status read_files(struct call *call, struct import *import, const struct json *ids,
                         struct error *err)
{
    if (ids->kind != JSON_ARRAY || ids->count == 0 || ids->count > FILE_IDS_MAX)
        return error_code(err, ST_INVALID, "invalid_field", FILE_IDS_FORM, FILE_IDS_MAX);
    for (const struct json *id = ids->first; id; id = id->next)
        TRY(read_file(call, import, id, err));
    return ST_OK;
}

static status read_json(struct call *call, const struct ledger_options *options,
                        struct ledger_input *in, struct import *import, struct error *err)
{
    struct members members = {0};
    TRY(read_members(call, in->tables, import->ledger->arena, &members, err));
    in->captured = members.captured;
    if (members.ledger)
        TRY(read_list(import->ledger, members.ledger, "ledger", NULL, err));
    if (members.rows)
        TRY(read_list(import->ledger, members.rows, "rows", options, err));
    if (members.file_ids)
        TRY(read_files(call, import, members.file_ids, err));
    if (members.csv_data.len)
        TRY(import_bytes(import, S("csv_data"), members.csv_data, err));
    return members.excluded ? read_excluded(import->ledger, members.excluded, err) : ST_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

static status read_parts(struct call *call, struct import *import, struct error *err)
{
    size_t count;
    struct multipart_part *parts = arena_array(&call->arena, MULTIPART_PARTS_MAX, sizeof *parts);
    if (!parts)
        return arena_check(&call->arena, err);
    TRY(multipart_parse(call_header(call, "content-type"), call->body, parts, &count, err));
    for (size_t i = 0; i < count; i++)
        if (parts[i].filename.len)
            TRY(import_bytes(import, parts[i].filename, parts[i].body, err));
    return ST_OK;
}

status ledger_input_read(struct call *call, const struct ledger_options *options,
                         struct ledger_input *in, struct ledger *ledger, struct error *err)
{
    struct import import = {.ledger = ledger, .options = options};
    slice name = call_query(call, "name");
    if (body_is_json(call))
        return read_json(call, options, in, &import, err);
    if (slice_eq(call->content_type, S("multipart/form-data")))
        return read_parts(call, &import, err);
    return import_bytes(&import, name.len ? name : S("upload"), call->body, err);
}

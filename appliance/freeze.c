/* Reads a frozen protocol and writes its canonical text. */
#include "freeze.h"

#include "json.h"

#include <math.h>
#include <stdlib.h>

/* --- reading ---------------------------------------------------------------------------------- */

static status not_one(struct error *err, const char *member, const char *expected)
{
    return error_code(err, ST_INVALID, "invalid_member", "'%s' must be %s", member, expected);
}

/* An object of scalars, sorted by name. */
static status read_protocol(const struct json *object, struct arena *arena,
                            struct ledger_fields *ret, struct error *err)
{
    struct fields_builder *all = arena_alloc(arena, sizeof *all);
    if (!all)
        return arena_check(arena, err);
    if (!object || object->kind != JSON_OBJECT)
        return not_one(err, "protocol", "an object of fields");
    for (const struct json *value = object->first; value; value = value->next) {
        if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
            return error_code(err, ST_INVALID, "invalid_member",
                              "protocol field '%.*s' must be a text, a number, true, false or null",
                              SLICE_ARG(slice_sub(value->name, 0, 64)));
        ledger_field_from_json(all, value->name, value);
    }
    if (all->dropped)
        return error_code(err, ST_INVALID, "too_many_fields", "a protocol has at most %d fields",
                          LEDGER_FIELDS_MAX);
    return fields_build(all, arena, ret, err);
}

static status read_splits(const struct json *list, unsigned *ret, struct error *err)
{
    unsigned bits = 0;
    if (!list || list->kind != JSON_ARRAY || list->count == 0)
        return not_one(err, "splits", "a list of dev, test or unknown");
    for (const struct json *item = list->first; item; item = item->next) {
        unsigned before = bits;
        for (int i = SPLIT_UNKNOWN; i <= SPLIT_TEST; i++)
            if (item->kind == JSON_STRING &&
                slice_eq(item->text, slice_of(run_split_name((enum run_split)i))))
                bits |= 1u << i;
        if (bits == before)
            return not_one(err, "splits", "a list of dev, test or unknown, each once");
    }
    *ret = bits;
    return ST_OK;
}

static int name_order(const void *a, const void *b)
{
    return slice_cmp(*(const slice *)a, *(const slice *)b);
}

static status read_lineages(const struct json *list, struct arena *arena, struct freeze *ret,
                            struct error *err)
{
    if (!list || list->kind == JSON_NULL)
        return ST_OK;
    if (list->kind != JSON_ARRAY || list->count > FREEZE_LINEAGES_MAX)
        return not_one(err, "lineages", "a list of at most 256 names");
    ret->lineages = arena_array(arena, list->count, sizeof *ret->lineages);
    if (!ret->lineages)
        return arena_check(arena, err);
    for (const struct json *item = list->first; item; item = item->next) {
        if (item->kind != JSON_STRING || item->text.len == 0)
            return not_one(err, "lineages", "a list of names");
        ret->lineages[ret->lineage_count++] = arena_copy(arena, item->text);
    }
    if (ret->lineage_count)
        qsort(ret->lineages, ret->lineage_count, sizeof *ret->lineages, name_order);
    return arena_check(arena, err);
}

static int task_order(const void *a, const void *b)
{
    return slice_cmp(((const struct freeze_task *)a)->name, ((const struct freeze_task *)b)->name);
}

static status read_task(const struct json *object, struct arena *arena, struct freeze_task *ret,
                        struct error *err)
{
    double n = -1;
    const struct json *protocol = NULL;
    const struct json_member members[] = {
        JSON_TREE_OPT("protocol", &protocol),
        JSON_F64_OPT("n", &n, 0, 1e15),
    };
    status rc = json_members(object, members, ARRAY_COUNT(members), JSON_STRICT, err);
    if (rc == ST_OK && protocol && protocol->kind != JSON_NULL)
        rc = read_protocol(protocol, arena, &ret->protocol, err);
    if (rc != ST_OK)
        return error_wrap(err, rc, "task '%.*s'", SLICE_ARG(slice_sub(object->name, 0, 64)));
    ret->name = arena_copy(arena, object->name);
    ret->n = (int64_t)n;
    return arena_check(arena, err);
}

static status read_tasks(const struct json *tasks, struct arena *arena, struct freeze *ret,
                         struct error *err)
{
    if (!tasks || tasks->kind == JSON_NULL)
        return ST_OK;
    if (tasks->kind != JSON_OBJECT || tasks->count > FREEZE_TASKS_MAX)
        return not_one(err, "tasks", "an object of at most 256 tasks");
    ret->tasks = arena_array(arena, tasks->count, sizeof *ret->tasks);
    if (!ret->tasks)
        return arena_check(arena, err);
    for (const struct json *task = tasks->first; task; task = task->next)
        TRY(read_task(task, arena, &ret->tasks[ret->task_count++], err));
    if (ret->task_count)
        qsort(ret->tasks, ret->task_count, sizeof *ret->tasks, task_order);
    return ST_OK;
}

static status read_direction(slice text, struct freeze *ret, struct error *err)
{
    if (text.len == 0)
        return ST_OK;
    for (int i = DIRECTION_HIGHER; i <= DIRECTION_LOWER; i++)
        if (slice_eq(text, slice_of(run_direction_name((enum run_direction)i)))) {
            ret->direction = (enum run_direction)i;
            return ST_OK;
        }
    return not_one(err, "direction", "higher or lower");
}

status freeze_read(const struct json *root, bool strict, struct arena *arena, struct freeze *ret,
                   struct error *err)
{
    const struct json *protocol = NULL, *splits = NULL, *tasks = NULL, *lineages = NULL;
    slice direction = S(""), metric = S("");
    double n = -1;
    *ret = (struct freeze){.n = -1};
    const struct json_member members[] = {
        JSON_TREE_OPT("protocol", &protocol),
        JSON_TREE_OPT("splits", &splits),
        JSON_STR("metric", &metric, 1, 256),
        {"threshold", WANT_F64, false, &ret->threshold, -1e300, 1e300, &ret->has_threshold},
        JSON_U64("planned_rounds", &ret->planned_rounds, 1, FREEZE_PLANNED_MAX),
        JSON_STR_OPT("direction", &direction, 0, 16),
        JSON_F64_OPT("n", &n, 0, 1e15),
        JSON_TREE_OPT("tasks", &tasks),
        JSON_TREE_OPT("lineages", &lineages),
        JSON_U64_OPT("budget", &ret->budget, 1, 1000000),
    };
    TRY(json_members(root, members, ARRAY_COUNT(members), strict ? JSON_STRICT : JSON_LENIENT,
                     err));
    ret->metric = arena_copy(arena, metric);
    ret->n = (int64_t)n;
    TRY(read_protocol(protocol, arena, &ret->protocol, err));
    TRY(read_splits(splits, &ret->splits, err));
    TRY(read_direction(direction, ret, err));
    TRY(read_lineages(lineages, arena, ret, err));
    TRY(read_tasks(tasks, arena, ret, err));
    return arena_check(arena, err);
}

/* --- canonical text --------------------------------------------------------------------------- */

static void put_number(struct json_out *w, double number)
{
    if (fabs(number) < 9007199254740992.0 && number == floor(number))
        json_i64(w, (int64_t)number);
    else
        json_f64(w, number);
}

static void put_field(struct json_out *w, const struct ledger_field *field)
{
    json_key(w, field->name.ptr); /* arena copies end with NUL */
    switch (field->kind) {
    case FIELD_TEXT:
        json_str(w, field->text);
        return;
    case FIELD_NUMBER:
        put_number(w, field->number);
        return;
    case FIELD_BOOL:
        json_bool(w, field->number > 0);
        return;
    case FIELD_NULL:
        json_null(w);
        return;
    }
}

static void put_protocol(struct json_out *w, const struct ledger_fields *fields)
{
    json_key(w, "protocol");
    json_object(w);
    for (size_t i = 0; i < fields->count; i++)
        put_field(w, &fields->at[i]);
    json_end(w);
}

static void put_count(struct json_out *w, const char *key, int64_t count, int64_t none)
{
    json_key(w, key);
    if (count == none)
        json_null(w);
    else
        json_i64(w, count);
}

static void put_splits(struct json_out *w, unsigned splits)
{
    json_key(w, "splits");
    json_array(w);
    for (int i = SPLIT_UNKNOWN; i <= SPLIT_TEST; i++)
        if (splits & 1u << i)
            json_str(w, slice_of(run_split_name((enum run_split)i)));
    json_end(w);
}

static void put_tasks(struct json_out *w, const struct freeze *freeze)
{
    json_key(w, "tasks");
    json_object(w);
    for (size_t i = 0; i < freeze->task_count; i++) {
        json_key(w, freeze->tasks[i].name.ptr);
        json_object(w);
        put_count(w, "n", freeze->tasks[i].n, -1);
        put_protocol(w, &freeze->tasks[i].protocol);
        json_end(w);
    }
    json_end(w);
}

static void put_lineages(struct json_out *w, const struct freeze *freeze)
{
    json_key(w, "lineages");
    json_array(w);
    for (size_t i = 0; i < freeze->lineage_count; i++)
        json_str(w, freeze->lineages[i]);
    json_end(w);
}

/* Members in order of their names; a new one goes to its place and never changes old texts, for
 * those are kept as they were signed. */
void freeze_canonical(const struct freeze *freeze, const struct freeze_subject *subject,
                      struct buf *out)
{
    struct json_out w;
    json_out_init(&w, out, 0);
    json_object(&w);
    put_count(&w, "budget", (int64_t)freeze->budget, 0);
    json_key(&w, "direction");
    if (freeze->direction == DIRECTION_UNKNOWN)
        json_null(&w);
    else
        json_str(&w, slice_of(run_direction_name(freeze->direction)));
    json_key_time(&w, "frozen_at", subject->frozen_ms);
    json_key_str(&w, "frozen_by", subject->frozen_by);
    put_lineages(&w, freeze);
    json_key_str(&w, "metric", freeze->metric);
    put_count(&w, "n", freeze->n, -1);
    json_key_u64(&w, "planned_rounds", freeze->planned_rounds);
    json_key_str(&w, "project_id", subject->project_id);
    json_key_str(&w, "project_name", subject->project_name);
    put_protocol(&w, &freeze->protocol);
    json_key_u64(&w, "schema_version", 1);
    put_splits(&w, freeze->splits);
    put_tasks(&w, freeze);
    json_key(&w, "threshold");
    if (freeze->has_threshold)
        put_number(&w, freeze->threshold);
    else
        json_null(&w);
    json_end(&w);
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct freeze_task *freeze_task_find(const struct freeze *freeze, slice name)
{
    for (size_t i = 0; i < freeze->task_count; i++)
        if (slice_eq(freeze->tasks[i].name, name))
            return &freeze->tasks[i];
    return NULL;
}

const struct ledger_field *freeze_field(const struct freeze *freeze, const struct freeze_task *task,
                                        slice name)
{
    const struct ledger_field *own = task ? fields_find(&task->protocol, name) : NULL;
    return own ? own : fields_find(&freeze->protocol, name);
}

bool freeze_has_lineage(const struct freeze *freeze, slice lineage)
{
    for (size_t i = 0; i < freeze->lineage_count; i++)
        if (slice_eq(freeze->lineages[i], lineage))
            return true;
    return freeze->lineage_count == 0;
}

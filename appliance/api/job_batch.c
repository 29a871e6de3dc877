/* Runs the items of a batch one after the other; each succeeds or fails for itself.
 *
 * Only successes are billed, and an item whose answer the user has had this month is not. The items
 * of one batch are analyses of their own in the history. */
#include "api/job_batch.h"

#include "api/detect_run.h"
#include "api/job_kinds.h"
#include "call.h"
#include "json.h"

enum { ERROR_MEMBERS_MAX = 32 * 1024, ITEM_ID_MAX = 100 };

enum item_state { ITEM_SKIPPED, ITEM_SUCCEEDED, ITEM_FAILED };

struct item {
    enum item_state state;
    slice id; /* the client's */
    bool is_cached;
    struct detect_call *detect; /* NULL unless it was read */
    status rc;
    struct error err;
    struct problem problem;
};

struct batch {
    struct item *items;
    size_t count;
    bool stop_on_error;
};

/* --- reading --- */

static status read_head(const struct json *input, const struct json **ret_items, bool *ret_stop,
                        struct error *err)
{
    const struct json *items = NULL;
    const struct json_member members[] = {
        JSON_TREE_OPT("items", &items),
        JSON_BOOL_OPT("stop_on_error", ret_stop),
    };
    *ret_stop = false;
    if (!input || input->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_json", "a batch is a JSON object");
    TRY(json_members(input, members, ARRAY_COUNT(members), JSON_STRICT, err));
    if (!items || items->kind != JSON_ARRAY || items->count == 0 || items->count > BATCH_ITEMS_MAX)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member 'items' must be a list of 1 to %d analyses", BATCH_ITEMS_MAX);
    *ret_items = items;
    return ST_OK;
}

static status read_id(const struct json *item, slice *ret, struct error *err)
{
    *ret = S("");
    const struct json_member member = JSON_STR_OPT("id", ret, 1, ITEM_ID_MAX);
    if (item->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_field", "every item must be a JSON object");
    return json_members(item, &member, 1, JSON_LENIENT, err);
}

/* An item that cannot be read fails by itself, later; the list must be in order now. */
status job_batch_admit(struct call *call, const struct json *input, struct job_order *order,
                       struct error *err)
{
    const struct json *items;
    bool stop;
    slice id;
    TRY(read_head(input, &items, &stop, err));
    size_t index = 0;
    for (const struct json *item = items->first; item; item = item->next, index++) {
        status rc = read_id(item, &id, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "item %zu", index);
    }
    order->units = items->count;
    (void)call;
    return ST_OK;
}

/* --- running --- */

static status item_compute(struct job_run *run, const struct json *tree, struct item *item,
                           size_t index, struct error *err)
{
    struct detect_hooks hooks = job_run_hooks(run);
    struct call *call = run->call;
    struct detect_call *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    hooks.progress = NULL; /* the batch counts its items */
    TRY(detect_input_read_tree(call, &call->arena, tree, &in->input, err));
    in->input.panel.rows_max = 0;
    in->job_id = run->job->id;
    (void)job_run_id(in->id, "ana", run->job, index + 1);
    detect_input_hash(&in->input, &in->input_sha256, &in->cache_hash);
    item->detect = in;
    TRY(store_read_begin(run->reader, &call->txn, err));
    status rc = detect_cache_answer(call, in, err);
    store_read_end(&call->txn);
    item->is_cached = rc == ST_OK && in->body.len > 0;
    if (item->is_cached)
        return ST_OK;
    return rc == ST_OK || rc == ST_NOT_FOUND ? detect_compute(call, in, &hooks, err) : rc;
}

/* Writer. What two items share is billed once: the first leaves it in the cache. */
static status batch_keep(struct job_run *run, struct error *err)
{
    struct batch *batch = run->state;
    (void)err;
    run->billable = 0;
    for (size_t i = 0; i < batch->count; i++) {
        bool is_new;
        if (batch->items[i].state != ITEM_SUCCEEDED || batch->items[i].is_cached)
            continue;
        TRY(detect_keep(run->call, batch->items[i].detect, &is_new));
        run->billable += is_new;
    }
    return ST_OK;
}

/* --- the answer --- */

static void put_error(struct json_out *w, const struct item *item, enum lang lang)
{
    const char *text = lang == LANG_ZH ? item->err.text_zh : item->err.text;
    json_key(w, "error");
    json_object(w);
    json_key_str(w, "code", slice_of(item->err.code ? item->err.code : status_slug(item->rc)));
    json_key_str(w, "message", slice_of(text[0] ? text : status_text(item->rc)));
    if (item->problem.members.len && item->problem.members.len <= ERROR_MEMBERS_MAX) {
        buf_put_byte(w->buf, ',');
        buf_put(w->buf, item->problem.members);
    }
    json_end(w);
}

static void put_item(struct json_out *w, const struct item *item, size_t index, enum lang lang)
{
    static const char *const names[] = {"skipped", "succeeded", "failed"};
    json_object(w);
    json_key_u64(w, "index", index);
    if (item->id.len)
        json_key_str(w, "id", item->id);
    else
        json_key_null(w, "id");
    json_key_str(w, "status", slice_of(names[item->state]));
    if (item->state == ITEM_SUCCEEDED) {
        json_key(w, "result");
        json_raw(w, item->detect->body);
    } else if (item->state == ITEM_FAILED) {
        put_error(w, item, lang);
    }
    json_end(w);
}

static status answer(struct job_run *run, const struct batch *batch, struct error *err)
{
    struct buf buf;
    struct json_out w;
    size_t counts[3] = {0};
    for (size_t i = 0; i < batch->count; i++)
        counts[batch->items[i].state]++;
    buf_init_arena(&buf, &run->call->arena, LIMIT_REPLY_BYTES);
    json_out_init(&w, &buf, 0);
    json_object(&w);
    json_key_u64(&w, "count", batch->count);
    json_key_u64(&w, "succeeded", counts[ITEM_SUCCEEDED]);
    json_key_u64(&w, "failed", counts[ITEM_FAILED]);
    json_key_u64(&w, "skipped", counts[ITEM_SKIPPED]);
    json_key(&w, "items");
    json_array(&w);
    for (size_t i = 0; i < batch->count; i++)
        put_item(&w, &batch->items[i], i, run->call->lang);
    json_end(&w);
    json_end(&w);
    run->result = buf_slice(&buf);
    return buf_check(&buf, err);
}

/* False: the batch goes no further. */
static bool item_run(struct job_run *run, struct batch *batch, const struct json *tree,
                     size_t index)
{
    struct item *item = &batch->items[index];
    run->call->problem = (struct problem){0};
    item->rc = item_compute(run, tree, item, index, &item->err);
    item->state = item->rc == ST_OK ? ITEM_SUCCEEDED : ITEM_FAILED;
    item->problem = run->call->problem;
    run->call->problem = (struct problem){0};
    return item->rc == ST_OK || !batch->stop_on_error;
}

status job_batch_run(struct job_run *run, struct error *err)
{
    const struct json *input, *trees;
    struct arena *arena = &run->call->arena;
    struct batch *batch = arena_alloc(arena, sizeof *batch);
    if (!batch)
        return arena_check(arena, err);
    run->state = batch;
    TRY(job_run_input(run, &input, err));
    TRY(read_head(input, &trees, &batch->stop_on_error, err));
    batch->count = trees->count;
    batch->items = arena_array(arena, batch->count, sizeof *batch->items);
    TRY(arena_check(arena, err));
    size_t index = 0;
    for (const struct json *tree = trees->first; tree; tree = tree->next)
        TRY(read_id(tree, &batch->items[index++].id, err));
    index = 0;
    for (const struct json *tree = trees->first; tree; tree = tree->next, index++) {
        job_run_progress(run, "items", index, batch->count);
        if (job_run_stopped(run))
            return ST_CANCELLED;
        bool goes_on = item_run(run, batch, tree, index);
        if (batch->items[index].rc == ST_CANCELLED)
            return ST_CANCELLED;
        if (!goes_on)
            break;
    }
    job_run_progress(run, "items", batch->count, batch->count);
    run->keep = batch_keep;
    return answer(run, batch, err);
}

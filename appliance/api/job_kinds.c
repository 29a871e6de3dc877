/* The kinds of jobs, and the one that runs a detection. */
#include "api/job_kinds.h"

#include "api/detect_run.h"
#include "api/job_batch.h"
#include "api/job_zenodo.h"
#include "call.h"
#include "json.h"
#include "plans.h"

/* --- inputs --- */

status job_run_input(struct job_run *run, const struct json **ret, struct error *err)
{
    const struct json *root;
    TRY(json_parse(run->body, &run->call->arena, &root, err));
    bool is_wrapped = slice_eq(run->job->path, S("/api/jobs"));
    *ret = is_wrapped ? json_find(root, "input") : root;
    return *ret ? ST_OK : error_code(err, ST_INVALID, "missing_field", "member 'input' is missing");
}

/* --- detect --- */

static status detect_admit(struct call *call, const struct json *input, struct job_order *order,
                           struct error *err)
{
    struct detect_input *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    if (input)
        TRY(detect_input_read_tree(call, &call->arena, input, in, err));
    else
        TRY(detect_input_read(call, &call->arena, in, err));
    order->label = in->label;
    return ST_OK;
}

/* Writer. */
static status detect_keep_all(struct job_run *run, struct error *err)
{
    bool is_new;
    (void)err;
    TRY(detect_keep(run->call, run->state, &is_new));
    run->billable = is_new;
    return ST_OK;
}

static status detect_read(struct job_run *run, struct detect_call *in, struct error *err)
{
    struct call *call = run->call;
    const struct json *input;
    if (slice_eq(run->job->path, S("/api/detect")))
        return detect_input_read(call, &call->arena, &in->input, err);
    TRY(job_run_input(run, &input, err));
    return detect_input_read_tree(call, &call->arena, input, &in->input, err);
}

/* ST_NOT_FOUND: it has to be computed. */
static status from_cache(struct job_run *run, struct detect_call *in, struct error *err)
{
    struct call *call = run->call;
    TRY(store_read_begin(run->reader, &call->txn, err));
    status rc = detect_cache_answer(call, in, err);
    store_read_end(&call->txn);
    return rc == ST_OK && in->body.len == 0 ? ST_NOT_FOUND : rc; /* not kept any more */
}

static status detect_job_run(struct job_run *run, struct error *err)
{
    const struct detect_hooks hooks = job_run_hooks(run);
    struct call *call = run->call;
    struct detect_call *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    run->state = in;
    TRY(detect_read(run, in, err));
    in->input.panel.rows_max = 0; /* the plan's rows are for calls that somebody waits for */
    in->job_id = run->job->id;
    (void)job_run_id(in->id, "ana", run->job, 0);
    detect_input_hash(&in->input, &in->input_sha256, &in->cache_hash);
    status rc = from_cache(run, in, err);
    if (rc == ST_NOT_FOUND) {
        rc = detect_compute(call, in, &hooks, err);
        run->keep = detect_keep_all;
        run->result_id = in->input.store ? slice_of(in->id) : S("");
    } else
        run->result_id = in->kept_id; /* the same question has its page already */
    run->result = in->body;
    return rc;
}

/* --- the table --- */

static const struct job_kind kinds[] = {
    {SLICE_INIT("analyze_zenodo"), PLAN_PRO, job_zenodo_admit, job_zenodo_run},
    {SLICE_INIT("batch"), PLAN_PRO, job_batch_admit, job_batch_run},
    {SLICE_INIT("dataset_fetch"), PLAN_PRO, job_fetch_admit, job_fetch_run},
    {SLICE_INIT("detect"), PLAN_PRO, detect_admit, detect_job_run},
};

const struct job_kind *job_kind_find(slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (slice_eq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

const char *job_kind_names(void)
{
    return "analyze_zenodo, batch, dataset_fetch, detect";
}

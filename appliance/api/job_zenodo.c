/* Data sets fetched and analysed by jobs: the same steps as the synchronous endpoints, with the
 * computing place given back while the network is waited for. */
#include "api/job_zenodo.h"

#include "api/zenodo_run.h"
#include "app.h"
#include "call.h"
#include "json.h"
#include "turn.h"

enum { RESULT_MAX = 64 << 10 };

/* --- analyze_zenodo --- */

status job_zenodo_admit(struct call *call, const struct json *input, struct job_order *order,
                        struct error *err)
{
    struct zenodo_call *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    TRY(zenodo_call_read(call, input, in, err));
    order->label = in->detect.input.label;
    order->units = 1;
    return ST_OK;
}

/* Writer. */
static status analysis_keep(struct job_run *run, struct error *err)
{
    bool is_new;
    TRY(zenodo_call_keep(run->call, run->state, &is_new, err));
    run->billable = is_new;
    return ST_OK;
}

static status fetch_in_turn(struct job_run *run, const struct dataset_want *want,
                            struct dataset_got *got, struct error *err)
{
    struct call *call = run->call;
    job_run_progress(run, "download", 0, 0);
    turn_pause();
    status rc = dataset_obtain(call->app, want, call->now_ms, &call->arena, got, err);
    turn_resume();
    return rc == ST_OK ? ST_OK : zenodo_problem(call, rc, got, err);
}

status job_zenodo_run(struct job_run *run, struct error *err)
{
    const struct detect_hooks hooks = job_run_hooks(run);
    struct call *call = run->call;
    const struct json *input;
    struct zenodo_call *in = arena_alloc(&call->arena, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    run->state = in;
    TRY(job_run_input(run, &input, err));
    TRY(zenodo_call_read(call, input, in, err));
    in->want.cancelled = &run->cancelled;
    in->detect.input.panel.rows_max = 0; /* the plan's rows are for calls that somebody waits for */
    in->detect.job_id = run->job->id;
    (void)job_run_id(in->detect.id, "ana", run->job, 0);
    TRY(fetch_in_turn(run, &in->want, &in->got, err));
    TRY(zenodo_call_compute(call, in, &hooks, err));
    run->keep = analysis_keep;
    run->result = in->body;
    run->result_id = in->detect.input.store && !call->cached ? slice_of(in->detect.id) : S("");
    return ST_OK;
}

/* --- dataset_fetch --- */

static status want_read(struct call *call, const struct json *input, struct dataset_want *want,
                        struct error *err)
{
    const struct json *key = json_find(input, "file_key");
    TRY(zenodo_source_read(call, input, &want->source, err));
    if (key && key->kind == JSON_STRING)
        want->source.file = key->text;
    want->pick = ZENODO_LARGEST_CSV;
    return ST_OK;
}

status job_fetch_admit(struct call *call, const struct json *input, struct job_order *order,
                       struct error *err)
{
    struct dataset_want want = {0};
    TRY(want_read(call, input, &want, err));
    order->units = 0;
    return ST_OK;
}

/* Writer. */
static status fetch_keep(struct job_run *run, struct error *err)
{
    return dataset_keep(run->call->txn, dataset_bytes_max(run->call->app->config), run->state, err);
}

status job_fetch_run(struct job_run *run, struct error *err)
{
    struct call *call = run->call;
    const struct json *input;
    struct dataset_want want = {.cancelled = &run->cancelled};
    struct buf out;
    struct json_out w;
    struct dataset_got *got = arena_alloc(&call->arena, sizeof *got);
    if (!got)
        return arena_check(&call->arena, err);
    run->state = got;
    TRY(job_run_input(run, &input, err));
    TRY(want_read(call, input, &want, err));
    TRY(fetch_in_turn(run, &want, got, err));
    buf_init_arena(&out, &call->arena, RESULT_MAX);
    json_out_init(&w, &out, 0);
    json_object(&w);
    dataset_present(&w, &got->row);
    json_end(&w);
    run->keep = fetch_keep;
    run->result = buf_slice(&out);
    return buf_check(&out, err);
}

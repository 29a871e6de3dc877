/* What happens to an addition before it is written: one workshop with its own memory. */
#include "api/project_addition.h"

#include "api/ledger_input.h"
#include "api/project_access.h"
#include "api/project_watch.h"
#include "app.h"
#include "json.h"
#include "ledger_table.h"
#include "parallel.h"
#include "plans.h"
#include "project_verdict.h"

#include "base/crypt.h"

#include <math.h>

enum { SUMMARY_BYTES_MAX = 16384, REPORT_KEPT_MAX = 1 << 20, SETTLED_MAX = 20000 };

struct workshop {
    struct call *call;
    struct addition *in;
    struct arena arena;
    struct ledger ledger;   /* of the whole project */
    struct ledger addition; /* what came */
    struct ledger_input input;
    int64_t opened_ms;         /* watching was registered; 0 = it was not */
    struct deviation *settled; /* approved, or told before */
    size_t settled_count;
    struct judgement judgement;
};

/* --- the ledger ------------------------------------------------------------------------- */

/* The first addition decides what a round is: what it asks for; periods of tables, else runs. */
static enum round_by choose_round_by(struct workshop *s)
{
    struct addition *in = s->in;
    if (in->before.round_count)
        return project_round_by(&in->before);
    bool table = slice_eq(s->addition.rows[0].task, S("table"));
    return table && !in->says_round_by ? ROUND_BY_DAY : in->options.round_by;
}

static status refuse_empty(const struct workshop *s, struct error *err)
{
    if (s->addition.excluded_count == 0)
        return error_code(err, ST_INVALID, "no_rounds", "the request holds no run");
    const struct ledger_excluded *first = &s->addition.excluded[0];
    struct error why = {0};
    memcpy(why.text, first->reason.ptr,
           first->reason.len < sizeof why.text ? first->reason.len : sizeof why.text - 1);
    return error_code(err, ST_INVALID, "no_rounds", "'%.*s' was not read: %s",
                      SLICE_ARG(slice_sub(first->path, 0, 60)), why.text);
}

/* Grade B is for files of tools, known by their hashes. */
static bool has_hashes(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->row_count; i++)
        if (ledger->rows[i].source_sha256.len == 0)
            return false;
    return true;
}

static status read_addition(struct workshop *s, struct error *err)
{
    struct addition *in = s->in;
    TRY(project_watch_opened(s->call, in->before.id, &s->opened_ms, err));
    s->input.tables = true;
    ledger_init(&s->addition, &s->arena);
    TRY(ledger_input_read(s->call, &in->options, &s->input, &s->addition, err));
    if (s->addition.row_count == 0)
        return refuse_empty(s, err);
    TRY(ledger_table_name_runs(&s->addition, err));
    if (!has_hashes(&s->addition))
        s->addition.grade = 'C';
    if (s->opened_ms && s->addition.grade == 'B' &&
        project_watch_covers(&s->addition, s->opened_ms, s->call->now_ms))
        s->addition.grade = 'A';
    in->options.round_by = choose_round_by(s);
    return ledger_finish(&s->addition, &in->options, err);
}

static status check_rows(const struct workshop *s, struct error *err)
{
    if (s->ledger.row_count <= PROJECT_ROWS_MAX)
        return ST_OK;
    return error_code(err, ST_LIMIT, "project_full", "a project has at most %d rows",
                      PROJECT_ROWS_MAX);
}

static status build_ledger(struct workshop *s, struct error *err)
{
    const struct ledger_options finish = {.round_by = s->in->options.round_by};
    size_t added;
    ledger_init(&s->ledger, &s->arena);
    TRY(project_load(s->call->txn, &s->in->before, s->in->before.round_count, &s->ledger, err));
    TRY(project_merge(&s->ledger, &s->addition, &added, err));
    s->in->known = added == 0;
    TRY(check_rows(s, err));
    return ledger_finish(&s->ledger, &finish, err);
}

/* The new rows alone, as they will be kept. */
static status keep_round(struct workshop *s, struct error *err)
{
    struct addition *in = s->in;
    struct buf lines;
    struct crypt_hash hash;
    size_t count = 0;
    buf_init_arena(&lines, &s->call->arena, PROJECT_ADDITION_BYTES_MAX);
    for (size_t i = 0; i < s->ledger.row_count; i++) {
        struct json_out w;
        if (!s->ledger.rows[i].is_new)
            continue;
        json_out_init(&w, &lines, 0);
        ledger_row_json(&w, &s->ledger.rows[i]);
        buf_put_byte(&lines, '\n');
        count++;
    }
    TRY(buf_check(&lines, err));
    crypt_sha256(&hash, buf_slice(&lines));
    in->round = (struct store_round){
        .id = store_sub_id(in->round_id, in->before.id, in->before.round_count + 1),
        .user_id = in->before.user_id,
        .rows = buf_slice(&lines),
        .sha256 = arena_copy(&s->call->arena, slice_make(hash.bytes, sizeof hash.bytes)),
        .source = s->opened_ms || s->input.captured ? S("watch") : S("upload"),
        .grade = arena_printf(&s->call->arena, "%c", s->addition.grade),
        .row_count = count,
        .created_ms = s->call->now_ms};
    return arena_check(&s->call->arena, err);
}

/* --- deviations ------------------------------------------------------------------------- */

static bool is_settled(const void *context, const struct deviation *deviation)
{
    const struct workshop *s = context;
    for (size_t i = 0; i < s->settled_count; i++)
        if (deviation_same(&s->settled[i], deviation))
            return true;
    return false;
}

static struct deviation deviation_of(const struct store_deviation *row, enum deviation_kind kind)
{
    return (struct deviation){.kind = kind,
                              .field = row->field,
                              .to = row->to,
                              .run_id = row->run_id,
                              .task = row->task,
                              .lineage = row->lineage};
}

/* Approved differences that recur, and everything that was told of one run. */
static status load_settled(struct workshop *s, struct error *err)
{
    const struct store_project *project = &s->in->before;
    size_t cap = 0;
    void *list = NULL;
    for (uint64_t n = 1; n <= project->deviation_count && s->settled_count < SETTLED_MAX; n++) {
        char id[STORE_ID_MAX];
        struct store_deviation row;
        enum deviation_kind kind;
        TRY(store_deviation_get(s->call->txn, project->user_id, store_sub_id(id, project->id, n),
                                &s->arena, &row));
        if (!deviation_kind_from(row.kind, &kind) || (deviation_recurs(kind) && !row.approved_ms))
            continue;
        if (!arena_grow(&s->arena, &list, &cap, s->settled_count, sizeof *s->settled))
            return arena_check(&s->arena, err);
        s->settled = list;
        s->settled[s->settled_count++] = deviation_of(&row, kind);
    }
    return ST_OK;
}

static status read_freeze(struct workshop *s, struct error *err)
{
    const struct json *root;
    TRY(json_parse(s->in->before.freeze, &s->arena, &root, err));
    return freeze_read(json_find(root, "report"), false, &s->arena, &s->in->freeze, err);
}

/* Texts of what was found outlive the workshop: they go into the call's arena. */
static void keep_deviations(struct workshop *s)
{
    struct deviations *found = &s->in->deviations;
    struct arena *arena = &s->call->arena;
    for (size_t i = 0; i < found->count; i++) {
        struct deviation *d = &found->at[i];
        d->field = arena_copy(arena, d->field);
        d->from = arena_copy(arena, slice_sub(d->from, 0, 512));
        d->to = arena_copy(arena, slice_sub(d->to, 0, 512));
        d->run_id = arena_copy(arena, d->run_id);
        d->task = arena_copy(arena, d->task);
        d->lineage = arena_copy(arena, d->lineage);
    }
}

static status find_deviations(struct workshop *s, struct error *err)
{
    const struct store_project *before = &s->in->before;
    if (!before->frozen_ms)
        return ST_OK;
    TRY(load_settled(s, err));
    const struct deviation_input search = {.freeze = &s->in->freeze,
                                           .ledger = &s->ledger,
                                           .addition = &s->addition,
                                           .grade_before =
                                               before->grade.len ? before->grade.ptr[0] : '\0',
                                           .frozen_ms = before->frozen_ms,
                                           .is_settled = is_settled,
                                           .context = s};
    s->in->deviations.arena = &s->arena;
    TRY(deviations_find(&search, &s->in->deviations, err));
    keep_deviations(s);
    return ST_OK;
}

/* --- the verdict ------------------------------------------------------------------------ */

static bool hook_cancelled(void *context)
{
    return call_cancelled((struct call *)context);
}

static void hook_parallel(void *context, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    parallel_for(((struct call *)context)->app->workers, count, body, arg);
}

static char lower_grade(const struct workshop *s)
{
    slice before = s->in->before.grade;
    char now = s->addition.grade;
    return before.len && before.ptr[0] > now ? before.ptr[0] : now;
}

static void describe_after(struct workshop *s)
{
    struct addition *in = s->in;
    const struct judgement *j = &s->judgement;
    struct arena *arena = &s->call->arena;
    in->after = in->before;
    in->after.round_count++;
    in->after.verdict_count++;
    in->after.deviation_count += in->deviations.count;
    in->after.open_deviations += in->deviations.count;
    in->after.rounds_total = j->rounds_total;
    in->after.row_count = s->ledger.row_count;
    in->after.grade = arena_printf(arena, "%c", lower_grade(s));
    in->after.round_by = slice_of(round_by_name(in->options.round_by));
    in->after.verdict = slice_of(j->verdict);
    in->after.look_count = j->state.tests;
    in->after.alpha_spent = JUDGEMENT_ALPHA * j->state.spent;
    in->after.state = project_state_text(&j->state, arena);
    in->after.updated_ms = s->call->now_ms;
    in->changed = !slice_eq(in->before.verdict, in->after.verdict);
}

/* Two lines: the summary, and the report's canonical members where they are not too long. */
static status keep_verdict(struct workshop *s, struct error *err)
{
    struct addition *in = s->in;
    struct buf body;
    struct json_out w;
    const struct verdict_context context = {.number = in->after.verdict_count,
                                            .planned_rounds = in->freeze.planned_rounds,
                                            .additions = in->after.round_count,
                                            .rows = in->after.row_count,
                                            .grade = in->after.grade,
                                            .frozen = in->after.frozen_ms != 0,
                                            .deviations_new = in->deviations.total,
                                            .deviations_open = in->after.open_deviations};
    buf_init_arena(&body, &s->call->arena, SUMMARY_BYTES_MAX + REPORT_KEPT_MAX);
    json_out_init(&w, &body, 0);
    verdict_summary(&w, &s->judgement, &context);
    buf_put_byte(&body, '\n');
    size_t summary_bytes = body.len;
    if (s->judgement.report) {
        const struct report_context nothing = {.elapsed_ms = -1,
                                               .panel_options = s->judgement.reading};
        status rc = report_canonical(s->judgement.report, s->call->lang, &nothing, &body, err);
        if (rc == ST_TOO_LARGE || body.overflow) {
            body.len = summary_bytes;
            body.overflow = false;
        } else if (rc != ST_OK) {
            return rc;
        }
    }
    in->verdict = (struct store_verdict){
        .id = store_sub_id(in->verdict_id, in->before.id, in->after.verdict_count),
        .user_id = in->before.user_id,
        .verdict = in->after.verdict,
        .p_value = isfinite(s->judgement.p_value) ? s->judgement.p_value : 0,
        .round_count = in->after.rounds_total,
        .body = buf_slice(&body),
        .created_ms = s->call->now_ms};
    return buf_check(&body, err);
}

static status judge_all(struct workshop *s, struct error *err)
{
    struct addition *in = s->in;
    struct judgement_input input = {
        .ledger = &s->ledger,
        .planned_rounds = in->freeze.planned_rounds,
        .number = in->before.verdict_count + 1,
        .rows_max = s->call->plan->rows_max,
        .hooks = {.ctx = s->call, .parallel_for = hook_parallel, .cancelled = hook_cancelled}};
    TRY(project_state_read(&in->before, &s->arena, &input.state, err));
    TRY(judge(&input, &s->arena, &s->judgement, err));
    in->billed = s->judgement.report != NULL;
    describe_after(s);
    return keep_verdict(s, err);
}

static status work_in(struct workshop *s, struct error *err)
{
    if (s->in->before.frozen_ms)
        TRY(read_freeze(s, err));
    TRY(read_addition(s, err));
    TRY(build_ledger(s, err));
    if (s->in->known)
        return ST_OK;
    TRY(keep_round(s, err));
    TRY(find_deviations(s, err));
    return judge_all(s, err);
}

status addition_work(struct call *call, struct error *err)
{
    struct workshop *s = arena_alloc(&call->arena, sizeof *s);
    if (!s)
        return arena_check(&call->arena, err);
    s->call = call;
    s->in = call->state;
    arena_init(&s->arena, PROJECT_ARENA_BYTES);
    /* The project may have grown while this waited for a worker. */
    status rc = project_find_own(call, &s->in->before, err);
    if (rc == ST_OK)
        rc = work_in(s, err);
    arena_finish(&s->arena);
    return rc;
}

/* sleuth project add and freeze: logs of this host go to the appliance as rows of a ledger. */
#include "tools/ledger_source.h"
#include "tools/project.h"
#include "tools/remote.h"

#include "base/file.h"

enum { PLAN_BYTES_MAX = 1 << 20 };
#define BODY_BYTES_MAX ((size_t)16 << 20)

/* --- add -------------------------------------------------------------------------------------- */

static const struct column add_columns[] = {
    {"addition", N_("ADDITION"), COLUMN_NUMBER},
    {"rows_added", N_("NEW ROWS"), COLUMN_NUMBER},
    {"grade", N_("GRADE"), COLUMN_TEXT},
    {"rounds_total", N_("ROUNDS"), COLUMN_NUMBER},
    {"verdict.verdict", N_("VERDICT"), COLUMN_TEXT},
    {"verdict.reason", N_("REASON"), COLUMN_TEXT},
    {"changed", N_("CHANGED"), COLUMN_TEXT},
    {"verdict.p_value", N_("P OF THIS LOOK"), COLUMN_NUMBER},
    {"verdict.sequential.level", N_("LEVEL OF THIS LOOK"), COLUMN_NUMBER},
    {"verdict.sequential.rule", N_("RULE"), COLUMN_TEXT},
    {"verdict.comparable", N_("COMPARABLE"), COLUMN_TEXT},
    {"deviations_found", N_("NEW DEVIATIONS"), COLUMN_NUMBER},
    {"deviations_open", N_("OPEN DEVIATIONS"), COLUMN_NUMBER},
};
static const struct view add_view = {NULL, add_columns, ARRAY_COUNT(add_columns)};

/* A log that a reader knew and refused, as opposed to some other file of the directory. */
static bool is_log(const struct ledger_excluded *excluded)
{
    return !slice_has_prefix(excluded->reason, S("no known evaluation log")) &&
           !slice_has_suffix(excluded->path, S(".jsonl"));
}

void project_put_addition(struct buf *body, const struct ledger *ledger, bool captured)
{
    struct json_out w;
    json_out_init(&w, body, 0);
    json_object(&w);
    json_key(&w, "ledger");
    json_array(&w);
    for (size_t i = 0; i < ledger->row_count; i++)
        ledger_row_json(&w, &ledger->rows[i]);
    json_end(&w);
    json_key(&w, "excluded");
    json_array(&w);
    for (size_t i = 0; i < ledger->excluded_count; i++) {
        if (!is_log(&ledger->excluded[i]))
            continue;
        json_object(&w);
        json_key_str(&w, "path", slice_sub(ledger->excluded[i].path, 0, 1024));
        json_key_str(&w, "reason", slice_sub(ledger->excluded[i].reason, 0, 256));
        json_end(&w);
    }
    json_end(&w);
    json_key_bool(&w, "captured", captured);
    json_end(&w);
}

void project_tell_deviations(struct cli *cli, const struct json *root)
{
    const struct json *list = json_find(root, "deviations");
    for (const struct json *d = list ? list->first : NULL; d; d = d->next) {
        const struct json *kind = json_find(d, "kind"), *text = json_find(d, "text");
        const struct json *run = json_find(d, "run_id");
        if (kind && text)
            cli_warn(cli, "%.*s: %.*s (%.*s)", SLICE_ARG(kind->text), SLICE_ARG(text->text),
                     SLICE_ARG(run ? run->text : S("")));
    }
}

static status send_ledger(struct cli *cli, const struct project_ref *project,
                          const struct ledger *ledger, struct error *err)
{
    const struct json *root;
    struct buf body, query;
    buf_init_arena(&body, &cli->arena, BODY_BYTES_MAX);
    project_put_addition(&body, ledger, /* captured= */ false);
    if (buf_check(&body, err) != ST_OK) {
        cli_hint(cli, N_("add fewer files at a time"));
        return error_set(err, ST_TOO_LARGE, N_("the rows are larger than one addition may be"));
    }
    buf_init_arena(&query, &cli->arena, 256);
    buf_put(&query, project_query(cli, project->owner_id));
    if (cli_text(cli, "round-by"))
        buf_printf(&query, "%sround_by=%s", query.len ? "&" : "", cli_text(cli, "round-by"));
    struct request request = {METHOD_POST, project_path(cli, project, "/rounds"), buf_slice(&query),
                              buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    project_tell_deviations(cli, root);
    return view_object(cli, &add_view, root, err);
}

status project_add_run(struct cli *cli, struct error *err)
{
    struct project_ref project;
    struct ledger_source_set *set = arena_alloc(&cli->arena, sizeof *set);
    if (!set)
        return arena_check(&cli->arena, err);
    TRY(remote_choose(cli, err));
    TRY(project_resolve(cli, cli->words[0], &project, err));
    status rc = ledger_source_read(cli, 1, set, err);
    if (rc == ST_OK)
        rc = send_ledger(cli, &project, &set->ledger, err);
    ledger_source_finish(set);
    return rc;
}

/* --- freeze ----------------------------------------------------------------------------------- */

static const struct column freeze_columns[] = {
    {"project_id", N_("PROJECT"), COLUMN_TEXT},
    {"frozen_at", N_("FROZEN"), COLUMN_TIME},
    {"record.report.metric", N_("METRIC"), COLUMN_TEXT},
    {"record.report.planned_rounds", N_("PLANNED ROUNDS"), COLUMN_NUMBER},
    {"sha256", N_("SHA-256"), COLUMN_TEXT},
    {"record.seal.key_id", N_("KEY"), COLUMN_TEXT},
};
static const struct view freeze_view = {NULL, freeze_columns, ARRAY_COUNT(freeze_columns)};

/* The first completed run of each task speaks for it. */
static bool is_first_of_task(const struct ledger *ledger, size_t at, slice metric)
{
    const struct ledger_row *row = &ledger->rows[at];
    if (row->status != RUN_COMPLETED || !slice_eq(row->metric, metric))
        return false;
    for (size_t i = 0; i < at; i++)
        if (ledger->rows[i].status == RUN_COMPLETED && slice_eq(ledger->rows[i].metric, metric) &&
            slice_eq(ledger->rows[i].task, row->task))
            return false;
    return true;
}

static void put_fields(struct json_out *w, const struct ledger_fields *fields)
{
    json_key(w, "protocol");
    json_object(w);
    for (size_t i = 0; i < fields->count; i++) {
        json_key(w, fields->at[i].name.ptr); /* arena copies end with NUL */
        if (fields->at[i].kind == FIELD_TEXT)
            json_str(w, fields->at[i].text);
        else
            json_raw(w, fields->at[i].text);
    }
    json_end(w);
}

static void put_tasks(struct json_out *w, const struct ledger *ledger, slice metric)
{
    json_key(w, "tasks");
    json_object(w);
    for (size_t i = 0; i < ledger->row_count; i++) {
        if (!is_first_of_task(ledger, i, metric))
            continue;
        json_key(w, ledger->rows[i].task.ptr);
        json_object(w);
        if (ledger->rows[i].n >= 0)
            json_key_u64(w, "n", (uint64_t)ledger->rows[i].n);
        put_fields(w, &ledger->rows[i].protocol);
        json_end(w);
    }
    json_end(w);
}

/* What a trial run on this host was measured with, as the plan. */
static void put_plan(struct cli *cli, struct buf *body, const struct ledger *ledger, slice metric)
{
    struct json_out w;
    json_out_init(&w, body, 0);
    json_object(&w);
    put_fields(&w, &(struct ledger_fields){0});
    put_tasks(&w, ledger, metric);
    json_key(&w, "splits");
    json_array(&w);
    json_str(&w, slice_of(cli_text(cli, "split") ? cli_text(cli, "split") : "unknown"));
    json_end(&w);
    json_key_str(&w, "metric", metric);
    json_key_u64(&w, "planned_rounds", cli_whole(cli, "planned-rounds", 0));
    if (cli_flag(cli, "threshold"))
        json_key_f64(&w, "threshold", cli_real(cli, "threshold", 0));
    if (cli_flag(cli, "budget"))
        json_key_u64(&w, "budget", cli_whole(cli, "budget", 0));
    json_end(&w);
}

static status plan_from_log(struct cli *cli, struct buf *body, struct error *err)
{
    slice metric = slice_of(cli_text(cli, "metric"));
    struct ledger_source_set *set = arena_alloc(&cli->arena, sizeof *set);
    if (!set)
        return arena_check(&cli->arena, err);
    if (metric.len == 0)
        return cli_usage(cli, err, N_("--planned-rounds needs --metric, the score that decides"));
    status rc = ledger_source_read(cli, 1, set, err);
    if (rc == ST_OK) {
        put_plan(cli, body, &set->ledger, metric);
        rc = buf_check(body, err);
    }
    ledger_source_finish(set);
    return rc;
}

status project_freeze_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct project_ref project;
    struct buf body;
    slice plan;
    TRY(project_resolve(cli, cli->words[0], &project, err));
    buf_init_arena(&body, &cli->arena, PLAN_BYTES_MAX);
    if (cli_flag(cli, "planned-rounds")) {
        TRY(plan_from_log(cli, &body, err));
    } else {
        TRY(file_read(cli->words[1], PLAN_BYTES_MAX, &cli->arena, &plan, err));
        buf_put(&body, plan);
    }
    if (cli->dry_run) {
        buf_put(&cli->out, buf_slice(&body));
        buf_put_byte(&cli->out, '\n');
        return ST_OK;
    }
    struct request request = {METHOD_POST, project_path(cli, &project, "/freeze"),
                              project_query(cli, project.owner_id), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &freeze_view, root, err);
}

/* sleuth job: what waits, runs and has ended; watch, cancel, take the answer, ask again. */
#include "tools/client.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

enum { LOOK_MS = 300 };

static const struct column list_columns[] = {
    {"id", N_("JOB"), COLUMN_TEXT},
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"progress.phase", N_("PHASE"), COLUMN_TEXT},
    {"progress.percent", N_("PERCENT"), COLUMN_NUMBER},
    {"created_at", N_("CREATED"), COLUMN_TIME},
};
static const struct view list_view = {"jobs", list_columns, ARRAY_COUNT(list_columns)};

static const struct column one_columns[] = {
    {"id", N_("JOB"), COLUMN_TEXT},
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"label", N_("LABEL"), COLUMN_TEXT},
    {"position", N_("IN FRONT"), COLUMN_NUMBER},
    {"progress.phase", N_("PHASE"), COLUMN_TEXT},
    {"progress.done", N_("DONE"), COLUMN_NUMBER},
    {"progress.total", N_("TOTAL"), COLUMN_NUMBER},
    {"progress.eta_seconds", N_("SECONDS LEFT"), COLUMN_NUMBER},
    {"attempts", N_("ATTEMPTS"), COLUMN_NUMBER},
    {"analyses_counted", N_("ANALYSES"), COLUMN_NUMBER},
    {"created_at", N_("CREATED"), COLUMN_TIME},
    {"started_at", N_("STARTED"), COLUMN_TIME},
    {"finished_at", N_("FINISHED"), COLUMN_TIME},
    {"error.code", N_("ERROR"), COLUMN_TEXT},
    {"error.message", N_("MESSAGE"), COLUMN_TEXT},
    {"analysis_id", N_("ANALYSIS"), COLUMN_TEXT},
};
static const struct view one_view = {NULL, one_columns, ARRAY_COUNT(one_columns)};

static slice job_path(struct cli *cli, const char *suffix)
{
    struct buf word;
    buf_init_arena(&word, &cli->arena, 512);
    url_encode(&word, slice_of(cli->words[0]));
    return client_path(cli, "/api/admin/jobs/" SLICE_FMT "%s", SLICE_ARG(buf_slice(&word)), suffix);
}

static status list_run(struct cli *cli, struct error *err)
{
    struct buf query;
    buf_init_arena(&query, &cli->arena, 256);
    if (cli_flag(cli, "state"))
        buf_printf(&query, "state=%s", cli_text(cli, "state"));
    return client_list(cli, S("/api/admin/jobs"), buf_slice(&query), &list_view, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    return client_show(cli, job_path(cli, ""), &one_view, err);
}

/* --- watch --------------------------------------------------------------------------------------
 */

static slice text_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static bool is_live(const struct json *job)
{
    slice state = text_at(job, "state");
    return slice_eq(state, S("queued")) || slice_eq(state, S("running"));
}

static void show_progress(struct cli *cli, struct progress *progress, const struct json *job,
                          char label[static 64])
{
    uint64_t done = 0, total = 0;
    slice phase = text_at(job, "progress.phase");
    const struct json *done_json = json_at(job, "progress.done");
    const struct json *total_json = json_at(job, "progress.total");
    if (phase.len == 0 || !done_json || !total_json || !json_to_u64(done_json, &done) ||
        !json_to_u64(total_json, &total))
        return;
    if (!slice_eq(phase, slice_of(label))) { /* each phase has its own time */
        progress_end(progress);
        (void)snprintf(label, 64, SLICE_FMT, SLICE_ARG(slice_sub(phase, 0, 60)));
        progress_begin(progress, cli, label);
    }
    progress_show(progress, done, total);
}

static bool is_late(const struct cli *cli, int64_t begin_ms)
{
    return cli->timeout_ms > 0 && (uint64_t)(clock_mono_ms() - begin_ms) >= cli->timeout_ms;
}

/* One line per change for those who read along without a terminal. */
static void tell_change(const struct cli *cli, const struct json *job, char last[static 64])
{
    char now[64];
    (void)snprintf(now, sizeof now, SLICE_FMT " " SLICE_FMT, SLICE_ARG(text_at(job, "state")),
                   SLICE_ARG(slice_sub(text_at(job, "progress.phase"), 0, 40)));
    if (cli->tty_err || strcmp(now, last) == 0)
        return;
    cli_note(cli, "%s", now);
    memcpy(last, now, sizeof now);
}

/* Until the job has ended, somebody interrupts, or --timeout is over. */
static status follow(struct cli *cli, const struct json **ret, struct error *err)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    const struct request request = {.path = job_path(cli, "")};
    struct progress progress = {.cli = cli};
    char label[64] = "", told[64] = "";
    int64_t begin_ms = clock_mono_ms();
    status rc;
    for (;;) {
        struct arena_mark mark = arena_mark(&cli->arena);
        rc = client_call(cli, &request, ret, err);
        if (rc != ST_OK || !is_live(*ret) || interrupted() || is_late(cli, begin_ms))
            break;
        show_progress(cli, &progress, *ret, label);
        tell_change(cli, *ret, told);
        arena_rewind(&cli->arena, mark);
        (void)nanosleep(&pause, NULL);
    }
    progress_end(&progress);
    return rc;
}

static status watch_run(struct cli *cli, struct error *err)
{
    const struct json *job;
    interrupt_catch();
    TRY(follow(cli, &job, err));
    TRY(view_object(cli, &one_view, job, err));
    if (is_live(job))
        cli->exit_code = EXIT_PENDING;
    else if (!slice_eq(text_at(job, "state"), S("succeeded")))
        cli->exit_code = EXIT_FAILED;
    return ST_OK;
}

/* --- answer, cancel, again ----------------------------------------------------------------------
 */

static status result_run(struct cli *cli, struct error *err)
{
    const struct json *job;
    struct host *host;
    struct host_reply reply;
    TRY(client_call(cli, &(struct request){.path = job_path(cli, "")}, &job, err));
    if (is_live(job)) {
        cli_note(cli, N_("job '%s' has not finished yet"), cli->words[0]);
        cli->exit_code = EXIT_PENDING;
        return ST_OK;
    }
    TRY(client_host(cli, &host, err));
    TRY(host_call(host, &(struct host_request){.path = job_path(cli, "/result")}, &cli->arena,
                  &reply, err));
    TRY(host_status(&reply, err));
    buf_put(&cli->out, reply.body);
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

static status cancel_run(struct cli *cli, struct error *err)
{
    const struct json *ignored;
    TRY(confirm(cli, err, cli_tr(cli, N_("Cancel job '%s'?")), cli->words[0]));
    const struct request request = {METHOD_DELETE, job_path(cli, ""), S(""), S("")};
    TRY(client_call(cli, &request, &ignored, err));
    cli_note(cli, N_("job '%s' is being cancelled"), cli->words[0]);
    return ST_OK;
}

static status retry_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const struct request request = {METHOD_POST, job_path(cli, "/retry"), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    const struct json *job = json_find(root, "job");
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &one_view, job ? job : root, err);
    buf_put(&cli->out, text_at(root, "job.id"));
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

static const struct flag list_flags[] = {
    {"state", .kind = FLAG_CHOICE, .value = "queued|running|succeeded|failed|cancelled|expired",
     .summary = N_("only jobs in this state")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth job list --state running", N_("what runs now")},
    {0},
};
static const struct example watch_examples[] = {
    {"sleuth job watch job_01m8fe3cfhc751b2hax26pqfpy", N_("follow it to its end")},
    {"sleuth job watch --timeout 10 job_01m8fe3cfhc751b2hax26pqfpy || echo $?",
     N_("9: it has not finished yet")},
    {0},
};

static const struct example show_examples[] = {
    {"sleuth job show job_01m8fe3cfhc751b2hax26pqfpy", N_("how far it is")},
    {0},
};
static const struct example result_examples[] = {
    {"sleuth job result job_01m8fe3cfhc751b2hax26pqfpy > report.json", N_("keep its answer")},
    {0},
};
static const struct example cancel_examples[] = {
    {"sleuth job cancel job_01m8fe3cfhc751b2hax26pqfpy --yes", N_("without a question")},
    {0},
};
static const struct example retry_examples[] = {
    {"sleuth job watch $(sleuth job retry job_01m8fe3cfhc751b2hax26pqfpy)",
     N_("submit it again and follow it")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"job", "list", NULL, 0, 0, N_("List the jobs of all users."), NULL, list_examples, list_flags, false, list_run},
    {"job", "show", "JOB", 1, 1, N_("Show one job."), NULL, show_examples, NULL, false, show_run},
    {"job", "watch", "JOB", 1, 1, N_("Follow a job until it ends."), N_("The exit code is 0 when it succeeded, 2 when it did not, and 9 when it had not finished in time."), watch_examples, NULL, false, watch_run},
    {"job", "result", "JOB", 1, 1, N_("Print the answer of a job."), N_("The exit code is 9 while the job has not finished."), result_examples, NULL, false, result_run},
    {"job", "cancel", "JOB", 1, 1, N_("Cancel a job."), NULL, cancel_examples, NULL, false, cancel_run},
    {"job", "retry", "JOB", 1, 1, N_("Submit the work of a job that did not succeed again."), N_("Prints the id of the new job."), retry_examples, NULL, false, retry_run},
    {0},
};
/* clang-format on */

const struct noun noun_job = {.name = "job",
                              .summary = N_("work in the background"),
                              .group = N_("Users and keys"),
                              .commands = commands};

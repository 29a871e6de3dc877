/* sleuth project: projects of all users of this appliance, at its prompt. */
#include "tools/ledger_source.h"
#include "tools/project.h"
#include "tools/remote.h"
#include "tools/resolve.h"

static const struct column list_columns[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"rounds_total", N_("ROUNDS"), COLUMN_NUMBER},
    {"verdict", N_("VERDICT"), COLUMN_TEXT},
    {"frozen", N_("FROZEN"), COLUMN_TEXT},
    {"deviations_open", N_("OPEN DEVIATIONS"), COLUMN_NUMBER},
    {"updated_at", N_("UPDATED"), COLUMN_TIME},
};
static const struct view list_view = {"projects", list_columns, ARRAY_COUNT(list_columns)};

static const struct column show_columns[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"description", N_("DESCRIPTION"), COLUMN_TEXT},
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"task", N_("TASK"), COLUMN_TEXT},
    {"metric", N_("METRIC"), COLUMN_TEXT},
    {"additions", N_("ADDITIONS"), COLUMN_NUMBER},
    {"rounds_total", N_("ROUNDS"), COLUMN_NUMBER},
    {"rows", N_("ROWS"), COLUMN_NUMBER},
    {"grade", N_("GRADE"), COLUMN_TEXT},
    {"verdict", N_("VERDICT"), COLUMN_TEXT},
    {"looks", N_("LOOKS"), COLUMN_NUMBER},
    {"alpha_spent", N_("ERROR SPENT"), COLUMN_NUMBER},
    {"frozen_at", N_("FROZEN"), COLUMN_TIME},
    {"deviations", N_("DEVIATIONS"), COLUMN_NUMBER},
    {"deviations_open", N_("OPEN DEVIATIONS"), COLUMN_NUMBER},
    {"reviews", N_("REVIEWS"), COLUMN_NUMBER},
    {"created_at", N_("CREATED"), COLUMN_TIME},
    {"updated_at", N_("UPDATED"), COLUMN_TIME},
};
static const struct view show_view = {NULL, show_columns, ARRAY_COUNT(show_columns)};

/* --- create, list, show, delete --- */

static status create_run(struct cli *cli, struct error *err)
{
    static const char *const members[] = {"description", "task", "metric"};
    const struct json *root;
    struct json_out w;
    struct buf body;
    uint64_t user;
    if (!cli_text(cli, "user"))
        return cli_usage(cli, err, N_("--user USER names the owner"));
    TRY(resolve_user(cli, cli_text(cli, "user"), &user, err));
    buf_init_arena(&body, &cli->arena, 1 << 14);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "name", slice_of(cli->words[0]));
    for (size_t i = 0; i < ARRAY_COUNT(members); i++)
        if (cli_text(cli, members[i]))
            json_key_str(&w, members[i], slice_of(cli_text(cli, members[i])));
    json_end(&w);
    struct request request = {METHOD_POST, S("/api/projects"), project_query(cli, user),
                              buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &show_view, root, err);
    const struct json *id = json_find(root, "id");
    buf_printf(&cli->out, "%.*s\n", SLICE_ARG(id ? id->text : S("")));
    return ST_OK;
}

static status list_run(struct cli *cli, struct error *err)
{
    uint64_t user;
    if (!cli_text(cli, "user"))
        return client_list(cli, S("/api/admin/projects"), S(""), &list_view, err);
    TRY(resolve_user(cli, cli_text(cli, "user"), &user, err));
    return client_list(cli, S("/api/projects"), project_query(cli, user), &list_view, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct project_ref project;
    TRY(project_resolve(cli, cli->words[0], &project, err));
    struct request request = {.path = project_path(cli, &project, ""),
                              .query = project_query(cli, project.owner_id)};
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &show_view, root, err);
}

static status delete_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct project_ref project;
    TRY(project_resolve(cli, cli->words[0], &project, err));
    TRY(confirm(cli, err, N_("delete project '%.*s' with all its rounds and verdicts?"),
                SLICE_ARG(project.name)));
    struct request request = {METHOD_DELETE, project_path(cli, &project, ""),
                              project_query(cli, project.owner_id), S("")};
    return client_call(cli, &request, &root, err);
}

/* --- what a project holds --- */

static status child_list(struct cli *cli, const char *tail, const struct view *view,
                         struct error *err)
{
    struct project_ref project;
    TRY(project_resolve(cli, cli->words[0], &project, err));
    return client_list(cli, project_path(cli, &project, tail), project_query(cli, project.owner_id),
                       view, err);
}

static const struct column round_columns[] = {
    {"number", N_("ADDITION"), COLUMN_NUMBER}, {"rows", N_("ROWS"), COLUMN_NUMBER},
    {"source", N_("SOURCE"), COLUMN_TEXT},     {"grade", N_("GRADE"), COLUMN_TEXT},
    {"created_at", N_("TIME"), COLUMN_TIME},   {"sha256", N_("SHA-256"), COLUMN_TEXT},
};
static const struct view round_view = {"rounds", round_columns, ARRAY_COUNT(round_columns)};

static status rounds_run(struct cli *cli, struct error *err)
{
    return child_list(cli, "/rounds", &round_view, err);
}

static const struct column verdict_columns[] = {
    {"number", N_("VERDICT"), COLUMN_NUMBER},
    {"created_at", N_("TIME"), COLUMN_TIME},
    {"rounds_total", N_("ROUNDS"), COLUMN_NUMBER},
    {"verdict", N_("RESULT"), COLUMN_TEXT},
    {"summary.reason", N_("REASON"), COLUMN_TEXT},
    {"summary.p_value", N_("P OF THIS LOOK"), COLUMN_NUMBER},
    {"summary.sequential.level", N_("LEVEL OF THIS LOOK"), COLUMN_NUMBER},
    {"summary.sequential.spent", N_("ERROR SPENT"), COLUMN_NUMBER},
    {"summary.deviations_open", N_("OPEN DEVIATIONS"), COLUMN_NUMBER},
};
static const struct view verdict_view = {"verdicts", verdict_columns, ARRAY_COUNT(verdict_columns)};

static status verdicts_run(struct cli *cli, struct error *err)
{
    return child_list(cli, "/verdicts", &verdict_view, err);
}

static const struct column deviation_columns[] = {
    {"number", N_("DEVIATION"), COLUMN_NUMBER},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"task", N_("TASK"), COLUMN_TEXT},
    {"run_id", N_("RUN"), COLUMN_TEXT},
    {"field", N_("FIELD"), COLUMN_TEXT},
    {"from", N_("FROM"), COLUMN_TEXT},
    {"to", N_("TO"), COLUMN_TEXT},
    {"approver", N_("APPROVED BY"), COLUMN_TEXT},
    {"reason", N_("REASON"), COLUMN_TEXT},
};
static const struct view deviation_view = {"deviations", deviation_columns,
                                           ARRAY_COUNT(deviation_columns)};

static status deviations_run(struct cli *cli, struct error *err)
{
    return child_list(cli, "/deviations", &deviation_view, err);
}

static const struct column review_columns[] = {
    {"number", N_("REVIEW"), COLUMN_NUMBER},   {"verdict_number", N_("VERDICT"), COLUMN_NUMBER},
    {"decision", N_("DECISION"), COLUMN_TEXT}, {"reviewer", N_("BY"), COLUMN_TEXT},
    {"role", N_("AS"), COLUMN_TEXT},           {"created_at", N_("TIME"), COLUMN_TIME},
    {"comment", N_("COMMENT"), COLUMN_TEXT},
};
static const struct view review_view = {"reviews", review_columns, ARRAY_COUNT(review_columns)};

static status reviews_run(struct cli *cli, struct error *err)
{
    return child_list(cli, "/reviews", &review_view, err);
}

static const struct column attempt_columns[] = {
    {"test_set", N_("TEST SET"), COLUMN_TEXT},
    {"lineage", N_("LINEAGE"), COLUMN_TEXT},
    {"attempts", N_("ATTEMPTS"), COLUMN_NUMBER},
    {"budget", N_("BUDGET"), COLUMN_NUMBER},
};
static const struct view attempt_view = {"attempts", attempt_columns, ARRAY_COUNT(attempt_columns)};

static status attempts_run(struct cli *cli, struct error *err)
{
    return child_list(cli, "/attempts", &attempt_view, err);
}

/* --- report and export --- */

static status download(struct cli *cli, const char *tail, const char *fallback, struct error *err)
{
    struct project_ref project;
    struct buf query;
    const char *format = cli_text(cli, "format");
    TRY(project_resolve(cli, cli->words[0], &project, err));
    buf_init_arena(&query, &cli->arena, 256);
    buf_put(&query, project_query(cli, project.owner_id));
    buf_printf(&query, "&format=%s", format ? format : fallback);
    if (strcmp(tail, "/report") == 0 && cli_flag(cli, "verdict"))
        buf_printf(&query, "&verdict=%llu", (unsigned long long)cli_whole(cli, "verdict", 0));
    return project_download(cli, project_path(cli, &project, tail), buf_slice(&query), err);
}

static status report_run(struct cli *cli, struct error *err)
{
    return download(cli, "/report", cli->format == FORMAT_JSON ? "json" : "text", err);
}

static status export_run(struct cli *cli, struct error *err)
{
    return download(cli, "/export", "jsonl", err);
}

/* --- the table --- */

static const struct flag create_flags[] = {
    {"user", .kind = FLAG_TEXT, .value = "USER", .summary = N_("the owner (required)")},
    {"description", .kind = FLAG_TEXT, .value = "TEXT", .summary = N_("what the project is for")},
    {"task", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("task that it is about")},
    {"metric", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("score that it is about")},
    {0},
};
static const struct flag list_flags[] = {
    {"user", .kind = FLAG_TEXT, .value = "USER", .summary = N_("only projects of this user")},
    {0},
};
static const struct flag add_flags[] = {LEDGER_FLAGS, REMOTE_FLAGS, {0}};
static const struct flag freeze_flags[] = {
    LEDGER_FLAGS,
    {"planned-rounds", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("take the protocol from a log instead of a plan, for this many rounds")},
    {"threshold", .kind = FLAG_REAL, .value = "X", .summary = N_("score that decides")},
    {"budget", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("attempts per test set and line of development")},
    {0},
};
#define AS_FLAG                                                                                    \
    {                                                                                              \
        "as", .kind = FLAG_TEXT, .value = "USER",                                                  \
              .summary = N_("the person who does this (required)")                                 \
    }
#define VERDICT_FLAGS                                                                              \
    {"verdict", .kind = FLAG_WHOLE, .value = "N",                                                  \
     .summary = N_("number of the verdict (default: the newest)")},                                \
        {"role", .kind = FLAG_CHOICE, .value = "preparer|reviewer|approver",                       \
         .summary = N_("in which role (default: what the account may be)")},                       \
    {                                                                                              \
        "comment", .kind = FLAG_TEXT, .value = "TEXT", .summary = N_("what there is to say")       \
    }
static const struct flag approve_flags[] = {
    AS_FLAG,
    {"reason", .kind = FLAG_TEXT, .value = "TEXT", .summary = N_("why (required)")},
    {0},
};
static const struct flag review_flags[] = {
    AS_FLAG,
    {"decision", .kind = FLAG_CHOICE, .value = "accept|dispute|comment",
     .summary = N_("what is said about the verdict (required)")},
    VERDICT_FLAGS,
    {0},
};
static const struct flag sign_flags[] = {AS_FLAG, VERDICT_FLAGS, {0}};
#define OUTPUT_FLAG                                                                                \
    {                                                                                              \
        "output", .kind = FLAG_TEXT, .value = "FILE",                                              \
                  .summary = N_("write there instead of to standard output")                       \
    }
static const struct flag report_flags[] = {
    {"format", .kind = FLAG_CHOICE, .value = "text|json|md|html",
     .summary = N_("form of the report (default text); json is sealed")},
    {"verdict", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("number of the verdict (default: the newest)")},
    OUTPUT_FLAG,
    {0},
};
static const struct flag export_flags[] = {
    {"format", .kind = FLAG_CHOICE, .value = "eee|csv|jsonl",
     .summary = N_("Every Eval Ever, a table, or the ledger (default jsonl)")},
    OUTPUT_FLAG,
    {0},
};

static const struct example create_examples[] = {
    {"P=$(sleuth project create 'spring release' --user ada@example.com)",
     N_("the id alone goes to standard output")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth project list --user ada@example.com", N_("projects of one user")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth project show 'spring release'", N_("by its name, when only one has it")},
    {0},
};
static const struct example add_examples[] = {
    {"sleuth project add 'spring release' results/", N_("everything new in a directory of logs")},
    {"sleuth project add prj_01m8 log.csv", N_("a hand-made table; rows that are there are known")},
    {0},
};
static const struct example freeze_examples[] = {
    {"sleuth project freeze 'spring release' plan.json", N_("a plan that was written")},
    {"sleuth project freeze 'spring release' trial.json --metric acc,none --planned-rounds 20",
     N_("the protocol of a trial run")},
    {0},
};
static const struct example approve_examples[] = {
    {"sleuth project approve 'spring release' 3 --as rae@example.com --reason 'the old judge is "
     "gone'",
     N_("deviation number 3")},
    {0},
};
static const struct example review_examples[] = {
    {"sleuth project review 'spring release' --as rae@example.com --decision accept",
     N_("the newest verdict")},
    {0},
};
static const struct example sign_examples[] = {
    {"sleuth project sign 'spring release' --as ada@example.com --role preparer",
     N_("stand by the newest verdict with a name")},
    {0},
};
static const struct example report_examples[] = {
    {"sleuth project report 'spring release' --format html --output report.html",
     N_("what changed, the verdict, deviations and reviews on one page")},
    {0},
};
static const struct example export_examples[] = {
    {"sleuth project export 'spring release' --format eee --output spring.json",
     N_("in the schema of Every Eval Ever")},
    {0},
};
static const struct example delete_examples[] = {
    {"sleuth project delete 'spring release' --yes", N_("without asking")},
    {0},
};
static const struct example rounds_examples[] = {
    {"sleuth project rounds 'spring release'", N_("each addition with its grade and hash")},
    {0},
};
static const struct example attempts_examples[] = {
    {"sleuth project attempts 'spring release'", N_("against the budget of the frozen protocol")},
    {0},
};
static const struct example deviations_examples[] = {
    {"sleuth project deviations 'spring release'", N_("with who approved which, and why")},
    {0},
};
static const struct example reviews_examples[] = {
    {"sleuth project reviews 'spring release'", N_("with names and times")},
    {0},
};
static const struct example verdicts_examples[] = {
    {"sleuth project verdicts 'spring release' -o csv", N_("the history for a spreadsheet")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"project", "create", "NAME", 1, 1, N_("Create a project."), N_("A project is a ledger that grows; it is judged again after every addition, and looking often does not raise the rate of false alarms."), create_examples, create_flags, false, create_run},
    {"project", "list", NULL, 0, 0, N_("List projects."), NULL, list_examples, list_flags, false, list_run},
    {"project", "show", "PROJECT", 1, 1, N_("Show one project."), N_("PROJECT is an id, the beginning of one, or a name."), show_examples, NULL, false, show_run},
    {"project", "add", "PROJECT PATH…", 2, 10000, N_("Add logs to a project and judge it again."), N_("Counts as one analysis of the owner. What the project holds already is not added again."), add_examples, add_flags, false, project_add_run},
    {"project", "rounds", "PROJECT", 1, 1, N_("List what was added to a project."), NULL, rounds_examples, NULL, false, rounds_run},
    {"project", "verdicts", "PROJECT", 1, 1, N_("The history of a project's verdicts."), NULL, verdicts_examples, NULL, false, verdicts_run},
    {"project", "attempts", "PROJECT", 1, 1, N_("How often each test set was used."), NULL, attempts_examples, NULL, false, attempts_run},
    {"project", "freeze", "PROJECT FILE", 2, 2, N_("Freeze the protocol before the first round."), N_("FILE is a plan in JSON: protocol, splits, metric, threshold, planned_rounds; or, with --planned-rounds, a log whose protocol is taken. --dry-run prints the plan."), freeze_examples, freeze_flags, false, project_freeze_run},
    {"project", "deviations", "PROJECT", 1, 1, N_("List deviations from the frozen protocol."), NULL, deviations_examples, NULL, false, deviations_run},
    {"project", "approve", "PROJECT NUMBER", 2, 2, N_("Approve a deviation with a reason."), N_("Needs a person with the role reviewer."), approve_examples, approve_flags, false, project_approve_run},
    {"project", "reviews", "PROJECT", 1, 1, N_("List the reviews of a project's verdicts."), NULL, reviews_examples, NULL, false, reviews_run},
    {"project", "review", "PROJECT", 1, 1, N_("Accept, dispute or comment on a verdict."), N_("Accepting and disputing need a person with the role reviewer."), review_examples, review_flags, false, project_review_run},
    {"project", "sign", "PROJECT", 1, 1, N_("Sign a verdict as a named person."), NULL, sign_examples, sign_flags, false, project_sign_run},
    {"project", "report", "PROJECT", 1, 1, N_("The report of a verdict."), NULL, report_examples, report_flags, false, report_run},
    {"project", "export", "PROJECT", 1, 1, N_("Write the ledger of a project to a file."), NULL, export_examples, export_flags, false, export_run},
    {"project", "delete", "PROJECT", 1, 1, N_("Delete a project."), NULL, delete_examples, NULL, false, delete_run},
    {0},
};
/* clang-format on */

const struct noun noun_project = {.name = "project",
                                  .summary = N_("ledgers that grow: add, freeze, review, export"),
                                  .group = N_("Analysis"),
                                  .commands = commands};

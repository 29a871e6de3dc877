/* sleuth project approve, review and sign: what named people say. */
#include "tools/project.h"

static const struct column review_columns[] = {
    {"number", N_("REVIEW"), COLUMN_NUMBER},   {"verdict_number", N_("VERDICT"), COLUMN_NUMBER},
    {"decision", N_("DECISION"), COLUMN_TEXT}, {"reviewer", N_("BY"), COLUMN_TEXT},
    {"role", N_("AS"), COLUMN_TEXT},           {"created_at", N_("TIME"), COLUMN_TIME},
    {"comment", N_("COMMENT"), COLUMN_TEXT},
};
static const struct view review_view = {NULL, review_columns, ARRAY_COUNT(review_columns)};

static const struct column approval_columns[] = {
    {"number", N_("DEVIATION"), COLUMN_NUMBER},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"field", N_("FIELD"), COLUMN_TEXT},
    {"from", N_("FROM"), COLUMN_TEXT},
    {"to", N_("TO"), COLUMN_TEXT},
    {"approver", N_("APPROVED BY"), COLUMN_TEXT},
    {"reason", N_("REASON"), COLUMN_TEXT},
    {"approved_at", N_("TIME"), COLUMN_TIME},
};
static const struct view approval_view = {NULL, approval_columns, ARRAY_COUNT(approval_columns)};

status project_approve_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct project_ref project;
    struct json_out w;
    struct buf body;
    uint64_t person, number;
    if (!slice_to_u64(slice_of(cli->words[1]), &number))
        return cli_usage(cli, err, N_("'%s' is not the number of a deviation"), cli->words[1]);
    if (!cli_text(cli, "reason"))
        return cli_usage(cli, err, N_("--reason TEXT is needed"));
    TRY(project_person(cli, &person, err));
    TRY(project_resolve(cli, cli->words[0], &project, err));
    buf_init_arena(&body, &cli->arena, 1 << 14);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "reason", slice_of(cli_text(cli, "reason")));
    json_end(&w);
    slice path = client_path(cli, "/api/projects/%.*s/deviations/%llu/approve",
                             SLICE_ARG(project.id), (unsigned long long)number);
    struct request request = {METHOD_POST, path, project_query(cli, person), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &approval_view, root, err);
}

static status review(struct cli *cli, const char *decision, struct error *err)
{
    const struct json *root;
    struct project_ref project;
    struct json_out w;
    struct buf body;
    uint64_t person;
    TRY(project_person(cli, &person, err));
    TRY(project_resolve(cli, cli->words[0], &project, err));
    buf_init_arena(&body, &cli->arena, 1 << 15);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "decision", slice_of(decision));
    if (cli_text(cli, "comment"))
        json_key_str(&w, "comment", slice_of(cli_text(cli, "comment")));
    if (cli_text(cli, "role"))
        json_key_str(&w, "role", slice_of(cli_text(cli, "role")));
    if (cli_flag(cli, "verdict"))
        json_key_str(
            &w, "verdict_id",
            arena_printf(&cli->arena, "%llu", (unsigned long long)cli_whole(cli, "verdict", 0)));
    json_end(&w);
    struct request request = {METHOD_POST, project_path(cli, &project, "/reviews"),
                              project_query(cli, person), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &review_view, root, err);
}

status project_review_run(struct cli *cli, struct error *err)
{
    const char *decision = cli_text(cli, "decision");
    if (!decision)
        return cli_usage(cli, err, N_("--decision accept|dispute|comment is needed"));
    return review(cli, decision, err);
}

status project_sign_run(struct cli *cli, struct error *err)
{
    return review(cli, "sign", err);
}

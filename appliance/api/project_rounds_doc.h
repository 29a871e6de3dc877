/* Documentation of the routes for rounds and verdicts; included by project_rounds.c only. */
#ifndef API_PROJECT_ROUNDS_DOC_H
#define API_PROJECT_ROUNDS_DOC_H

static const struct route_param add_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {"round_by", "query", "{\"enum\":[\"run\",\"day\",\"tag\",\"commit\"]}",
     N_("what makes a new round; the first addition decides for the project"), false},
    {"lineage", "query", "{\"type\":\"string\"}",
     N_("part of the system's name that stays the same along one line of development"), false},
    {"split", "query", "{\"enum\":[\"dev\",\"test\"]}",
     N_("part of the data, for logs that do not tell"), false},
    {"metric", "query", "{\"type\":\"string\"}", N_("only this score"), false},
    {"watch", "query", "{\"type\":\"string\"}",
     N_("token of POST /api/projects/{id}/watch, for input grade A"), false},
    {"name", "query", "{\"type\":\"string\"}", N_("name of the file when the body is one file"),
     false},
    {0},
};
static const struct route_param page_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};

/* clang-format off */
#define DOC_ADD {.summary = N_("Add rounds to a project and judge it again"), .tag = "Projects",   \
    .details = N_("Takes ledger rows, rows of a hand-made table, or log files as POST /api/ledger does. The verdict covers all rounds; looking after every round keeps the false-positive rate at most .05, because each look may spend only a share of it. Rows that are already there are not added again and not counted. Counts as one analysis. Input grade A needs 'watch'; 'captured' only says where the rows came from."), \
    .params = add_params, .request_types = "multipart/form-data, application/x-ndjson, application/zip, text/csv", \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"               \
               "\"ledger\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                  \
               "\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                    \
               "\"csv_data\":{\"type\":\"string\"},\"captured\":{\"type\":\"boolean\",\"default\":false}," \
               "\"excluded\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"reason\":{\"type\":\"string\"}}}}}}", \
    .request_example = "{\"rows\":[{\"time_period\":1,\"algorithm\":\"A\",\"performance\":0.7,\"constraint_shots\":4}]}", \
    .response = "#Addition", .errors = "400 401 403 404 409 413 415 422 429 503"}
#define DOC_ROUNDS {.summary = N_("List the additions of a project, newest first"), .tag = "Projects", \
    .params = page_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"rounds\",\"next_cursor\"],\"properties\":{\"rounds\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"number\":{\"type\":\"integer\"},\"source\":{\"type\":\"string\"},\"grade\":{\"enum\":[\"A\",\"B\",\"C\"]},\"rows\":{\"type\":\"integer\"},\"sha256\":{\"type\":\"string\"},\"created_at\":{\"$ref\":\"#/components/schemas/Time\"}}}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 404 429 503"}
#define DOC_VERDICTS {.summary = N_("The history of a project's verdicts, newest first"), .tag = "Projects", \
    .params = page_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"verdicts\",\"next_cursor\"],\"properties\":{\"verdicts\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/ProjectVerdict\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 404 429 503"}
/* clang-format on */

#endif

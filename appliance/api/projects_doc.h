/* Documentation of the routes of projects themselves; included by projects.c only. */
#ifndef API_PROJECTS_DOC_H
#define API_PROJECTS_DOC_H

static const struct route_param projects_list_params[] = {
    {"scope", "query", "{\"enum\":[\"own\",\"all\"],\"default\":\"own\"}",
     N_("all: of all users, for the roles reviewer and admin"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param page_params[] = {
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param project_id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {0},
};

/* clang-format off */
#define PROJECT_MEMBERS "\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100},\"description\":{\"type\":\"string\",\"maxLength\":2000},\"task\":{\"type\":\"string\",\"maxLength\":100},\"metric\":{\"type\":\"string\",\"maxLength\":100}}}"
#define DOC_CREATE {.summary = N_("Create a project: a ledger that grows and is judged after every addition"), .tag = "Projects", \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\"]," PROJECT_MEMBERS, \
    .request_example = "{\"name\":\"spring release\",\"task\":\"gsm8k\",\"metric\":\"acc\"}",       \
    .response = "#Project", .success = 201, .errors = "400 401 403 409 415 422 429"}
#define DOC_LIST {.summary = N_("List your projects, newest first"), .tag = "Projects",            \
    .params = projects_list_params,                                                                \
    .response = "{\"type\":\"object\",\"required\":[\"projects\",\"next_cursor\"],\"properties\":{\"projects\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Project\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_ADMIN_LIST {.summary = N_("List the projects of all users, newest first"), .tag = "Administration", \
    .params = page_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"projects\",\"next_cursor\"],\"properties\":{\"projects\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Project\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show one project"), .tag = "Projects",                            \
    .details = N_("Reviewers and administrators who are signed in see the projects of others, too."), \
    .params = project_id_params, .response = "#Project", .errors = "304 401 403 404 429"}
#define DOC_CHANGE {.summary = N_("Change name, description, task or metric of a project"), .tag = "Projects", \
    .params = project_id_params,                                                                   \
    .request = "{\"type\":\"object\",\"additionalProperties\":false," PROJECT_MEMBERS,             \
    .request_example = "{\"description\":\"weekly runs on the release branch\"}",                  \
    .response = "#Project", .errors = "400 401 403 404 412 415 429"}
#define DOC_DELETE {.summary = N_("Delete a project with its rounds, verdicts and reviews"), .tag = "Projects", \
    .params = project_id_params, .success = 204, .errors = "401 403 404 412 429"}
#define DOC_ATTEMPTS {.summary = N_("How often each test set was used, per line of development"), .tag = "Projects", \
    .details = N_("Counts completed runs on test data. The budget is the one of the frozen protocol."), \
    .params = project_id_params,                                                                   \
    .response = "{\"type\":\"object\",\"required\":[\"attempts\"],\"properties\":{\"attempts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"test_set\":{\"type\":\"string\"},\"lineage\":{\"type\":\"string\"},\"attempts\":{\"type\":\"integer\"},\"budget\":{\"type\":[\"integer\",\"null\"]}}}}}}", \
    .errors = "401 403 404 429 503"}
/* clang-format on */

#endif

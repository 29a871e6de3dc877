/* Documentation of the routes for reviews; included by project_reviews.c only. */
#ifndef API_PROJECT_REVIEWS_DOC_H
#define API_PROJECT_REVIEWS_DOC_H

static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
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
#define DOC_REVIEWS {.summary = N_("List the reviews of a project's verdicts, newest first"), .tag = "Projects", \
    .params = page_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"reviews\",\"next_cursor\"],\"properties\":{\"reviews\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Review\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 404 429"}
#define DOC_REVIEW {.summary = N_("Accept, dispute, comment on or sign a verdict"), .tag = "Projects", \
    .details = N_("By a person who is signed in; accept, dispute and the roles reviewer and approver need the account role reviewer. The statement names the verdict by its hash and is signed with the key of this appliance."), \
    .params = id_params,                                                                           \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"decision\"],\"properties\":{\"verdict_id\":{\"type\":\"string\"},\"decision\":{\"enum\":[\"accept\",\"dispute\",\"comment\",\"sign\"]},\"comment\":{\"type\":\"string\",\"maxLength\":4000},\"role\":{\"enum\":[\"preparer\",\"reviewer\",\"approver\"]}}}", \
    .request_example = "{\"decision\":\"accept\",\"comment\":\"the prompt change of round 7 was announced\",\"role\":\"reviewer\"}", \
    .response = "#Review", .success = 201, .errors = "400 401 403 404 409 415 422 429"}
/* clang-format on */

#endif

/* Documentation of the routes for frozen protocols; included by project_freeze.c only. */
#ifndef API_PROJECT_FREEZE_DOC_H
#define API_PROJECT_FREEZE_DOC_H

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
static const struct route_param deviation_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {"n", "path", "{\"type\":\"integer\",\"minimum\":1}", N_("number of the deviation"), true},
    {0},
};

/* clang-format off */
#define FROZEN_SCHEMA "{\"type\":\"object\",\"required\":[\"project_id\",\"frozen_at\",\"sha256\",\"record\"],\"properties\":{\"project_id\":{\"type\":\"string\"},\"frozen_at\":{\"$ref\":\"#/components/schemas/Time\"},\"sha256\":{\"type\":\"string\"},\"record\":{\"$ref\":\"#/components/schemas/SealedReport\"}}}"
#define DOC_FREEZE {.summary = N_("Freeze the protocol before the first round"), .tag = "Projects", \
    .details = N_("The record is canonical JSON, hashed and signed with the key of this appliance; 'sleuth report verify' checks it. Every later round is compared with it exactly. The number of planned rounds also decides how much of the error each look may spend."), \
    .params = id_params,                                                                           \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"protocol\",\"splits\",\"metric\",\"planned_rounds\"],\"properties\":{" \
               "\"protocol\":{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}}," \
               "\"splits\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"enum\":[\"dev\",\"test\",\"unknown\"]}}," \
               "\"metric\":{\"type\":\"string\"},\"direction\":{\"enum\":[\"higher\",\"lower\"]},"  \
               "\"threshold\":{\"type\":[\"number\",\"null\"]},\"planned_rounds\":{\"type\":\"integer\",\"minimum\":1}," \
               "\"n\":{\"type\":\"integer\",\"minimum\":0},\"budget\":{\"type\":\"integer\",\"minimum\":1}," \
               "\"lineages\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"                \
               "\"tasks\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"properties\":{\"protocol\":{\"type\":\"object\"},\"n\":{\"type\":\"integer\"}}}}}}", \
    .request_example = "{\"protocol\":{\"n-shot\":5,\"limit\":null},\"splits\":[\"test\"],\"metric\":\"acc\",\"threshold\":0.8,\"planned_rounds\":20}", \
    .response = FROZEN_SCHEMA, .success = 201, .errors = "400 401 403 404 409 415 422 429"}
#define DOC_FROZEN {.summary = N_("The frozen protocol with its seal"), .tag = "Projects",         \
    .params = id_params, .response = FROZEN_SCHEMA, .errors = "304 401 403 404 429"}
#define DOC_DEVIATIONS {.summary = N_("List the deviations from the frozen protocol, newest first"), .tag = "Projects", \
    .params = page_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"deviations\",\"next_cursor\"],\"properties\":{\"deviations\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Deviation\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 404 429"}
#define DOC_APPROVE {.summary = N_("Approve a deviation with a reason"), .tag = "Projects",        \
    .details = N_("Needs the role reviewer. A difference that recurs in later rounds is covered by one approval."), \
    .params = deviation_params,                                                                    \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"reason\"],\"properties\":{\"reason\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2000}}}", \
    .request_example = "{\"reason\":\"the harness was updated for a security fix; scores were compared on both\"}", \
    .response = "#Deviation", .errors = "400 401 403 404 409 415 422 429"}
/* clang-format on */

#endif

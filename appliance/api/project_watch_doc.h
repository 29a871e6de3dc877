/* Documentation of the route for watching; included by project_watch.c only. */
#ifndef API_PROJECT_WATCH_DOC_H
#define API_PROJECT_WATCH_DOC_H

static const struct route_param watch_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {0},
};

/* clang-format off */
#define DOC_WATCH {.summary = N_("Register that runs of a project are watched from now on"), .tag = "Projects", \
    .details = N_("The token goes along with additions (query parameter 'watch'). An addition has input grade A when every run in it started after this call and its log arrived within 72 hours; otherwise B. The token gives no access."), \
    .params = watch_params,                                                                        \
    .response = "{\"type\":\"object\",\"required\":[\"project_id\",\"token\",\"opened_at\"],\"properties\":{\"project_id\":{\"type\":\"string\"},\"token\":{\"type\":\"string\"},\"opened_at\":{\"$ref\":\"#/components/schemas/Time\"}}}", \
    .success = 201, .errors = "400 401 403 404 409 422 429 503"}
/* clang-format on */

#endif

/* Documentation of reports and links; included by analysis_reports.c only. */
#ifndef API_ANALYSIS_REPORTS_DOC_H
#define API_ANALYSIS_REPORTS_DOC_H

static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the analysis"), true},
    {0},
};
static const struct route_param report_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the analysis"), true},
    {"lang", "query", "{\"type\":\"string\",\"enum\":[\"en\",\"zh\"]}",
     N_("language; else that of Accept-Language, else that of the analysis"), false},
    {0},
};
static const struct route_param token_params[] = {
    {"token", "path", "{\"type\":\"string\"}", N_("the secret of the link"), true},
    {"lang", "query", "{\"type\":\"string\",\"enum\":[\"en\",\"zh\"]}",
     N_("language; else that of Accept-Language, else that of the analysis"), false},
    {0},
};

/* clang-format off */
#define DOC_HTML {.summary = N_("The report as a page that needs no other file"), .tag = "Analyses", \
    .params = report_params, .response = "{\"type\":\"string\"}", .response_type = "text/html",        \
    .errors = "401 403 404 409 429 503"}
#define DOC_MARKDOWN {.summary = N_("The report as Markdown"), .tag = "Analyses",                  \
    .params = report_params, .response = "{\"type\":\"string\"}", .response_type = "text/markdown",    \
    .errors = "401 403 404 409 429 503"}
#define DOC_CSV {.summary = N_("The numbers of the report as CSV"), .tag = "Analyses",             \
    .params = report_params, .response = "{\"type\":\"string\"}", .response_type = "text/csv",         \
    .errors = "401 403 404 409 429 503"}
#define DOC_SHARE {.summary = N_("Make a link that shows the report without an account"), .tag = "Analyses", \
    .details = N_("Plan business and above, and only where the appliance allows it (share.enabled). An analysis has one link at most: a new one replaces it. Its secret is shown once."), \
    .params = id_params,                                                                           \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"expires_in\":{\"type\":\"integer\",\"minimum\":60,\"maximum\":7776000,\"default\":604800}}}", \
    .request_example = "{\"expires_in\":86400}",                                                   \
    .response = "{\"type\":\"object\",\"required\":[\"url\",\"expires_at\"],\"properties\":{\"url\":{\"type\":\"string\"},\"expires_at\":{\"$ref\":\"#/components/schemas/Time\"}}}", \
    .success = 201, .errors = "400 401 403 404 415 429 501"}
#define DOC_REVOKE {.summary = N_("End the link of an analysis"), .tag = "Analyses",               \
    .params = id_params, .success = 204, .errors = "401 403 404 429"}
#define DOC_SHARED {.summary = N_("The report behind a link"), .tag = "Analyses",                  \
    .params = token_params, .response = "{\"type\":\"string\"}", .response_type = "text/html",     \
    .errors = "404 409 503"}
/* clang-format on */

#endif

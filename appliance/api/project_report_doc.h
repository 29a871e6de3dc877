/* Documentation of the routes for reports and exports; included by project_report.c only. */
#ifndef API_PROJECT_REPORT_DOC_H
#define API_PROJECT_REPORT_DOC_H

static const struct route_param report_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {"format", "query", "{\"enum\":[\"json\",\"text\",\"md\",\"html\"],\"default\":\"json\"}",
     N_("form of the report; json is sealed"), false},
    {"verdict", "query", "{\"type\":\"integer\",\"minimum\":1}",
     N_("number of the verdict (default: the newest)"), false},
    {"lang", "query", "{\"enum\":[\"en\",\"zh\"]}", N_("language; else that of Accept-Language"),
     false},
    {0},
};
static const struct route_param export_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the project"), true},
    {"format", "query", "{\"enum\":[\"eee\",\"csv\",\"jsonl\"],\"default\":\"eee\"}",
     N_("Every Eval Ever, a table, or the ledger"), false},
    {0},
};

/* clang-format off */
#define DOC_REPORT {.summary = N_("The report of a project's verdict"), .tag = "Projects",         \
    .details = N_("What changed between the runs comes first, then the verdict, then deviations with their approvals and reviews with names and times. Does not count as an analysis."), \
    .params = report_params, .response = "#SealedReport", .errors = "400 401 403 404 429 503"}
#define DOC_EXPORT {.summary = N_("The ledger of a project in another schema"), .tag = "Projects", \
    .details = N_("What is exported as Every Eval Ever or as a ledger reads back as the same ledger."), \
    .params = export_params, .response = "{\"type\":\"object\"}", .errors = "400 401 403 404 429 503"}
/* clang-format on */

#endif

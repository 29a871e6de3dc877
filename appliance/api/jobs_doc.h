/* Documentation of the routes for jobs; included by jobs.c only. */
#ifndef API_JOBS_DOC_H
#define API_JOBS_DOC_H

static const struct route_param list_params[] = {
    {"state", "query",
     "{\"enum\":[\"queued\",\"running\",\"succeeded\",\"failed\",\"cancelled\",\"expired\"]}",
     N_("only jobs in this state"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param show_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the job"), true},
    {"wait", "query", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":30}",
     N_("seconds to wait for the end of the job, or for news when If-None-Match is sent"), false},
    {"Last-Event-ID", "header", "{\"type\":\"integer\"}",
     N_("with Accept: text/event-stream, the newest event that the client has"), false},
    {0},
};
static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the job"), true},
    {0},
};

/* clang-format off */
#define ACCEPTED "{\"type\":\"object\",\"required\":[\"job\"],\"properties\":{\"job\":{\"$ref\":\"#/components/schemas/Job\"}}}"
#define DOC_SUBMIT {.summary = N_("Submit work to be done in the background"), .tag = "Jobs",      \
    .details = N_("Answers before the work is done. 'input' is what the synchronous endpoint of the kind takes. The analyses are reserved now and counted when the job succeeds; a job that fails or is cancelled counts none."), \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"kind\",\"input\"],\"properties\":{\"kind\":{\"type\":\"string\",\"description\":\"detect, batch\"},\"input\":{\"type\":\"object\"},\"callback_url\":{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2048},\"priority\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":255,\"default\":100}}}", \
    .request_example = "{\"kind\":\"detect\",\"input\":{\"csv_data\":\"time_period,algorithm,performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n2,A,0.72,110\\n2,B,0.63,110\\n\",\"engine\":\"classic\",\"run_bootstrap\":true}}", \
    .response = ACCEPTED, .success = 202, .errors = "400 401 403 409 413 415 422 429 501 503"}
#define DOC_BATCH {.summary = N_("Analyse up to a hundred logs in one job"), .tag = "Jobs",        \
    .details = N_("Each item is a body of POST /api/detect with an optional id. The result keeps the order; items that fail do not count and do not stop the others unless stop_on_error is true."), \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"items\"],\"properties\":{\"items\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":100,\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\",\"maxLength\":100},\"csv_data\":{\"type\":\"string\"}}}},\"stop_on_error\":{\"type\":\"boolean\",\"default\":false}}}", \
    .request_example = "{\"items\":[{\"id\":\"spring\",\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n2,A,0.72,110\\n2,B,0.63,110\\n\"}]}", \
    .response = ACCEPTED, .success = 202, .errors = "400 401 403 409 413 415 422 429 503"}
#define DOC_LIST {.summary = N_("List your jobs, newest first"), .tag = "Jobs", .params = list_params, \
    .response = "{\"type\":\"object\",\"required\":[\"jobs\",\"next_cursor\"],\"properties\":{\"jobs\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Job\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_SHOW {.summary = N_("Look at a job, wait for it, or follow it"), .tag = "Jobs",        \
    .details = N_("With Accept: text/event-stream the answer is a stream of server-sent events: 'progress' for every change, 'finished' at the end; their ids serve as Last-Event-ID. Calls count against the limit for polling, not against the plan."), \
    .params = show_params, .response = "#Job", .errors = "304 400 401 403 404 429"}
#define DOC_RESULT {.summary = N_("The answer of a job that succeeded"), .tag = "Jobs",            \
    .details = N_("The same bytes as the synchronous endpoint gives. 409 until the job has finished, 410 when its retention is over."), \
    .params = id_params, .response = "{\"type\":\"object\"}", .errors = "304 401 403 404 409 410 429"}
#define DOC_CANCEL {.summary = N_("Cancel a job"), .tag = "Jobs",                                  \
    .details = N_("A waiting job ends at once, a running one within a second. Nothing is counted."), \
    .params = id_params, .success = 204, .errors = "401 403 404 409 429"}
#define DOC_AGAIN {.summary = N_("Submit the work of a job that did not succeed again"), .tag = "Jobs", \
    .params = id_params, .response = ACCEPTED, .success = 202, .errors = "400 401 403 404 409 410 429 503"}
/* clang-format on */

#endif

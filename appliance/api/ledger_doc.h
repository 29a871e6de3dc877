/* Documentation of the ledger routes; included by ledger.c only. */
#ifndef API_LEDGER_DOC_H
#define API_LEDGER_DOC_H

/* clang-format off */
#define LEDGER_TYPES "multipart/form-data, application/x-ndjson, application/zip, text/csv"
#define LEDGER_REQUEST                                                                             \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"file_ids\":{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"string\"}},"        \
    "\"ledger\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}"
#define LEDGER_RESPONSE                                                                            \
    "{\"type\":\"object\",\"required\":[\"ledger\",\"sources\",\"excluded\",\"grade\"],\"properties\":{" \
    "\"ledger\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                             \
    "\"sources\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                            \
    "\"excluded\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                           \
    "\"grade\":{\"enum\":[\"A\",\"B\",\"C\"]}}}"
#define DIFF_RESPONSE                                                                              \
    "{\"type\":\"object\",\"required\":[\"comparable\",\"tasks\",\"warnings\"],\"properties\":{"   \
    "\"comparable\":{\"type\":\"boolean\"},"                                                       \
    "\"tasks\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                              \
    "\"warnings\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                           \
    "\"truncated\":{\"type\":\"boolean\"}}}"
#define LEDGER_EXAMPLE                                                                             \
    "{\"ledger\":[{\"run_id\":\"r1\",\"time\":\"2026-01-01T00:00:00Z\",\"system\":\"m\",\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"protocol\":{\"limit\":null}}," \
    "{\"run_id\":\"r2\",\"time\":\"2026-01-02T00:00:00Z\",\"system\":\"m\",\"task\":\"t\",\"metric\":\"acc\",\"value\":0.6,\"protocol\":{\"limit\":50}}]}"

static const struct route_param ledger_params[] = {
    {"round_by", "query", "{\"enum\":[\"run\",\"day\",\"tag\",\"commit\"],\"default\":\"run\"}",
     N_("what makes a new round (default run)"), false},
    {"lineage", "query", "{\"type\":\"string\"}",
     N_("part of the system's name that stays the same along one line of development"), false},
    {"split", "query", "{\"enum\":[\"dev\",\"test\"]}",
     N_("part of the data, for logs that do not tell"), false},
    {"metric", "query", "{\"type\":\"string\"}", N_("only this score"), false},
    {"name", "query", "{\"type\":\"string\"}",
     N_("name of the file when the body is one file"), false},
    {0},
};

#define DOC_LEDGER {.summary = N_("Read logs of evaluation tools into a run ledger"), .tag = "Ledger", \
    .details = N_("Files of lm-evaluation-harness, Inspect, OpenCompass, MLflow, W&B and Every Eval Ever, or an archive of them. Does not count as an analysis."), \
    .request = LEDGER_REQUEST, .request_types = LEDGER_TYPES, .request_example = LEDGER_EXAMPLE,   \
    .response = LEDGER_RESPONSE, .params = ledger_params, .errors = "400 401 403 404 409 413 415 429 503"}
#define DOC_DIFF {.summary = N_("Tell what changed between runs"), .tag = "Ledger",                \
    .details = N_("Compares each run with the one before it, per task. No statistics. Does not count as an analysis."), \
    .request = LEDGER_REQUEST, .request_types = LEDGER_TYPES, .request_example = LEDGER_EXAMPLE,   \
    .response = DIFF_RESPONSE, .params = ledger_params, .errors = "400 401 403 404 409 413 415 429 503"}
/* clang-format on */

#endif

/* Documentation of the detection routes; included by detect.c only. */
#ifndef API_DETECT_DOC_H
#define API_DETECT_DOC_H

/* clang-format off */
#define DETECT_REQUEST                                                                             \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"csv_data\":{\"type\":\"string\"},"                                                          \
    "\"file_id\":{\"type\":\"string\"},"                                                           \
    "\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                               \
    "\"ledger\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"                              \
    "\"engine\":{\"enum\":[\"calibrated\",\"classic\"],\"default\":\"calibrated\"},"               \
    "\"run_bootstrap\":{\"type\":\"boolean\",\"default\":false},"                                  \
    "\"n_bootstrap\":{\"type\":\"integer\",\"minimum\":1,\"default\":1000},"                       \
    "\"bootstrap_method\":{\"enum\":[\"percentile\",\"bca\"]},"                                    \
    "\"weights\":{\"type\":\"array\",\"minItems\":3,\"maxItems\":3,\"items\":{\"type\":\"number\"},\"default\":[0.33,0.33,0.34]}," \
    "\"draws\":{\"type\":\"integer\",\"minimum\":0,\"default\":1999},"                             \
    "\"alpha\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":0.5,\"default\":0.05},"     \
    "\"thresholds\":{\"type\":\"object\",\"properties\":{\"psi\":{\"type\":\"number\"},\"ccs\":{\"type\":\"number\"},\"rho_pc\":{\"type\":\"number\"}}}," \
    "\"confidence\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":1,\"default\":0.95}," \
    "\"seed\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991,\"default\":1},"    \
    "\"preset\":{\"type\":\"string\"},"                                                            \
    "\"include_samples\":{\"type\":\"boolean\",\"default\":false},"                                \
    "\"psi_scale\":{\"enum\":[\"raw\",\"zscore\",\"relative\"],\"default\":\"raw\"},"              \
    "\"lower_is_better\":{\"type\":\"boolean\",\"default\":false},"                                \
    "\"map\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"                \
    "\"attempts\":{\"type\":\"integer\",\"minimum\":0},"                                           \
    "\"score_stderr\":{\"type\":\"number\",\"minimum\":0},"                                        \
    "\"validate_only\":{\"type\":\"boolean\",\"default\":false},"                                  \
    "\"label\":{\"type\":\"string\",\"maxLength\":200},"                                           \
    "\"tags\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":50}}," \
    "\"use_cache\":{\"type\":\"boolean\",\"default\":true},"                                       \
    "\"store\":{\"type\":\"boolean\",\"default\":true},"                                           \
    "\"language\":{\"enum\":[\"en\",\"zh\"]}}}"
#define DETECT_TYPES "text/csv, application/x-ndjson, multipart/form-data"
#define DETECT_EXAMPLE "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,performance,constraint_compute\\n1,A,0.7,100\\n1,B,0.6,100\\n2,A,0.72,110\\n2,B,0.63,110\\n\"}"

static const struct route_param detect_params[] = {
    {"format", "query", "{\"enum\":[\"json\",\"fragment\",\"html\",\"text\",\"md\",\"csv\"],\"default\":\"json\"}",
     N_("how the answer is written; all formats of one log are counted once"), false},
    {0},
};

#define DOC_DETECT {.summary = N_("Analyse an evaluation log"), .tag = "Detection",                \
    .details = N_("Counts as one analysis. The same log with the same options is answered from the cache within a month and not counted again. A form takes a table as the part file, or files and archives of evaluation tools as parts named log."), \
    .request = DETECT_REQUEST, .request_types = DETECT_TYPES, .request_example = DETECT_EXAMPLE,   \
    .response = "#Detection", .response_type = "application/json, text/html, text/plain, text/markdown, text/csv", .params = detect_params, .errors = "400 401 403 409 413 422 429 503"}
#define DOC_VALIDATE {.summary = N_("Check an evaluation log without analysing it"), .tag = "Detection", \
    .request = DETECT_REQUEST, .request_types = DETECT_TYPES, .request_example = DETECT_EXAMPLE,   \
    .response = "#Validation", .errors = "400 401 403 413 422 429 503"}
/* clang-format on */

#endif

/* Documentation of the Zenodo routes; included by zenodo.c only. */
#ifndef API_ZENODO_DOC_H
#define API_ZENODO_DOC_H

/* clang-format off */
#define ANALYZE_REQUEST                                                                            \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"source\":{\"type\":\"string\",\"description\":\"zenodo://17637303/v3.1/file.csv, doi:10.5281/zenodo.17637303, a record id, or dataset:NAME\"}," \
    "\"doi\":{\"type\":\"string\"},\"record_id\":{\"type\":[\"string\",\"integer\"]},"             \
    "\"file_key\":{\"type\":\"string\"},\"use_cache\":{\"type\":\"boolean\",\"default\":true},"    \
    "\"revalidate\":{\"type\":\"boolean\",\"default\":false},"                                     \
    "\"engine\":{\"enum\":[\"calibrated\",\"classic\"],\"default\":\"calibrated\"},"               \
    "\"run_bootstrap\":{\"type\":\"boolean\",\"default\":false},"                                  \
    "\"n_bootstrap\":{\"type\":\"integer\",\"minimum\":1,\"default\":1000},"                       \
    "\"weights\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":3,\"maxItems\":3}}}"
#define ANALYZE_RESPONSE                                                                           \
    "{\"type\":\"object\",\"required\":[\"source_data\",\"dataset_info\",\"sleuth_analysis\",\"processing_info\"],\"properties\":{" \
    "\"source_data\":{\"type\":\"object\"},\"dataset_info\":{\"type\":\"object\"},"                \
    "\"sleuth_analysis\":{\"$ref\":\"#/components/schemas/Detection\"},"                           \
    "\"processing_info\":{\"type\":\"object\"},\"from_cache\":{\"type\":\"boolean\"}}}"
#define SUMMARY_RESPONSE                                                                           \
    "{\"type\":\"object\",\"required\":[\"doi\",\"record_id\",\"title\",\"creators\",\"publication_date\",\"description\",\"keywords\",\"files\",\"access_right\",\"license\",\"version\",\"concept_doi\",\"checksum\",\"sha256\",\"cached\",\"fetched_at\",\"source\"],\"properties\":{" \
    "\"files\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"cached\":{\"type\":\"boolean\"},"   \
    "\"source\":{\"enum\":[\"online\",\"bundle\",\"directory\"]}}}"
static const struct route_param summary_params[] = {
    {"source", "query", "{\"type\":\"string\"}", N_("which record; the configured one by default"), false},
    {0}};
#define DOC_ANALYZE {.summary = N_("Analyse a data set of Zenodo"), .tag = "Data sets",            \
    .details = N_("The file is downloaded once, compared with the MD5 of its record, and kept. Without file_key the first CSV file is taken; source_data.file_key says which one that was. Counts as one analysis, like /api/detect."), \
    .request = ANALYZE_REQUEST, .request_example = "{\"source\":\"zenodo://17637303\"}",           \
    .response = ANALYZE_RESPONSE, .errors = "400 401 403 404 409 410 413 422 429 502 503"}
#define DOC_SUMMARY {.summary = N_("Describe a record of Zenodo"), .tag = "Data sets",             \
    .response = SUMMARY_RESPONSE, .params = summary_params, .errors = "400 401 403 404 409 410 429 502 503"}
/* clang-format on */

#endif

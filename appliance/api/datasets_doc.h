/* Documentation of the data set routes; included by datasets.c and datasets_import.c only. */
#ifndef API_DATASETS_DOC_H
#define API_DATASETS_DOC_H

/* clang-format off */
#define DATASET_LIST "{\"type\":\"object\",\"required\":[\"datasets\",\"next_cursor\"],\"properties\":{\"datasets\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Dataset\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"
#define FETCH_REQUEST "{\"type\":\"object\",\"required\":[\"source\"],\"additionalProperties\":false,\"properties\":{\"source\":{\"type\":\"string\"},\"file_key\":{\"type\":\"string\"},\"revalidate\":{\"type\":\"boolean\",\"default\":false}}}"
#define IMPORT_REQUEST "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"file_id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"require_signature\":{\"type\":\"boolean\"},\"dry_run\":{\"type\":\"boolean\"}}}"
#define IMPORT_RESPONSE "{\"type\":\"object\",\"required\":[\"imported\",\"dry_run\",\"signed\",\"trusted\"],\"properties\":{\"imported\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Dataset\"}},\"dry_run\":{\"type\":\"boolean\"},\"signed\":{\"type\":\"boolean\"},\"trusted\":{\"type\":\"boolean\"},\"key_id\":{\"type\":[\"string\",\"null\"]},\"warning\":{\"type\":[\"string\",\"null\"]}}}"
static const struct route_param show_params[] __attribute__((unused)) = {
    {"id", "path", "{\"type\":\"string\"}", N_("id or name of a data set"), true},
    {"file", "query", "{\"type\":\"string\"}", N_("which file, when a name is given"), false},
    {0}};
static const struct route_param citation_params[] __attribute__((unused)) = {
    {"id", "path", "{\"type\":\"string\"}", N_("id or name of a data set"), true},
    {"format", "query", "{\"enum\":[\"bibtex\",\"csl\"]}", N_("BibTeX (default) or CSL-JSON"), false},
    {0}};
#define DOC_LIST {.summary = N_("List the stored data sets"), .tag = "Data sets", .response = DATASET_LIST, .errors = "400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show a stored data set"), .tag = "Data sets", .response = "#Dataset", .params = show_params, .errors = "401 403 404 429"}
#define DOC_CITATION {.summary = N_("Cite a data set"), .tag = "Data sets", .response = "{\"type\":\"string\"}", .response_type = "application/x-bibtex", .params = citation_params, .errors = "400 401 403 404 429"}
#define DOC_FETCH {.summary = N_("Download a data set and keep it"), .tag = "Data sets", .request = FETCH_REQUEST, .request_example = "{\"source\":\"zenodo://17637303\"}", .response = "#Dataset", .errors = "400 401 403 404 409 410 413 422 429 502 503"}
#define DOC_CONTENT {.summary = N_("Bytes of a stored data set"), .tag = "Host", .response = "{\"type\":\"string\"}", .response_type = "application/octet-stream", .errors = "404"}
#define DOC_REMOVE {.summary = N_("Remove a stored data set"), .tag = "Host", .success = 204, .errors = "404"}
#define DOC_IMPORT {.summary = N_("Import a bundle of data sets"), .tag = "Data sets", .details = N_("The bundle is the body (application/x-tar), or a file that was uploaded before. All of its files become visible at once, or none."), .request = IMPORT_REQUEST, .request_types = "application/x-tar", .response = IMPORT_RESPONSE, .errors = "400 401 403 404 413 422 429 503 507"}
#define DOC_PART {.summary = N_("One part of a bundle that is imported next"), .tag = "Host", .request_types = "application/octet-stream", .response = "{\"type\":\"object\",\"required\":[\"sha256\"],\"properties\":{\"sha256\":{\"type\":\"string\"}}}", .errors = "507"}
/* clang-format on */

#endif

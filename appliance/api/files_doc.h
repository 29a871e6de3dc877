/* Documentation of the routes for files; included by files.c only. */
#ifndef API_FILES_DOC_H
#define API_FILES_DOC_H

static const struct route_param create_params[] = {
    {"name", "query", "{\"type\":\"string\"}",
     N_("the file's name, with a body that is the file itself"), false},
    {"Content-Digest", "header", "{\"type\":\"string\"}",
     N_("sha-256 of the body, checked when present"), false},
    {0},
};
static const struct route_param list_params[] = {
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the file"), true},
    {0},
};

/* clang-format off */
#define DOC_CREATE {.summary = N_("Upload a file, or begin an upload in parts"), .tag = "Files",   \
    .details = N_("A body that is the file itself (with ?name=), a form with one file, or JSON that begins an upload in parts for files above 16 MiB. The same content is kept once: the answer is then 200 with the file that is there."), \
    .params = create_params,                                                                       \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"size\"],\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":1024},\"size\":{\"type\":\"integer\",\"minimum\":1},\"part_size\":{\"type\":\"integer\",\"minimum\":65536,\"maximum\":8388608,\"default\":8388608}}}", \
    .request_types = "text/csv, application/x-ndjson, application/octet-stream, multipart/form-data", \
    .request_example = "{\"name\":\"log.csv\",\"size\":314572800,\"part_size\":8388608}",            \
    .response = "#File", .success = 201, .errors = "200 400 401 403 409 413 415 422 429 503 507"}
#define DOC_LIST {.summary = N_("List your files, newest first"), .tag = "Files",                  \
    .params = list_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"files\",\"next_cursor\"],\"properties\":{\"files\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/File\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show one file, or how far its upload is"), .tag = "Files",        \
    .params = id_params, .response = "#File", .errors = "304 401 403 404 429"}
#define DOC_DELETE {.summary = N_("Delete a file, or give up its upload"), .tag = "Files",         \
    .params = id_params, .success = 204, .errors = "401 403 404 412 429"}
/* clang-format on */

#endif

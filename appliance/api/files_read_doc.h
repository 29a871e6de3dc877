/* Documentation of the contents of files; included by files_read.c only. */
#ifndef API_FILES_READ_DOC_H
#define API_FILES_READ_DOC_H

static const struct route_param content_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the file"), true},
    {"Range", "header", "{\"type\":\"string\"}", N_("one range of bytes, as in bytes=0-999"),
     false},
    {0},
};
static const struct route_param preview_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the file"), true},
    {"rows", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":20}",
     N_("rows to show"), false},
    {0},
};

/* clang-format off */
#define DOC_CONTENT {.summary = N_("Download a file, or a range of it"), .tag = "Files",           \
    .details = N_("Sent as an attachment. The entity tag is the SHA-256 of the content."),         \
    .params = content_params, .response = "{\"type\":\"string\",\"format\":\"binary\"}",            \
    .response_type = "*/*", .errors = "206 304 401 403 404 409 416 429 503"}
#define DOC_PREVIEW {.summary = N_("Columns, types and first rows of a table"), .tag = "Files",    \
    .params = preview_params,                                                                      \
    .response = "{\"type\":\"object\",\"required\":[\"id\",\"columns\",\"rows\",\"rows_total\"],\"properties\":{\"id\":{\"type\":\"string\"},\"columns\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"type\"],\"properties\":{\"name\":{\"type\":\"string\"},\"type\":{\"enum\":[\"empty\",\"integer\",\"number\",\"boolean\",\"time\",\"text\"]}}}},\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"rows_total\":{\"type\":\"integer\"}}}", \
    .errors = "400 401 403 404 409 422 429 503"}
/* clang-format on */

#endif

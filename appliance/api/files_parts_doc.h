/* Documentation of uploads in parts; included by files_parts.c only. */
#ifndef API_FILES_PARTS_DOC_H
#define API_FILES_PARTS_DOC_H

static const struct route_param part_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the file"), true},
    {"n", "path", "{\"type\":\"integer\",\"minimum\":1}", N_("number of the part, from 1"), true},
    {"Content-Digest", "header", "{\"type\":\"string\"}",
     N_("sha-256 of the body, checked when present"), false},
    {0},
};
static const struct route_param complete_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the file"), true},
    {0},
};

/* clang-format off */
#define DOC_PART {.summary = N_("Send one part of an upload"), .tag = "Files",                     \
    .details = N_("Parts may be sent in any order and again. A part that was answered is on the disk and survives a crash. An upload without a part for 24 hours ends."), \
    .params = part_params, .request = "{\"type\":\"string\",\"format\":\"binary\"}",                \
    .request_types = "application/octet-stream",                                                   \
    .response = "{\"type\":\"object\",\"required\":[\"id\",\"part\",\"parts_done\",\"parts_total\"],\"properties\":{\"id\":{\"type\":\"string\"},\"part\":{\"type\":\"integer\"},\"parts_done\":{\"type\":\"integer\"},\"parts_total\":{\"type\":\"integer\"}}}", \
    .errors = "400 401 403 404 409 413 422 429 503 507"}
#define DOC_COMPLETE {.summary = N_("Complete an upload in parts"), .tag = "Files",                \
    .details = N_("Checks length and SHA-256 of the whole. When they differ the upload stays open."), \
    .params = complete_params,                                                                     \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"sha256\"],\"properties\":{\"sha256\":{\"type\":\"string\",\"minLength\":64,\"maxLength\":64}}}", \
    .request_example = "{\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}", \
    .response = "#File", .errors = "400 401 403 404 409 415 422 429 503 507"}
/* clang-format on */

#endif

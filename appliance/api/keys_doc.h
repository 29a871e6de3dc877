/* Documentation of the key routes, for the OpenAPI document; included by keys.c only. */
#ifndef API_KEYS_DOC_H
#define API_KEYS_DOC_H

static const struct route_param list_params[] = {
    {"include", "query", "{\"type\":\"string\",\"enum\":[\"revoked\"]}",
     N_("also list revoked and expired keys"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"integer\",\"minimum\":1}", N_("number of the key"), true},
    {0},
};

/* clang-format off */
#define KEY_CREATE_SCHEMA                                                                          \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100,\"default\":\"My API Key\"}," \
    "\"scopes\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Scope\"}},"         \
    "\"expires_in_days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3650},"                   \
    "\"allowed_cidrs\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"type\":\"string\"}},"      \
    "\"livemode\":{\"type\":\"boolean\",\"default\":true},"                                        \
    "\"note\":{\"type\":\"string\",\"maxLength\":200}}}"

#define DOC_LIST {.summary = N_("List your API keys"), .tag = "Keys", .params = list_params,       \
    .response = "{\"type\":\"object\",\"required\":[\"keys\"],\"properties\":{\"keys\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/ApiKey\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_CREATE {.summary = N_("Create an API key; its text is shown once"), .tag = "Keys",     \
    .request = KEY_CREATE_SCHEMA, .response = "#NewApiKey", .success = 201,                        \
    .request_example = "{\"name\":\"ci\"}", .errors = "400 401 403 409 415 422 429"}
#define DOC_SHOW {.summary = N_("Show one API key"), .tag = "Keys", .params = id_params,           \
    .response = "#ApiKey", .errors = "304 401 403 404 429"}
#define DOC_CHANGE {.summary = N_("Change name, networks, limits or expiry of an API key"),        \
    .tag = "Keys", .params = id_params,                                                            \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100},\"allowed_cidrs\":{\"type\":[\"array\",\"null\"],\"maxItems\":20,\"items\":{\"type\":\"string\"}},\"expires_in_days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3650},\"per_minute\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":100000},\"per_day\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000000}}}", \
    .response = "#ApiKey", .errors = "400 401 403 404 409 412 415 429"}
#define DOC_REVOKE {.summary = N_("Revoke an API key; the next request with it is refused"),       \
    .tag = "Keys", .params = id_params,                                                            \
    .response = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"revoked\"}}}", \
    .errors = "401 403 404 412 429"}
#define DOC_ROTATE {.summary = N_("Replace an API key; the old one ends after a grace period"),    \
    .tag = "Keys", .params = id_params,                                                            \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"grace_seconds\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":2592000,\"default\":86400},\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100}}}", \
    .response = "#NewApiKey", .success = 201, .errors = "400 401 403 404 409 415 422 429"}
/* clang-format on */

#endif

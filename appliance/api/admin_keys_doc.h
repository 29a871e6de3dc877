/* Documentation of the administrator's key routes; included by admin_keys.c only. */
#ifndef API_ADMIN_KEYS_DOC_H
#define API_ADMIN_KEYS_DOC_H

static const struct route_param page_params[] = {
    {"include", "query", "{\"type\":\"string\",\"enum\":[\"revoked\"]}",
     N_("also list revoked and expired keys"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("users whose keys make one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param user_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("number or e-mail address of the user"), true},
    {0},
};
static const struct route_param key_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("number or shown prefix of the key"), true},
    {0},
};

/* clang-format off */
#define KEYS_SCHEMA "{\"type\":\"object\",\"required\":[\"keys\"],\"properties\":{\"keys\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/ApiKey\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"
#define DOC_USER_LIST {.summary = N_("List a user's API keys"), .tag = "Administration", .params = user_params, \
    .response = KEYS_SCHEMA, .errors = "304 400 401 403 404 429"}
#define DOC_CREATE {.summary = N_("Create an API key for a user"), .tag = "Administration", .params = user_params, \
    .request = "{\"type\":\"object\"}", .response = "#NewApiKey", .success = 201, .errors = "400 404 415 422"}
#define DOC_LIST {.summary = N_("List the API keys of all users"), .tag = "Administration", .params = page_params, \
    .response = KEYS_SCHEMA, .errors = "400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show one API key of any user"), .tag = "Administration", .params = key_params, \
    .response = "#ApiKey", .errors = "401 403 404 409 429"}
#define DOC_REVOKE {.summary = N_("Revoke an API key of any user"), .tag = "Administration", .params = key_params, \
    .response = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"revoked\"},\"id\":{\"type\":\"integer\"},\"prefix\":{\"type\":\"string\"}}}", \
    .errors = "401 403 404 409 429"}
#define DOC_LIMITS {.summary = N_("Lower the limits of one API key; 0 takes the user's again"), .tag = "Administration", .params = key_params, \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"per_minute\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000},\"per_day\":{\"type\":\"integer\",\"minimum\":0}}}", \
    .response = "#ApiKey", .errors = "400 401 403 404 409 415 429"}
#define DOC_ROTATE {.summary = N_("Replace an API key of any user"), .tag = "Administration", .params = key_params, \
    .request = "{\"type\":\"object\"}", .response = "#NewApiKey", .success = 201, .errors = "400 404 409 415"}
/* clang-format on */

#endif

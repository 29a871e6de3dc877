/* Documentation of the administrator's user routes; included by users.c only. */
#ifndef API_USERS_DOC_H
#define API_USERS_DOC_H

static const struct route_param page_params[] = {
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param user_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("number or e-mail address of the user"), true},
    {0},
};

/* clang-format off */
#define LIST_OF(name, schema) "{\"type\":\"object\",\"required\":[\"" name "\"],\"properties\":{\"" name "\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" schema "\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"
#define STATUS_IS(word) "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"" word "\"}}}"

#define DOC_LIST {.summary = N_("List all users"), .tag = "Administration", .params = page_params, \
    .response = LIST_OF("users", "AdminUser"), .errors = "400 401 403 429"}
#define DOC_CREATE {.summary = N_("Create a user"), .tag = "Administration",                       \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"email\"],\"properties\":{\"email\":{\"type\":\"string\",\"maxLength\":254},\"name\":{\"type\":\"string\",\"maxLength\":100},\"password\":{\"type\":\"string\",\"minLength\":12,\"maxLength\":256},\"plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"role\":{\"enum\":[\"user\",\"reviewer\",\"admin\"]},\"language\":{\"enum\":[\"en\",\"zh\"]}}}", \
    .response = "#AdminUser", .success = 201, .errors = "400 401 403 409 415 422 429 503"}
#define DOC_SHOW {.summary = N_("Show one user"), .tag = "Administration", .params = user_params,  \
    .response = "#AdminUser", .errors = "401 403 404 429"}
#define DOC_CHANGE {.summary = N_("Change plan, role, limits or state of a user"), .tag = "Administration", .params = user_params, \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":100},\"plan\":{\"$ref\":\"#/components/schemas/PlanId\"},\"plan_until\":{\"type\":\"string\"},\"plan_note\":{\"type\":\"string\",\"maxLength\":200},\"role\":{\"enum\":[\"user\",\"reviewer\",\"admin\"]},\"language\":{\"enum\":[\"en\",\"zh\"]},\"enabled\":{\"type\":\"boolean\"},\"totp_enabled\":{\"const\":false},\"per_minute\":{\"type\":\"integer\",\"minimum\":0},\"per_day\":{\"type\":\"integer\",\"minimum\":0},\"analyses_per_month\":{\"type\":\"integer\",\"minimum\":0},\"file_bytes\":{\"type\":\"integer\",\"minimum\":0}}}", \
    .response = "#AdminUser", .errors = "400 401 403 404 409 412 415 429"}
#define DOC_DELETE {.summary = N_("Delete a user with everything that belongs to it"), .tag = "Administration", .params = user_params, \
    .response = STATUS_IS("deleted"), .errors = "401 403 404 409 429"}
#define DOC_RESET {.summary = N_("Make a link with which the user sets a new password"), .tag = "Administration", .params = user_params, \
    .response = "{\"type\":\"object\",\"required\":[\"url\",\"token\",\"expires_at\"],\"properties\":{\"url\":{\"type\":\"string\"},\"token\":{\"type\":\"string\"},\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"}}}", \
    .success = 201, .errors = "400 401 403 404 415 429"}
#define DOC_SESSIONS {.summary = N_("List a user's sessions"), .tag = "Administration", .params = user_params, \
    .response = LIST_OF("sessions", "Session"), .errors = "400 401 403 404 429"}
#define DOC_SESSIONS_END {.summary = N_("End all sessions of a user"), .tag = "Administration", .params = user_params, \
    .response = STATUS_IS("ended"), .errors = "401 403 404 429"}
/* clang-format on */

#endif

/* Documentation of the account routes; included by account.c only. */
#ifndef API_ACCOUNT_DOC_H
#define API_ACCOUNT_DOC_H

#include "api/account_schema.h"

static const struct route_param session_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the session"), true},
    {0},
};

/* clang-format off */
#define DOC_LOGIN {.summary = N_("Sign in"), .tag = "Account", .request = BODY("\"email\",\"password\"", EMAIL "," WORD("password") ",\"totp\":{\"type\":\"string\",\"maxLength\":20}"), \
    .response = SIGNED_IN, .errors = "400 401 415 429 503"}
#define DOC_LOGOUT {.summary = N_("Sign out"), .tag = "Account", .response = SUCCESS, .errors = "400 401 403 415"}
#define DOC_REAUTH {.summary = N_("Enter the password again, for sensitive changes"), .tag = "Account", \
    .request = BODY("\"password\"", WORD("password")), .response = SUCCESS, .errors = "400 401 403 415 429 503"}
#define DOC_SESSIONS {.summary = N_("List your sessions"), .tag = "Account", \
    .response = "{\"type\":\"object\",\"required\":[\"sessions\"],\"properties\":{\"sessions\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Session\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "400 401 403 429"}
#define DOC_SESSIONS_END {.summary = N_("End all your other sessions"), .tag = "Account", .response = SUCCESS, .errors = "400 401 403 415 429"}
#define DOC_SESSION_END {.summary = N_("End one of your sessions"), .tag = "Account", .params = session_params, .response = SUCCESS, .errors = "400 401 403 404 415 429"}
#define DOC_PASSWORD {.summary = N_("Change your password; all sessions end"), .tag = "Account", \
    .request = BODY("\"old_password\",\"new_password\"", WORD("old_password") "," WORD("new_password")), .response = SIGNED_IN, .errors = "400 401 403 415 429 503"}
#define DOC_RESET {.summary = N_("Set a new password with a reset link"), .tag = "Account", \
    .request = BODY("\"token\",\"password\"", WORD("token") "," WORD("password")), .response = SUCCESS, .errors = "400 415 429 503"}
#define DOC_FORGOT {.summary = N_("Ask how to get a reset link"), .tag = "Account", .request = BODY("\"email\"", EMAIL), \
    .response = "{\"type\":\"object\",\"required\":[\"status\",\"message\"],\"properties\":{\"status\":{\"const\":\"success\"},\"message\":{\"type\":\"string\"}}}", .errors = "400 415 429"}
/* clang-format on */

#endif

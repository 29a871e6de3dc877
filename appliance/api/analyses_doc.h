/* Documentation of the routes for stored analyses; included by analyses.c only. */
#ifndef API_ANALYSES_DOC_H
#define API_ANALYSES_DOC_H

static const struct route_param list_params[] = {
    {"label", "query", "{\"type\":\"string\"}", N_("only analyses with exactly this label"), false},
    {"tag", "query", "{\"type\":\"string\"}", N_("only analyses with this tag"), false},
    {"risk", "query", "{\"enum\":[\"high\",\"medium\",\"low\",\"unknown\"]}",
     N_("only analyses of this risk"), false},
    {"from", "query", "{\"type\":\"string\",\"format\":\"date-time\"}",
     N_("only analyses made then or later"), false},
    {"to", "query", "{\"type\":\"string\",\"format\":\"date-time\"}",
     N_("only analyses made before"), false},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};
static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the analysis"), true},
    {0},
};

/* clang-format off */
#define DOC_LIST {.summary = N_("List your stored analyses, newest first"), .tag = "Analyses",     \
    .params = list_params,                                                                         \
    .response = "{\"type\":\"object\",\"required\":[\"analyses\",\"next_cursor\"],\"properties\":{\"analyses\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Analysis\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show one analysis with its report"), .tag = "Analyses",           \
    .params = id_params, .response = "#Analysis", .errors = "304 401 403 404 429"}
#define DOC_CHANGE {.summary = N_("Change label or tags of an analysis"), .tag = "Analyses",       \
    .params = id_params,                                                                           \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"label\":{\"type\":\"string\",\"maxLength\":200},\"tags\":{\"type\":\"array\",\"maxItems\":20,\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":50}}}}", \
    .request_example = "{\"label\":\"spring leaderboard\",\"tags\":[\"vision\"]}",                 \
    .response = "#Analysis", .errors = "400 401 403 404 412 415 429"}
#define DOC_DELETE {.summary = N_("Delete an analysis and its report"), .tag = "Analyses",         \
    .params = id_params, .success = 204, .errors = "401 403 404 412 429"}
#define DOC_SEALED {.summary = N_("The report, sealed with the key of this appliance"),            \
    .details = N_("'sleuth report verify' checks the seal and 'sleuth report recompute' the numbers, both without this appliance."), \
    .tag = "Analyses", .params = id_params, .response = "#SealedReport",                           \
    .errors = "401 403 404 409 429"}
#define DOC_SIGNING_KEY {.summary = N_("The public key that checks sealed reports"), .tag = "Analyses", \
    .response = "{\"type\":\"object\",\"required\":[\"algorithm\",\"key_id\",\"public_key\"],\"properties\":{\"algorithm\":{\"const\":\"Ed25519\"},\"key_id\":{\"type\":\"string\",\"minLength\":16,\"maxLength\":16},\"public_key\":{\"type\":\"string\",\"minLength\":64,\"maxLength\":64}}}", \
    .errors = "304"}
/* clang-format on */

#endif

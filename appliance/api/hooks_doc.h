/* Documentation of the routes for hooks; included by hooks.c only. */
#ifndef API_HOOKS_DOC_H
#define API_HOOKS_DOC_H

static const struct route_param id_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the hook"), true},
    {0},
};
static const struct route_param delivery_params[] = {
    {"id", "path", "{\"type\":\"string\"}", N_("id of the hook"), true},
    {"limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}",
     N_("rows of one page"), false},
    {"cursor", "query", "{\"type\":\"string\"}", N_("next_cursor of the page before"), false},
    {0},
};

/* clang-format off */
#define EVENTS_SCHEMA "{\"type\":\"array\",\"maxItems\":3,\"items\":{\"enum\":[\"job.finished\",\"verdict.changed\",\"quota.threshold\"]}}"
#define DOC_CREATE {.summary = N_("Register an address for notifications"), .tag = "Hooks",        \
    .details = N_("Every notification is a POST with Sleuth-Signature: t=,v1=, the scheme of Stripe's webhooks. The secret is shown once. An empty list of events means all."), \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"url\"],\"properties\":{\"url\":{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2048},\"events\":" EVENTS_SCHEMA "}}", \
    .request_example = "{\"url\":\"https://example.com/sleuth\",\"events\":[\"job.finished\"]}",   \
    .response = "#NewHook", .success = 201, .errors = "400 401 403 409 415 422 429 501"}
#define DOC_LIST {.summary = N_("List your hooks"), .tag = "Hooks",                                \
    .response = "{\"type\":\"object\",\"required\":[\"hooks\",\"next_cursor\"],\"properties\":{\"hooks\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Hook\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 429"}
#define DOC_SHOW {.summary = N_("Show one hook"), .tag = "Hooks", .params = id_params, .response = "#Hook", .errors = "304 401 403 404 429"}
#define DOC_CHANGE {.summary = N_("Change address or events of a hook, or switch it off and on"), .tag = "Hooks", \
    .request = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"url\":{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2048},\"events\":" EVENTS_SCHEMA ",\"enabled\":{\"type\":\"boolean\"}}}", \
    .request_example = "{\"enabled\":true}", .params = id_params, .response = "#Hook", .errors = "400 401 403 404 412 415 429 501"}
#define DOC_DELETE {.summary = N_("Delete a hook"), .tag = "Hooks", .params = id_params, .success = 204, .errors = "401 403 404 412 429"}
#define DOC_TEST {.summary = N_("Send a test notification to a hook"), .tag = "Hooks",             \
    .details = N_("Sends an event of the type hook.test. Look at its deliveries for the outcome."), \
    .params = id_params, .success = 202,                                                           \
    .response = "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"const\":\"queued\"}}}", .errors = "400 401 403 404 409 429 501"}
#define DOC_DELIVERIES {.summary = N_("What was sent to a hook, newest first, and what came of it"), .tag = "Hooks", .params = delivery_params, \
    .response = "{\"type\":\"object\",\"required\":[\"deliveries\",\"next_cursor\"],\"properties\":{\"deliveries\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"type\",\"attempts\"],\"properties\":{\"id\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},\"attempts\":{\"type\":\"integer\"},\"status\":{\"type\":[\"integer\",\"null\"]},\"error\":{\"type\":[\"string\",\"null\"]},\"next_attempt_at\":{\"$ref\":\"#/components/schemas/Time\"},\"created_at\":{\"$ref\":\"#/components/schemas/Time\"},\"finished_at\":{\"$ref\":\"#/components/schemas/Time\"}}}},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}", \
    .errors = "304 400 401 403 404 429"}
#define DOC_CALLBACK {.summary = N_("The secret that signs notifications to callback_url of jobs"), .tag = "Hooks", \
    .response = "{\"type\":\"object\",\"required\":[\"secret\"],\"properties\":{\"secret\":{\"type\":\"string\"}}}", .errors = "401 403 429"}
/* clang-format on */

#endif

/* The licence over HTTP: what is installed and what it allows; installing another one. */
#include "api/tables.h"
#include "app.h"
#include "audit.h"
#include "base/clock.h"
#include "body.h"
#include "call.h"
#include "config.h"
#include "entitlement.h"
#include "storage/storage.h"

/* --- what stands in an answer --- */

static void write_license(struct json_out *w, const struct license *license)
{
    char key[17];
    json_key_str(w, "id", slice_of(license->id));
    json_key_str(w, "licensee", slice_of(license->licensee));
    json_key_str(w, "plan", slice_of(plan_slug(license->plan)));
    json_key_u64(w, "seats", license->seats);
    if (license->analyses_per_month == PLAN_UNLIMITED)
        json_key_null(w, "analyses_per_month");
    else
        json_key_u64(w, "analyses_per_month", license->analyses_per_month);
    json_key_time(w, "issued_at", license->issued_ms);
    json_key_time(w, "not_before", license->not_before_ms);
    json_key_time(w, "not_after", license->not_after_ms);
    json_key_time(w, "grace_until", license->not_after_ms + LICENSE_GRACE_MS);
    if (license->host_id[0])
        json_key_str(w, "bound_to", slice_of(license->host_id));
    json_key_str(w, "key_id", crypt_hex(key, license->public_key, 8));
}

static void write_warnings(struct call *call, struct json_out *w,
                           const struct entitlement_view *view)
{
    bool ends = view->state == LICENSE_EXPIRING || view->state == LICENSE_GRACE ||
                view->state == LICENSE_EXPIRED;
    json_key(w, "warnings");
    json_array(w);
    if (ends)
        json_str(w, slice_of(tr(call->lang, view->state == LICENSE_EXPIRING
                                                ? N_("the licence ends within 30 days")
                                            : view->state == LICENSE_GRACE
                                                ? N_("the licence has ended; everything works for "
                                                     "30 days more, then every user has the free "
                                                     "plan")
                                                : N_("the licence has ended: every user has the "
                                                     "free plan; nothing was deleted"))));
    if (view->state == LICENSE_FOREIGN)
        json_str(w, slice_of(tr(call->lang, N_("the licence belongs to another machine"))));
    if (view->seat_last_user != UINT64_MAX)
        json_str(w, slice_of(tr(call->lang, N_("there are more enabled users than seats; the "
                                               "newest ones have the free plan"))));
    if (view->back_ms)
        json_str(w, slice_of(tr(call->lang, N_("the clock of this machine is behind; licences "
                                               "count by the latest time seen"))));
    if (view->refused.text[0])
        json_str(w, slice_of(call->lang == LANG_ZH ? view->refused.text_zh : view->refused.text));
    json_end(w);
}

static void write_view(struct call *call, struct json_out *w)
{
    struct entitlement_view view;
    const struct config *config = call->app->config;
    enum plan_rank cap = entitlement_cap(call->app, call->now_ms);
    entitlement_look(call->app, call->now_ms, &view);
    json_key_str(w, "mode", config->billing_mode);
    json_key_str(w, "state", slice_of(license_state_name(view.state)));
    json_key_str(w, "source", slice_of(view.source));
    if (cap == PLAN_COUNT)
        json_key_null(w, "plan_cap");
    else
        json_key_str(w, "plan_cap", slice_of(plan_slug(cap)));
    json_key(w, "license");
    if (view.license.id[0]) {
        json_object(w);
        write_license(w, &view.license);
        json_end(w);
    } else {
        json_null(w);
    }
    json_key_u64(w, "seats_used", view.seats_used);
    json_key_str(w, "host_id", slice_of(view.host_id));
    json_key_time(w, "trusted_time", view.trusted_ms);
    json_key_u64(w, "clock_behind_s", (uint64_t)view.back_ms / 1000);
    write_warnings(call, w, &view);
}

static status show_check(struct call *call, struct error *err)
{
    uint64_t all;
    uint64_t enabled;
    struct store_usage_month month;
    TRY(store_user_count(call->txn, &all, &enabled));
    TRY(store_analyses_total(call->txn, store_month(call->now_ms), &month));
    struct json_out *w = reply_json(call, 200);
    write_view(call, w);
    json_key_u64(w, "users_enabled", enabled);
    json_key_u64(w, "analyses_this_month", month.analyses);
    return reply_end(call, err);
}

/* --- install --- */

struct install {
    struct license license;
    slice text;
    uint64_t seat_last_user;
};

static status refuse_state(enum license_state state, struct error *err)
{
    if (state == LICENSE_FOREIGN)
        return error_code(err, ST_CONFLICT, "license_other_host",
                          "the licence belongs to another machine; 'sleuth license show' prints "
                          "the host id of this one");
    if (state == LICENSE_EXPIRED)
        return error_code(err, ST_CONFLICT, "license_expired",
                          "the licence and its grace have ended");
    return ST_OK;
}

static status install_check(struct call *call, struct error *err)
{
    struct license_keys keys;
    struct entitlement_view view;
    const struct config *config = call->app->config;
    struct install *in = call_state(call, sizeof *in);
    if (!in)
        return arena_check(&call->arena, err);
    if (!body_is_json(call))
        return error_set(err, ST_MEDIA_TYPE, "send the licence file itself as application/json");
    TRY(license_keys_load(config->license_trusted_keys_file.ptr, &keys, err));
    status rc = license_read(call->body, &keys, &in->license, err);
    if (rc != ST_OK) /* a licence that does not verify is the caller's mistake, not ours */
        return rc == ST_VERIFY ? ST_INVALID : rc;
    entitlement_look(call->app, call->now_ms, &view);
    TRY(refuse_state(license_state_at(&in->license, slice_of(view.host_id), view.trusted_ms), err));
    if (view.license.id[0] && in->license.issued_ms < view.license.issued_ms)
        return error_code(err, ST_CONFLICT, "license_older",
                          "a licence that was issued later is installed already");
    in->text = call->body;
    return ST_OK;
}

static status install_apply(struct call *call, struct error *err)
{
    char until[TIME_TEXT_MAX];
    struct install *in = call->state;
    TRY(entitlement_install(call, in->text, &in->license, err));
    TRY(entitlement_seat_last(call->txn, in->license.seats, &call->arena, &in->seat_last_user));
    return audit_note(
        call, "license.install", arena_printf(&call->arena, "license:%s", in->license.id),
        arena_printf(&call->arena, "plan=%s seats=%llu until=" SLICE_FMT,
                     plan_slug(in->license.plan), (unsigned long long)in->license.seats,
                     SLICE_ARG(time_rfc3339(in->license.not_after_ms, until))));
}

static status install_reply(struct call *call, struct error *err)
{
    const struct install *in = call->state;
    entitlement_installed(call->app, &in->license, in->seat_last_user);
    write_view(call, reply_json(call, 201));
    return reply_end(call, err);
}

/* clang-format off */
#define LICENSE_SCHEMA "{\"type\":\"object\",\"required\":[\"mode\",\"state\",\"plan_cap\",\"license\",\"seats_used\",\"host_id\",\"trusted_time\",\"warnings\"],\"properties\":{\"mode\":{\"enum\":[\"off\",\"manual\",\"license\",\"stripe\"]},\"state\":{\"enum\":[\"none\",\"other_host\",\"not_yet_valid\",\"valid\",\"expiring\",\"grace\",\"expired\"]},\"source\":{\"enum\":[\"\",\"installed\",\"file\"]},\"plan_cap\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/PlanId\"},{\"type\":\"null\"}]},\"license\":{\"type\":[\"object\",\"null\"]},\"seats_used\":{\"type\":\"integer\"},\"host_id\":{\"type\":\"string\"},\"trusted_time\":{\"$ref\":\"#/components/schemas/Time\"},\"clock_behind_s\":{\"type\":\"integer\"},\"warnings\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}"

const struct route license_routes[] = {
    {.method = METHOD_GET, .path = "/api/admin/license", .need = NEED_ADMIN, .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP, .check = show_check,
     .doc = {.summary = N_("Show the licence and what it allows"), .tag = "Administration", .response = LICENSE_SCHEMA, .errors = "401 403 429"}},
    {.method = METHOD_POST, .path = "/api/admin/license", .need = NEED_ADMIN, .flags = ROUTE_STRICT | ROUTE_BEFORE_SETUP, .body_max = 8192,
     .check = install_check, .apply = install_apply, .reply = install_reply,
     .doc = {.summary = N_("Install a licence"),
             .details = N_("The body is the licence file itself, byte for byte. It must be signed by a trusted key, belong to this machine, and be no older than the installed one. It counts for the next request."),
             .tag = "Administration",
             .request = "{\"type\":\"object\",\"required\":[\"format\",\"id\",\"issued_at\",\"key\",\"licensee\",\"not_after\",\"not_before\",\"plan\",\"quotas\",\"seats\",\"signature\"],\"properties\":{\"format\":{\"const\":\"sleuth-license-1\"},\"signature\":{\"type\":\"string\",\"minLength\":86,\"maxLength\":86}}}",
             .response = LICENSE_SCHEMA, .success = 201, .errors = "400 401 403 409 413 415 429"}},
};
/* clang-format on */

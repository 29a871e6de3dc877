/* Reads events and objects of the payment provider; see billing_event.h. */
#include "billing_event.h"

#include "json.h"

enum { ID_MAX = 255 };
#define SECONDS_MAX UINT64_C(4102444800) /* the year 2100 */

/* --- members --- */

static slice text_at(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

/* An id, whether it comes as text or as the object itself. */
static slice id_at(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    if (value && value->kind == JSON_OBJECT)
        value = json_find(value, "id");
    slice id = value && value->kind == JSON_STRING ? value->text : S("");
    return id.len <= ID_MAX ? id : S("");
}

static uint64_t number_at(const struct json *object, const char *path)
{
    uint64_t number = 0;
    return json_to_u64(json_at(object, path), &number) ? number : 0;
}

/* Unix seconds; what no calendar holds counts as absent. */
static int64_t time_at(const struct json *object, const char *path)
{
    uint64_t seconds = number_at(object, path);
    return seconds <= SECONDS_MAX ? (int64_t)seconds * 1000 : 0;
}

static bool flag_at(const struct json *object, const char *path)
{
    const struct json *value = json_at(object, path);
    return value && value->kind == JSON_BOOL && value->boolean;
}

static uint64_t user_at(const struct json *object, const char *path)
{
    uint64_t user = 0;
    const struct json *value = json_at(object, path);
    return value && value->kind == JSON_STRING && slice_to_u64(value->text, &user) ? user : 0;
}

static slice first_of(slice a, slice b)
{
    return a.len ? a : b;
}

static int64_t first_time(int64_t a, int64_t b)
{
    return a ? a : b;
}

/* --- objects --- */

static void read_subscription(const struct json *object, struct billing_event *ret)
{
    const struct json *list = json_at(object, "items.data");
    const struct json *item = list && list->kind == JSON_ARRAY ? list->first : NULL;
    ret->kind = BILLING_SUBSCRIPTION;
    ret->object_id = ret->subscription_id = id_at(object, "id");
    ret->customer_id = id_at(object, "customer");
    ret->user_id = user_at(object, "metadata.user_id");
    ret->status = text_at(object, "status");
    ret->price_id = first_of(id_at(item, "price"), id_at(object, "plan"));
    ret->cancel_at_period_end = flag_at(object, "cancel_at_period_end");
    ret->cancel_ms = time_at(object, "cancel_at");
    ret->ended_ms = time_at(object, "ended_at");
    ret->trial_end_ms = time_at(object, "trial_end");
    ret->started_ms = time_at(object, "created");
    ret->period_start_ms =
        first_time(time_at(item, "current_period_start"), time_at(object, "current_period_start"));
    ret->period_end_ms =
        first_time(time_at(item, "current_period_end"), time_at(object, "current_period_end"));
}

static void read_session(const struct json *object, struct billing_event *ret)
{
    ret->kind = BILLING_CHECKOUT;
    ret->object_id = id_at(object, "id");
    ret->customer_id = id_at(object, "customer");
    ret->subscription_id = id_at(object, "subscription");
    ret->user_id = user_at(object, "client_reference_id");
    if (!ret->user_id)
        ret->user_id = user_at(object, "metadata.user_id");
    ret->mode = text_at(object, "mode");
    ret->payment_status = text_at(object, "payment_status");
}

static void read_invoice(const struct json *object, struct billing_event *ret)
{
    bool paid = slice_eq(ret->type, S("invoice.paid"));
    ret->kind = BILLING_INVOICE;
    ret->object_id = id_at(object, "id");
    ret->customer_id = id_at(object, "customer");
    ret->subscription_id = first_of(id_at(object, "parent.subscription_details.subscription"),
                                    id_at(object, "subscription"));
    ret->user_id = user_at(object, "parent.subscription_details.metadata.user_id");
    if (!ret->user_id)
        ret->user_id = user_at(object, "subscription_details.metadata.user_id");
    ret->invoice_status = paid ? S("paid")
                          : slice_eq(ret->type, S("invoice.payment_action_required"))
                              ? S("action_required")
                              : S("open");
    ret->amount_cents = number_at(object, paid ? "amount_paid" : "amount_due");
    ret->currency = text_at(object, "currency");
    ret->reason = text_at(object, "billing_reason");
    ret->url = text_at(object, "hosted_invoice_url");
    ret->attempts = number_at(object, "attempt_count");
    ret->next_attempt_ms = time_at(object, "next_payment_attempt");
    ret->period_end_ms = time_at(object, "period_end");
    ret->invoice_ms = first_time(time_at(object, "created"), ret->created_ms);
}

/* --- events --- */

static const struct {
    const char *type;
    enum billing_kind kind;
    enum billing_rank rank;
} types[] = {
    {"checkout.session.completed", BILLING_CHECKOUT, RANK_NONE},
    {"checkout.session.async_payment_succeeded", BILLING_CHECKOUT, RANK_NONE},
    {"checkout.session.async_payment_failed", BILLING_CHECKOUT, RANK_NONE},
    {"checkout.session.expired", BILLING_CHECKOUT, RANK_NONE},
    {"customer.subscription.created", BILLING_SUBSCRIPTION, RANK_CREATED},
    {"customer.subscription.updated", BILLING_SUBSCRIPTION, RANK_UPDATED},
    {"customer.subscription.paused", BILLING_SUBSCRIPTION, RANK_UPDATED},
    {"customer.subscription.resumed", BILLING_SUBSCRIPTION, RANK_UPDATED},
    {"customer.subscription.trial_will_end", BILLING_SUBSCRIPTION, RANK_UPDATED},
    {"customer.subscription.deleted", BILLING_SUBSCRIPTION, RANK_DELETED},
    {"invoice.paid", BILLING_INVOICE, RANK_NONE},
    {"invoice.payment_failed", BILLING_INVOICE, RANK_NONE},
    {"invoice.payment_action_required", BILLING_INVOICE, RANK_NONE},
    {"customer.deleted", BILLING_CUSTOMER, RANK_NONE},
    {"charge.dispute.created", BILLING_NOTICE, RANK_NONE},
    {"charge.refunded", BILLING_NOTICE, RANK_NONE},
};

static void classify(struct billing_event *event)
{
    event->kind = BILLING_OTHER;
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        if (slice_eq(event->type, slice_of(types[i].type))) {
            event->kind = types[i].kind;
            event->rank = types[i].rank;
        }
}

static status no_event(struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_event", "the body is no event of Stripe");
}

status billing_event_read(slice text, struct arena *arena, struct billing_event *ret,
                          struct error *err)
{
    const struct json *root;
    *ret = (struct billing_event){.payload = text};
    if (text.len > BILLING_PAYLOAD_MAX)
        return no_event(err);
    TRY(json_parse(text, arena, &root, err));
    ret->id = id_at(root, "id");
    ret->type = text_at(root, "type");
    ret->created_ms = time_at(root, "created");
    ret->livemode = flag_at(root, "livemode");
    const struct json *object = json_at(root, "data.object");
    if (!slice_has_prefix(ret->id, S("evt_")) || ret->type.len == 0 || ret->type.len > ID_MAX ||
        ret->created_ms == 0 || !object || object->kind != JSON_OBJECT)
        return no_event(err);
    classify(ret);
    ret->object_id = id_at(object, "id");
    ret->customer_id = ret->kind == BILLING_CUSTOMER ? ret->object_id : id_at(object, "customer");
    if (ret->kind == BILLING_SUBSCRIPTION)
        read_subscription(object, ret);
    else if (ret->kind == BILLING_CHECKOUT)
        read_session(object, ret);
    else if (ret->kind == BILLING_INVOICE)
        read_invoice(object, ret);
    return ST_OK;
}

status billing_subscription_read(const struct json *object, int64_t now_ms,
                                 struct billing_event *ret, struct error *err)
{
    *ret = (struct billing_event){.created_ms = now_ms, .livemode = flag_at(object, "livemode")};
    read_subscription(object, ret);
    if (!slice_eq(text_at(object, "object"), S("subscription")) || ret->subscription_id.len == 0 ||
        ret->status.len == 0)
        return error_set(err, ST_UPSTREAM,
                         "Stripe answered with something else than a "
                         "subscription");
    return ST_OK;
}

status billing_session_read(const struct json *object, int64_t now_ms, struct billing_event *ret,
                            struct error *err)
{
    *ret = (struct billing_event){.type = S("checkout.session.completed"),
                                  .created_ms = now_ms,
                                  .livemode = flag_at(object, "livemode")};
    read_session(object, ret);
    if (!slice_eq(text_at(object, "object"), S("checkout.session")) || ret->object_id.len == 0)
        return error_set(err, ST_UPSTREAM,
                         "Stripe answered with something else than a checkout "
                         "session");
    return ST_OK;
}

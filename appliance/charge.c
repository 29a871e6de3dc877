/* One analysis, billed by whoever computed it: the same rules for every endpoint. */
#include "charge.h"

#include "call.h"
#include "entitlement.h"
#include "events.h"
#include "plans.h"
#include "rate.h"

status charge_analysis(struct call *call, uint64_t *ret_month_used, struct error *err)
{
    const struct store_spend spend = {
        .user_id = call->user->id,
        .api_key_id = call->key ? call->key->id : 0,
        .endpoint = slice_of(call->route->path),
        .at_ms = entitlement_bill_time(call->app, call->now_ms),
        .count = 1,
        .limit = call->plan->analyses_per_month,
        .total = entitlement_analyses(call->app, call->now_ms),
    };
    status rc = store_analyses_add(call->txn, &spend, ret_month_used);
    if (rc == ST_QUOTA)
        return rate_refuse_quota(call, err);
    TRY(rc);
    return event_quota(call->app, call->txn,
                       &(struct quota_step){.user_id = call->user->id,
                                            .before = *ret_month_used - 1,
                                            .after = *ret_month_used,
                                            .limit = call->plan->analyses_per_month,
                                            .now_ms = call->now_ms});
}

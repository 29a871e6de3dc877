/* Writes audit records from what a call knows about itself. */
#include "audit.h"

#include "call.h"
#include "storage/storage.h"

#include <assert.h>

slice audit_object(struct call *call, const char *kind, uint64_t id)
{
    return arena_printf(&call->arena, "%s:%llu", kind, (unsigned long long)id);
}

status audit_note(struct call *call, const char *action, slice object, slice detail)
{
    assert(call->txn);
    const struct store_audit entry = {
        .at_ms = call->now_ms,
        .actor = call->actor_name.len ? call->actor_name : S("anonymous"),
        .action = slice_of(action),
        .object = object,
        .detail = detail,
        .address = call->client_address,
        .request_id = call->request_id,
    };
    return store_audit_add(call->txn, &entry);
}

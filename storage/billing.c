/* Subscriptions, the index of customers, events that were seen, and events that wait for a user. */
#include "storage/internal.h"

#include <assert.h>

struct key customer_key(const struct store_txn *txn, slice customer_id)
{
    struct crypt_hash hash;
    lookup_hash(txn->store, customer_id, &hash);
    return key_of_hash(&hash);
}

status store_subscription_get(struct store_txn *txn, uint64_t user_id, struct arena *arena,
                              struct store_subscription *ret)
{
    struct key key = key_of_u64(user_id);
    TRY(row_get(txn, TABLE_SUBSCRIPTION, &key, arena, ret));
    if (ret->user_id != user_id)
        return txn_fail(txn, ST_CORRUPT, "a subscription has another user's number");
    return ST_OK;
}

static status customer_move(struct store_txn *txn, slice was, slice now, uint64_t user_id)
{
    if (slice_eq(was, now))
        return txn->failed;
    if (was.len) {
        struct key key = customer_key(txn, was);
        TRY(row_del(txn, TABLE_CUSTOMER, &key));
    }
    if (now.len == 0)
        return txn->failed;
    struct key key = customer_key(txn, now);
    return row_add(txn, TABLE_CUSTOMER, &key, &(struct store_ref){.id = user_id});
}

status store_subscription_put(struct store_txn *txn, const struct store_subscription *row)
{
    struct store_subscription old = {0};
    uint64_t owner;
    struct key key = key_of_u64(row->user_id);
    assert(row->user_id > 0);
    if (store_customer_find(txn, row->customer_id, &owner) == ST_OK && owner != row->user_id)
        return ST_CONFLICT;
    status rc = row_get(txn, TABLE_SUBSCRIPTION, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(customer_move(txn, old.customer_id, row->customer_id, row->user_id));
    return row_put(txn, TABLE_SUBSCRIPTION, &key, row);
}

status subscription_remove(struct store_txn *txn, uint64_t user_id)
{
    struct store_subscription old;
    struct key key = key_of_u64(user_id);
    status rc = row_get(txn, TABLE_SUBSCRIPTION, &key, &txn->scratch, &old);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    if (rc != ST_OK)
        return rc;
    TRY(customer_move(txn, old.customer_id, (slice){0}, user_id));
    return row_del(txn, TABLE_SUBSCRIPTION, &key);
}

static status list_all(struct store_txn *txn, enum table_id table, struct store_page *page,
                       struct arena *arena, void **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {table, table, &none};
    return list_rows(txn, &list, page, arena, ret);
}

status store_subscription_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                               struct store_subscription **ret)
{
    return list_all(txn, TABLE_SUBSCRIPTION, page, arena, (void **)ret);
}

status store_customer_find(struct store_txn *txn, slice customer_id, uint64_t *ret_user_id)
{
    struct store_ref ref;
    if (customer_id.len == 0)
        return ST_NOT_FOUND;
    struct key key = customer_key(txn, customer_id);
    TRY(row_get(txn, TABLE_CUSTOMER, &key, &txn->scratch, &ref));
    *ret_user_id = ref.id;
    return ST_OK;
}

/* --- events ----------------------------------------------------------------------------------- */

static struct key event_key(slice id)
{
    struct key key = key_of_bytes(id);
    if (id.len == 0)
        key.overflow = true; /* nothing has an empty id */
    return key;
}

static status event_write(struct store_txn *txn, enum table_id table,
                          const struct store_billing_event *event)
{
    struct store_billing_event old = {0};
    struct key key = event_key(event->id);
    status rc = row_get(txn, table, &key, &txn->scratch, &old);
    if (rc != ST_OK && rc != ST_NOT_FOUND)
        return rc;
    TRY(due_move(txn, table, &key, old.expires_ms, event->expires_ms));
    return row_put(txn, table, &key, event);
}

static status event_remove(struct store_txn *txn, enum table_id table, slice id)
{
    struct store_billing_event old;
    struct key key = event_key(id);
    TRY(row_get(txn, table, &key, &txn->scratch, &old));
    TRY(due_move(txn, table, &key, old.expires_ms, 0));
    return row_del(txn, table, &key);
}

status event_expire(struct store_txn *txn, const struct key *key)
{
    return event_remove(txn, TABLE_EVENT, key_slice(key));
}

status orphan_expire(struct store_txn *txn, const struct key *key)
{
    return event_remove(txn, TABLE_ORPHAN, key_slice(key));
}

status store_event_add(struct store_txn *txn, const struct store_billing_event *event)
{
    struct key key = event_key(event->id);
    if (row_exists(txn, TABLE_EVENT, &key))
        return ST_CONFLICT;
    return event_write(txn, TABLE_EVENT, event);
}

status store_event_get(struct store_txn *txn, slice id, struct arena *arena,
                       struct store_billing_event *ret)
{
    struct key key = event_key(id);
    return row_get(txn, TABLE_EVENT, &key, arena, ret);
}

status store_event_put(struct store_txn *txn, const struct store_billing_event *event)
{
    return event_write(txn, TABLE_EVENT, event);
}

status store_event_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_billing_event **ret)
{
    return list_all(txn, TABLE_EVENT, page, arena, (void **)ret);
}

status store_orphan_put(struct store_txn *txn, const struct store_billing_event *event)
{
    return event_write(txn, TABLE_ORPHAN, event);
}

status store_orphan_del(struct store_txn *txn, slice id)
{
    return event_remove(txn, TABLE_ORPHAN, id);
}

status store_orphan_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                         struct store_billing_event **ret)
{
    return list_all(txn, TABLE_ORPHAN, page, arena, (void **)ret);
}

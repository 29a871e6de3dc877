/* Objects that a user owns; subscriptions and billing events; the audit chain.
 *
 * A part of storage.h, which says what holds for all of storage; include that. */
#ifndef STORAGE_OBJECTS_H
#define STORAGE_OBJECTS_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/records.h"

struct store_txn;
struct store_page;

/* --- owned objects ---------------------------------------------------------------------------- */

/* Records whose key is (user_id, id): another user's object cannot even be asked for. For each,
 *   store_X_add   must not exist (ST_CONFLICT); raises rev where the record has one
 *   store_X_put   replaces or creates; raises rev
 *   store_X_get   ST_NOT_FOUND
 *   store_X_del   ST_NOT_FOUND; a project takes its children along
 *   store_X_list  one page in order of ids, so in order of time; user_id 0 = all users */
#define STORE_OWNED(X)                                                                             \
    X(analysis)                                                                                    \
    X(project) X(round) X(verdict) X(deviation) X(review) X(dataset) X(hook) X(delivery)           \
        X(stripe_sub) X(invoice)
#define PROTOTYPES(name)                                                                           \
    status store_##name##_add(struct store_txn *txn, struct store_##name *row);                    \
    status store_##name##_put(struct store_txn *txn, struct store_##name *row);                    \
    status store_##name##_get(struct store_txn *txn, uint64_t user_id, slice id,                   \
                              struct arena *arena, struct store_##name *ret);                      \
    status store_##name##_del(struct store_txn *txn, uint64_t user_id, slice id);                  \
    status store_##name##_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,   \
                               struct arena *arena, struct store_##name **ret);
STORE_OWNED(PROTOTYPES)
#undef PROTOTYPES

/* For roles that may see other people's projects. */
status store_project_owner(struct store_txn *txn, slice id, uint64_t *ret_user_id);
/* Sum of size_bytes of all data sets. */
status store_dataset_bytes(struct store_txn *txn, uint64_t *ret);
/* Deliveries whose next_ms has come, oldest first, at most limit. */
status store_delivery_due(struct store_txn *txn, int64_t now_ms, size_t limit, struct arena *arena,
                          struct store_delivery **ret, size_t *ret_count);

/* --- billing ---------------------------------------------------------------------------------- */

status store_subscription_get(struct store_txn *txn, uint64_t user_id, struct arena *arena,
                              struct store_subscription *ret);
/* Keeps the index of customers in step. ST_CONFLICT when the customer belongs to another user. */
status store_subscription_put(struct store_txn *txn, const struct store_subscription *row);
status store_subscription_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                               struct store_subscription **ret);
status store_customer_find(struct store_txn *txn, slice customer_id, uint64_t *ret_user_id);

/* ST_CONFLICT when the event was seen: nothing is written then. The sweep drops events and orphans
 * at expires_ms. */
status store_event_add(struct store_txn *txn, const struct store_billing_event *event);
status store_event_get(struct store_txn *txn, slice id, struct arena *arena,
                       struct store_billing_event *ret);
status store_event_put(struct store_txn *txn, const struct store_billing_event *event);
status store_event_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_billing_event **ret);
/* Events that no user could be found for yet. */
status store_orphan_put(struct store_txn *txn, const struct store_billing_event *event);
status store_orphan_del(struct store_txn *txn, slice id);
status store_orphan_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                         struct store_billing_event **ret);

/* --- audit ------------------------------------------------------------------------------------ */

/* In the transaction of the change itself. Sets seq, prev_hash and hash of the stored copy. */
status store_audit_add(struct store_txn *txn, const struct store_audit *entry);
status store_audit_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                        struct store_audit **ret);
/* The newest entry's seq and hash; seq 0 when there is none. */
status store_audit_head(struct store_txn *txn, uint64_t *ret_seq, struct crypt_hash *ret_hash);
/* The hash that an entry must have: for verifiers of an exported log. */
void store_audit_hash(const struct store_audit *entry, struct crypt_hash *ret);
/* Every entry in order, oldest first. `each` returns false to stop; rows live for the call only. */
status store_audit_each(struct store_txn *txn, bool (*each)(void *arg, const struct store_audit *),
                        void *arg);
/* Walks the whole chain. ST_VERIFY with a sentence that names the first wrong entry. */
status store_audit_verify(struct store_txn *txn, uint64_t *ret_count, struct error *err);
status store_audit_mark_put(struct store_txn *txn, const struct store_audit_mark *mark);
status store_audit_mark_get(struct store_txn *txn, uint64_t seq, struct arena *arena,
                            struct store_audit_mark *ret); /* ST_NOT_FOUND */
status store_audit_mark_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                             struct store_audit_mark **ret);

#endif

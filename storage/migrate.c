/* The schema: stamped into a new store, brought up step by step in an old one, refused when newer.
 *
 * A step changes the meaning of stored records inside the transaction that opens the store, so a
 * crash leaves the old schema whole. steps[i] goes from schema i + 1 to i + 2. */
#include "storage/internal.h"

#include <assert.h>

typedef status migrate_step(struct store_txn *txn);

/* Schema 1 is the first. The NULL keeps the array from being empty. */
static migrate_step *const steps[] = {NULL};
_Static_assert(ARRAY_COUNT(steps) == STORE_SCHEMA, "one step per schema after the first");

status migrate_run(struct store_txn *txn, struct error *err)
{
    uint64_t schema;
    status rc = meta_get(txn, "schema", &schema);
    if (rc == ST_CORRUPT)
        return error_set(err, ST_CONFIG,
                         "the store in '%s' does not open with this master key, or its first "
                         "record is damaged",
                         txn->store->dir);
    if (rc == ST_OK && schema > STORE_SCHEMA)
        return error_set(err, ST_CONFIG,
                         "the store in '%s' has schema %llu, this program knows %d; use a newer "
                         "program or restore an older backup",
                         txn->store->dir, (unsigned long long)schema, STORE_SCHEMA);
    if (rc == ST_OK && schema == STORE_SCHEMA)
        return ST_OK;
    while (rc == ST_OK && schema > 0 && schema < STORE_SCHEMA)
        rc = steps[schema++](txn);
    if (rc == ST_OK)
        rc = meta_put(txn, "schema", STORE_SCHEMA);
    if (rc != ST_OK && err)
        *err = txn->err;
    return rc;
}

/* A reader and its snapshot, made and dropped together. */
#include "reading.h"

#include "app.h"
#include "call.h"

status reading_begin_app(const struct app *app, struct reading *ret, struct error *err)
{
    *ret = (struct reading){0};
    TRY(store_reader_create(app->store, &ret->reader, err));
    status rc = store_read_begin(ret->reader, &ret->txn, err);
    if (rc != ST_OK)
        store_reader_destroy(&ret->reader);
    return rc;
}

status reading_begin(const struct call *call, struct reading *ret, struct error *err)
{
    return reading_begin_app(call->app, ret, err);
}

status reading_end(struct reading *reading, struct error *err)
{
    status rc = ST_OK;
    if (reading->txn && store_txn_status(reading->txn) != ST_OK) {
        rc = store_txn_status(reading->txn);
        if (err)
            *err = *store_txn_error(reading->txn);
    }
    store_read_end(&reading->txn);
    store_reader_destroy(&reading->reader);
    return rc;
}

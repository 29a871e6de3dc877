/* A gate (lib/gate.h) with one blob, "hello", whose S3 service is a fake_http. */
#ifndef TESTS_LIB_REPLICA_GATE_H
#define TESTS_LIB_REPLICA_GATE_H

#include "blob.h"
#include "replica.h"

#include "lib/gate.h"
#include "lib/main.h"
#include "lib/s3_errand.h"

static struct error err;
static struct s3_errand errand;
static struct gate g;
static struct crypt_hash hash;

static inline status put_apply(struct store_txn *txn, void *arg, struct error *error)
{
    const struct store_blob row = {
        .sha256 = slice_make(hash.bytes, sizeof hash.bytes), .size_bytes = 5, .created_ms = T0_MS};
    (void)arg;
    (void)error;
    TRY(store_blob_put(txn, &row));
    return store_blob_ref(txn, &hash, 5, T0_MS);
}

static inline void start(const char *const *answers)
{
    s3_errand_open(&errand, answers);
    gate_open(&g);
    g.config.s3_endpoint = slice_of(errand.endpoint);
    g.config.s3_bucket = S("testb");
    g.config.s3_prefix = S("p");
    g.app.data_dir = g.t.dir;
    g.app.outbound = errand.out.outbound;
    ck_ok(blob_put(g.app.blobs, S("hello"), &hash, &err));
    ck_ok(store_apply(g.t.store, put_apply, NULL, &err));
}

static inline void end(void)
{
    gate_close(&g);
    s3_errand_close(&errand);
}

static inline const char *blob_file(void)
{
    static char path[256];
    char hex[2 * CRYPT_HASH_BYTES + 1];
    (void)crypt_hex(hex, hash.bytes, sizeof hash.bytes);
    (void)snprintf(path, sizeof path, "%s/blobs/%.2s/%.2s/%s", g.t.dir, hex, hex + 2, hex);
    return path;
}

/* One wrong byte on the disk. */
static inline void blob_damage(void)
{
    FILE *file = fopen(blob_file(), "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fputc('H', file), 'H');
    ck_assert_int_eq(fclose(file), 0);
}

#endif

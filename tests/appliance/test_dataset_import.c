/* dataset_import.c: all files of a bundle or none, and the policy for signatures. */
#include "dataset_import.h"

#include "base/file.h"

#include "lib/gate.h"
#include "lib/main.h"
#include "lib/pack_fixture.h"

#include <dirent.h>

static struct gate g;
static struct error err;
static struct arena arena;
static struct pack_key key;
static struct dataset_imported imported;

static void start(void)
{
    gate_open(&g);
    g.app.data_dir = g.t.dir;
    arena_init(&arena, 32 << 20);
}

static void end(void)
{
    arena_finish(&arena);
    gate_close(&g);
}

static enum status_code read_bundle(bool is_signed, bool require, bool dry_run)
{
    struct pack_input in;
    const struct dataset_import options = {
        .require_signature = require, .dry_run = dry_run, .now_ms = T0_MS, .name = S("")};
    int fd = fixture_pack(is_signed, &key);
    ck_ok(pack_input_fd(&fd, &in, &err));
    enum status_code rc = dataset_import_read(&g.app, &in, &options, &arena, &imported, &err);
    close(fd);
    return rc;
}

static void trust(void)
{
    char path[256], hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    int fd = fixture_pack(true, &key);
    close(fd);
    (void)snprintf(path, sizeof path, "%s/trusted_keys.d", g.t.dir);
    ck_ok(file_make_dirs(path, 0700, &err));
    (void)snprintf(path, sizeof path, "%s/trusted_keys.d/a.pub", g.t.dir);
    slice text = crypt_hex(hex, key.bytes, sizeof key.bytes);
    hex[text.len] = '\n';
    ck_ok(file_replace(path, slice_make(hex, text.len + 1), 0600, &err));
}

static status keep_apply(struct store_txn *txn, void *arg, struct error *error)
{
    const uint64_t *bytes_max = arg;
    return dataset_import_keep(txn, bytes_max ? *bytes_max : UINT64_MAX, &imported, error);
}

START_TEST(files_of_a_bundle_become_data_sets)
{
    struct dataset_want want = {.pick = ZENODO_LARGEST_CSV};
    struct dataset_got got;
    struct crypt_hash hash;
    slice bytes;
    start();
    ck_ok(read_bundle(false, false, false));
    ck_assert_uint_gt(imported.warning.len, 0); /* policy warn */
    ck_ok(store_apply(g.t.store, keep_apply, NULL, &err));
    ck_ok(store_apply(g.t.store, keep_apply, NULL, &err)); /* idempotent */
    ck_ok(source_parse(S("zenodo://1002"), NULL, &want.source, &err));
    ck_ok(dataset_find(temp_read(&g.t), &want, &arena, &got, &err));
    store_read_end(&g.t.r);
    ck_slice(got.row.file_key, "a.csv");
    ck_slice(got.row.origin, "bundle");
    ck_slice(got.record.title, "Loopback evaluation set");
    memcpy(hash.bytes, got.row.sha256.ptr, sizeof hash.bytes);
    ck_ok(blob_read(g.app.blobs, &hash, 100, &arena, &bytes, &err));
    ck_slice(bytes, "hello");
    end();
}
END_TEST

START_TEST(a_bundle_beyond_the_total_is_not_kept)
{
    uint64_t bytes, bytes_max = 4;
    start();
    ck_ok(read_bundle(false, false, false));
    ck_status(store_apply(g.t.store, keep_apply, &bytes_max, &err), ST_FULL);
    ck_assert_str_eq(err.code, "datasets_full");
    ck_status(store_dataset_bytes(temp_read(&g.t), &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 0);
    store_read_end(&g.t.r);
    end();
}
END_TEST

START_TEST(the_policy_decides_about_signatures)
{
    start();
    ck_status(read_bundle(false, true, false), ST_FORBIDDEN);
    ck_assert_str_eq(err.code, "signature_required");
    ck_status(read_bundle(true, true, false), ST_FORBIDDEN); /* a key that nobody trusts */
    trust();
    ck_ok(read_bundle(true, true, false));
    ck_assert(imported.is_trusted);
    ck_assert(imported.rows[0].is_signed);
    g.config.datasets_signature = S("require");
    ck_status(read_bundle(false, false, false), ST_FORBIDDEN);
    g.config.datasets_signature = S("off");
    ck_ok(read_bundle(false, false, false));
    ck_assert(!imported.is_trusted);
    end();
}
END_TEST

START_TEST(a_dry_run_writes_nothing)
{
    char path[256];
    size_t count = 0;
    start();
    ck_ok(read_bundle(false, false, true));
    ck_assert_uint_eq(imported.pack.file_count, 2);
    (void)snprintf(path, sizeof path, "%s/blobs", g.t.dir);
    DIR *dir = opendir(path);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    ck_assert_uint_eq(count, 0);
    end();
}
END_TEST

START_TEST(a_bundle_can_come_in_parts)
{
    enum { PART = 700 };
    char bytes[65536];
    struct crypt_hash hashes[64];
    struct dataset_parts parts;
    struct pack_input in;
    const struct dataset_import options = {.now_ms = T0_MS, .name = S("other")};
    size_t count = 0;
    start();
    int fd = fixture_pack(true, &key);
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    close(fd);
    for (ssize_t at = 0; at < n; at += PART)
        ck_ok(blob_put(g.app.blobs, slice_make(bytes + at, (size_t)(n - at < PART ? n - at : PART)),
                       &hashes[count++], &err));
    ck_ok(dataset_parts_open(g.app.blobs, hashes, count, &arena, &parts, &in, &err));
    ck_assert_uint_eq(in.bytes, (uint64_t)n);
    ck_ok(dataset_import_read(&g.app, &in, &options, &arena, &imported, &err));
    ck_slice(imported.rows[1].file_key, "b/c.csv");
    dataset_parts_close(&parts);
    hashes[1].bytes[0] ^= 1; /* a part that is not there */
    ck_status(dataset_parts_open(g.app.blobs, hashes, count, &arena, &parts, &in, &err),
              ST_CORRUPT);
    dataset_parts_close(&parts);
    end();
}
END_TEST

TEST_MAIN("dataset_import", a_bundle_beyond_the_total_is_not_kept,
          files_of_a_bundle_become_data_sets, the_policy_decides_about_signatures,
          a_dry_run_writes_nothing, a_bundle_can_come_in_parts)

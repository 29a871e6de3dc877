/* dataset_fetch.c: what zenodo.mode allows, and that failures leave nothing. */
#include "dataset.h"

#include "lib/gate.h"
#include "lib/main.h"
#include "lib/zenodo_errand.h"

#include <dirent.h>

static struct gate g;
static struct errand errand;
static struct error err;
static struct arena arena;
static struct dataset_got got;

#define OK "HTTP/1.1 200 OK\r\n"
static char record[2048];

/* One file "a.csv" of 5 bytes; `md5` of "hello" unless said otherwise. */
static const char *record_answer(int port, const char *md5)
{
    (void)snprintf(
        record, sizeof record,
        OK "ETag: \"1\"\r\n\r\n{\"id\":7,\"metadata\":{\"title\":\"T\"},\"files\":[{\"key\":"
           "\"a.csv\",\"size\":5,\"checksum\":\"md5:%s\",\"links\":{\"self\":"
           "\"http://127.0.0.1:%d/f/content\"}}]}",
        md5, port);
    return record;
}
#define HELLO_MD5 "5d41402abc4b2a76b9719d911017c592"
#define HELLO     OK "Content-Length: 5\r\n\r\nhello"

static void start(const char *md5, const char *second, const char *third)
{
    errand_open(&errand, (const char *[]){NULL});
    fake_http_stop(&errand.fake); /* the record names the port: it is written when that is known */
    fake_http_start_at(&errand.fake, errand.fake.port,
                       (const char *[]){record_answer(errand.fake.port, md5), second, third, NULL});
    (void)snprintf(errand.base, sizeof errand.base, "http://127.0.0.1:%d", errand.fake.port);
    gate_open(&g);
    g.config.zenodo_base_url = slice_of(errand.base);
    g.config.zenodo_file_mib = 1;
    g.config.datasets_total_mib = 1;
    errand.out.config.zenodo_base_url = slice_of(errand.base);
    g.app.outbound = errand.out.outbound;
    arena_init(&arena, 32 << 20);
}

static void end(void)
{
    arena_finish(&arena);
    gate_close(&g);
    errand_close(&errand);
}

static enum status_code obtain(const char *text)
{
    struct dataset_want want = {.pick = ZENODO_LARGEST_CSV, .patience_ms = 1};
    ck_ok(source_parse(slice_of(text), NULL, &want.source, &err));
    error_clear(&err);
    return dataset_obtain(&g.app, &want, T0_MS, &arena, &got, &err);
}

static status keep_apply(struct store_txn *txn, void *arg, struct error *error)
{
    (void)arg;
    return dataset_keep(txn, UINT64_MAX, &got, error);
}

static size_t spool_count(void)
{
    char path[256];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/spool", g.t.dir);
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

START_TEST(a_file_is_fetched_once)
{
    struct crypt_hash hash;
    slice bytes;
    start(HELLO_MD5, HELLO, "HTTP/1.1 304 Same\r\n\r\n");
    ck_ok(obtain("zenodo://7"));
    ck_assert(got.is_new);
    ck_slice(got.row.origin, "online");
    ck_slice(got.row.name, "zenodo-7");
    ck_slice(got.row.md5, HELLO_MD5);
    memcpy(hash.bytes, got.row.sha256.ptr, sizeof hash.bytes);
    ck_ok(blob_read(g.app.blobs, &hash, 100, &arena, &bytes, &err));
    ck_slice(bytes, "hello");
    ck_ok(store_apply(g.t.store, keep_apply, NULL, &err));
    ck_ok(obtain("zenodo://7")); /* asks for the record alone: third answer */
    ck_assert(got.asked);
    ck_ok(store_apply(g.t.store, keep_apply, NULL, &err));
    ck_assert_int_eq(errand.fake.connections, 3);
    g.config.zenodo_mode = S("cache-first");
    ck_ok(obtain("zenodo://7"));
    g.config.zenodo_mode = S("offline");
    ck_ok(obtain("zenodo://7/a.csv"));
    ck_ok(obtain("dataset:zenodo-7"));
    ck_assert(!got.asked);
    ck_assert_int_eq(errand.fake.connections, 3);
    ck_assert_uint_eq(spool_count(), 0);
    end();
}
END_TEST

START_TEST(offline_asks_nobody)
{
    start(HELLO_MD5, NULL, NULL);
    g.config.zenodo_mode = S("offline");
    ck_status(obtain("zenodo://7"), ST_CONFLICT);
    ck_assert_str_eq(err.code, "dataset_not_available_offline");
    ck_status(obtain("dataset:x"), ST_NOT_FOUND);
    g.config.zenodo_mode = S("online");
    g.app.outbound = NULL; /* air-gapped */
    ck_status(obtain("zenodo://7"), ST_CONFLICT);
    ck_assert_int_eq(errand.fake.connections, 0);
    end();
}
END_TEST

START_TEST(a_wrong_sum_leaves_nothing)
{
    start("00000000000000000000000000000000", HELLO, NULL);
    ck_status(obtain("zenodo://7"), ST_VERIFY);
    ck_assert(!got.is_new);
    ck_assert_uint_eq(spool_count(), 0);
    end();
}
END_TEST

START_TEST(a_file_that_is_not_there_is_said_so)
{
    start(HELLO_MD5, NULL, NULL);
    ck_status(obtain("zenodo://7/b.csv"), ST_NOT_FOUND);
    ck_assert_str_eq(err.code, "dataset_file_not_found");
    end();
}
END_TEST

START_TEST(nothing_is_downloaded_beyond_the_total)
{
    start(HELLO_MD5, HELLO, NULL);
    g.config.datasets_total_mib = 0;
    ck_status(obtain("zenodo://7"), ST_FULL);
    ck_assert_str_eq(err.code, "datasets_full");
    ck_assert_int_eq(errand.fake.connections, 1); /* for the record alone */
    ck_assert_uint_eq(spool_count(), 0);
    end();
}
END_TEST

TEST_MAIN("dataset_fetch", nothing_is_downloaded_beyond_the_total, a_file_is_fetched_once,
          offline_asks_nobody, a_wrong_sum_leaves_nothing, a_file_that_is_not_there_is_said_so)

/* replica_heal.c: only the right bytes get the name of a blob. */
#include "lib/replica_gate.h"

#include <unistd.h>

#define GET_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define GET_OTHER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellp"
#define GET_NONE  "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"

static void blob_is(const char *text)
{
    struct arena arena;
    slice bytes;
    arena_init(&arena, 4096);
    ck_ok(blob_read(g.app.blobs, &hash, 100, &arena, &bytes, &err));
    ck_slice(bytes, text);
    arena_finish(&arena);
}

START_TEST(a_damaged_and_a_missing_blob_come_back)
{
    start((const char *[]){GET_HELLO, GET_HELLO, NULL});
    blob_damage();
    ck_status(blob_verify(g.app.blobs, &hash, &err), ST_CORRUPT);
    ck_ok(replica_heal(&g.app, &hash, NULL, &err));
    blob_is("hello");
    ck_assert_int_eq(unlink(blob_file()), 0);
    ck_ok(replica_heal(&g.app, &hash, NULL, &err));
    blob_is("hello");
    end();
}
END_TEST

START_TEST(a_copy_that_is_no_better_changes_nothing)
{
    struct crypt_hash unknown;
    start((const char *[]){GET_OTHER, GET_NONE, NULL});
    ck_status(replica_heal(&g.app, &hash, NULL, &err), ST_VERIFY);
    blob_is("hello");
    ck_status(replica_heal(&g.app, &hash, NULL, &err), ST_NOT_FOUND);
    crypt_sha256(&unknown, S("nobody's"));
    ck_status(replica_heal(&g.app, &unknown, NULL, &err), ST_NOT_FOUND);
    ck_assert_int_eq(errand.fake.connections, 2); /* nobody is asked for what no row knows */
    blob_is("hello");
    g.config.s3_endpoint = S("");
    ck_status(replica_heal(&g.app, &hash, NULL, &err), ST_DISABLED);
    end();
}
END_TEST

START_TEST(what_readers_find_is_remembered_once)
{
    struct crypt_hash found;
    start((const char *[]){NULL});
    ck_assert(!blobs_sick_take(g.app.blobs, &found));
    blob_damage();
    ck_status(blob_verify(g.app.blobs, &hash, &err), ST_CORRUPT);
    ck_status(blob_verify(g.app.blobs, &hash, &err), ST_CORRUPT);
    ck_assert(blobs_sick_take(g.app.blobs, &found));
    ck_assert_mem_eq(found.bytes, hash.bytes, sizeof hash.bytes);
    ck_assert(!blobs_sick_take(g.app.blobs, &found));
    end();
}
END_TEST

TEST_MAIN("replica_heal", a_damaged_and_a_missing_blob_come_back,
          a_copy_that_is_no_better_changes_nothing, what_readers_find_is_remembered_once)

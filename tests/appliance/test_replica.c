/* replica.c: marked only when S3 has it, never from damaged bytes. */
#include "replica.h"

#include "lib/replica_gate.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static uint64_t pending(void)
{
    struct replica_counts counts;
    ck_ok(replica_count(&g.app, &counts, &err));
    ck_assert_uint_eq(counts.blobs, 1);
    return counts.pending;
}

START_TEST(a_copy_is_marked_when_it_is_there)
{
    struct replica_step step = {.max = 8};
    start((const char *[]){"HTTP/1.1 403 No\r\n\r\n", OK, NULL});
    ck_assert_uint_eq(pending(), 1);
    ck_status(replica_step(&g.app, &step, &err), ST_CONFIG);
    ck_assert_uint_eq(pending(), 1);
    step = (struct replica_step){.max = 8};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.sent, 1);
    ck_assert_uint_eq(pending(), 0);
    step = (struct replica_step){.max = 8};
    ck_ok(replica_step(&g.app, &step, &err)); /* nothing to do: nobody is asked */
    ck_assert_int_eq(errand.fake.connections, 2);
    end();
}
END_TEST

START_TEST(a_flipped_bit_in_the_store_is_found_and_mended)
{
    struct replica_step step = {.max = 8};
    start((const char *[]){OK, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellp", OK,
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", NULL});
    ck_ok(replica_step(&g.app, &step, &err));
    step = (struct replica_step){.max = 8, .verify = true};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.repaired, 1);
    ck_assert_uint_eq(step.verified, 0);
    step = (struct replica_step){.max = 8, .verify = true};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.verified, 1);
    end();
}
END_TEST

START_TEST(damaged_bytes_are_not_copied)
{
    struct replica_step step = {.max = 8};
    start((const char *[]){NULL});
    blob_damage();
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.unreadable, 1);
    ck_assert_uint_eq(pending(), 1);
    ck_assert_int_eq(errand.fake.connections, 0);
    end();
}
END_TEST

START_TEST(a_damaged_blob_here_is_fetched_back)
{
    struct replica_step step = {.max = 8};
    start((const char *[]){OK, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                           "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", NULL});
    ck_ok(replica_step(&g.app, &step, &err));
    blob_damage();
    step = (struct replica_step){.max = 8, .verify = true};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.restored, 1);
    ck_assert_uint_eq(step.unreadable, 0);
    ck_ok(blob_verify(g.app.blobs, &hash, &err));
    blob_damage(); /* and now the copy is gone, too */
    step = (struct replica_step){.max = 8, .verify = true};
    ck_ok(replica_step(&g.app, &step, &err));
    ck_assert_uint_eq(step.restored, 0);
    ck_assert_uint_eq(step.unreadable, 1);
    end();
}
END_TEST

START_TEST(garbage_is_what_is_named_like_ours_and_unknown)
{
    static char list[2048];
    char mine[2 * CRYPT_HASH_BYTES + 1], other[2 * CRYPT_HASH_BYTES + 1];
    struct replica_gc gc = {0};
    struct crypt_hash unknown;
    crypt_sha256(&hash, S("hello"));
    crypt_sha256(&unknown, S("nobody's"));
    (void)crypt_hex(mine, hash.bytes, sizeof hash.bytes);
    (void)crypt_hex(other, unknown.bytes, sizeof unknown.bytes);
    (void)snprintf(list, sizeof list,
                   "HTTP/1.1 200 OK\r\n\r\n<L>"
                   "<Contents><Key>p/%.2s/%s</Key><Size>5</Size></Contents>"
                   "<Contents><Key>p/%.2s/%s</Key><Size>5</Size></Contents>"
                   "<Contents><Key>q/%.2s/%s</Key><Size>5</Size></Contents>"
                   "<Contents><Key>p/backups/x</Key><Size>5</Size></Contents></L>",
                   mine, mine, other, other, other, other);
    start((const char *[]){list, "HTTP/1.1 204 No\r\n\r\n", NULL});
    ck_ok(replica_gc(&g.app, &gc, &err));
    ck_assert_uint_eq(gc.objects, 4);
    ck_assert_uint_eq(gc.deleted, 1);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[1], other));
    ck_assert_int_eq(errand.fake.connections, 2);
    end();
}
END_TEST

START_TEST(without_s3_there_is_nothing_to_do)
{
    struct replica_step step = {.max = 8};
    start((const char *[]){NULL});
    g.config.s3_endpoint = S("");
    ck_status(replica_step(&g.app, &step, &err), ST_DISABLED);
    ck_assert_str_eq(err.code, "s3_off");
    end();
}
END_TEST

TEST_MAIN("replica", a_copy_is_marked_when_it_is_there,
          a_flipped_bit_in_the_store_is_found_and_mended, damaged_bytes_are_not_copied,
          a_damaged_blob_here_is_fetched_back, garbage_is_what_is_named_like_ours_and_unknown,
          without_s3_there_is_nothing_to_do)

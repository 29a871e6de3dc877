/* replica_prune.c: the rule of the local directory holds for the copies, and for nothing else. */
#include "lib/replica_gate.h"

#include "base/file.h"

#define ROW(name) "<Contents><Key>p/backups/" name "</Key><Size>5</Size></Contents>"
#define DELETED   "HTTP/1.1 204 No\r\n\r\n"

START_TEST(what_is_not_kept_goes_and_the_rest_stays)
{
    uint64_t removed;
    char path[256];
    start((const char *[]){
        "HTTP/1.1 200 OK\r\n\r\n<L>" /* one a day is kept, of two days */
        ROW("before-schema-2-txn-7.backup") ROW("other.txt")
            ROW("sleuth-20261101T030000.000Z.backup") ROW("sleuth-20261102T030000.000Z.backup")
                ROW("sleuth-20261103T030000.000Z.backup") ROW("sleuth-20261104T030000.000Z.backup")
                    ROW("sleuth-20261104T040000.123Z.backup") "</L>",
        DELETED, DELETED, NULL});
    g.config.backup_keep_daily = 2;
    g.config.backup_keep_weekly = g.config.backup_keep_monthly = 0;
    (void)snprintf(path, sizeof path, "%s/backups", g.t.dir);
    ck_ok(file_make_dirs(path, 0700, &err));
    (void)snprintf(path, sizeof path, "%s/backups/sleuth-20261102T030000.000Z.backup", g.t.dir);
    ck_ok(file_replace(path, S("still here"), 0600, &err));
    ck_ok(replica_prune(&g.app, NULL, &removed, &err));
    ck_assert_uint_eq(removed, 2);
    ck_assert_int_eq(errand.fake.connections, 3);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "prefix=p%2Fbackups%2F"));
    ck_assert_ptr_nonnull(
        strstr(errand.fake.requests[1], "DELETE /testb/p/backups/sleuth-20261104T030000.000Z"));
    ck_assert_ptr_nonnull(
        strstr(errand.fake.requests[2], "DELETE /testb/p/backups/sleuth-20261101T030000.000Z"));
    end();
}
END_TEST

START_TEST(without_s3_nothing_happens)
{
    uint64_t removed = 1;
    start((const char *[]){NULL});
    g.config.s3_endpoint = S("");
    ck_ok(replica_prune(&g.app, NULL, &removed, &err));
    ck_assert_uint_eq(removed, 0);
    ck_assert_int_eq(errand.fake.connections, 0);
    end();
}
END_TEST

TEST_MAIN("replica_prune", what_is_not_kept_goes_and_the_rest_stays, without_s3_nothing_happens)

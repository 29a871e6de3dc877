/* zenodo.c: records with their tags, files with their sums. */
#include "zenodo.h"

#include "lib/main.h"
#include "lib/zenodo_errand.h"
#include "lib/zenodo_sample.h"

static struct error err;
static struct errand errand;
static char taken[64];
static unsigned restarts;

static status restart(void *arg, struct error *error)
{
    (void)error;
    restarts++;
    *(size_t *)arg = 0;
    return ST_OK;
}

static status take(void *arg, slice bytes, struct error *error)
{
    (void)error;
    memcpy(taken + *(size_t *)arg, bytes.ptr, bytes.len);
    *(size_t *)arg += bytes.len;
    return ST_OK;
}

/* "hello", whose MD5 is 5d41402abc4b2a76b9719d911017c592. */
static enum status_code get(const char *const *answers, struct zenodo_file file,
                            struct zenodo_sums *sums)
{
    static char url[128];
    static size_t len;
    const struct zenodo_sink sink = {restart, take, &len};
    restarts = 0;
    errand_open(&errand, answers);
    (void)snprintf(url, sizeof url, "%s/f/content", errand.base);
    file.key = S("f");
    file.url = slice_of(url);
    memset(taken, 0, sizeof taken);
    error_clear(&err);
    enum status_code rc = zenodo_get_file(&errand.zenodo, &file, &sink, sums, &err);
    return rc;
}

static const struct zenodo_file hello = {.size = 5,
                                         .md5 = SLICE_INIT("5d41402abc4b2a76b9719d911017c592")};
#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define CUT   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"

START_TEST(a_file_is_compared_while_it_comes_in)
{
    struct zenodo_sums sums;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    ck_ok(get((const char *[]){HELLO, NULL}, hello, &sums));
    ck_assert_str_eq(taken, "hello");
    ck_assert_uint_eq(sums.bytes, 5);
    ck_slice(crypt_hex(hex, sums.sha256.bytes, CRYPT_HASH_BYTES),
             "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    errand_close(&errand);
    struct zenodo_file other = hello;
    other.md5 = S("00000000000000000000000000000000");
    ck_status(get((const char *[]){HELLO, NULL}, other, &sums), ST_VERIFY);
    ck_assert_str_eq(err.code, "checksum_mismatch");
    errand_close(&errand);
    other.md5 = S(""); /* none is published: ours has to do */
    ck_ok(get((const char *[]){HELLO, NULL}, other, &sums));
    errand_close(&errand);
}
END_TEST

START_TEST(a_cut_file_goes_on_where_it_was)
{
    struct zenodo_sums sums;
    ck_ok(get((const char *[]){CUT,
                               "HTTP/1.1 206 Part\r\nContent-Range: bytes 2-4/5\r\n"
                               "Content-Length: 3\r\n\r\nllo",
                               NULL},
              hello, &sums));
    ck_assert_str_eq(taken, "hello");
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[1], "\r\nRange: bytes=2-\r\n"));
    errand_close(&errand);
    ck_ok(get((const char *[]){CUT, HELLO, NULL}, hello, &sums)); /* a server without ranges */
    ck_assert_str_eq(taken, "hello");
    ck_assert_uint_eq(restarts, 3); /* before each 200, and at the start */
    errand_close(&errand);
    ck_status(get((const char *[]){CUT,
                                   "HTTP/1.1 206 Part\r\nContent-Range: bytes 1-4/5\r\n"
                                   "Content-Length: 4\r\n\r\nello",
                                   NULL},
                  hello, &sums),
              ST_UPSTREAM);
    errand_close(&errand);
}
END_TEST

START_TEST(sizes_are_held)
{
    struct zenodo_sums sums;
    struct zenodo_file file = hello;
    file.size = 4;
    ck_status(get((const char *[]){HELLO, NULL}, file, &sums), ST_VERIFY);
    errand_close(&errand);
    file.size = (1 << 20) + 1;
    ck_status(get((const char *[]){NULL}, file, &sums), ST_TOO_LARGE);
    ck_assert_str_eq(err.code, "dataset_too_large");
    ck_assert_int_eq(errand.fake.connections, 0);
    errand_close(&errand);
}
END_TEST

START_TEST(records_come_with_their_tag)
{
    struct zenodo_answer answer;
    errand_open(&errand,
                (const char *[]){"HTTP/1.1 200 OK\r\nETag: \"4\"\r\n"
                                 "Content-Length: 2\r\n\r\n{}",
                                 "HTTP/1.1 304 Same\r\n\r\n", "HTTP/1.1 304 Same\r\n\r\n", NULL});
    ck_ok(zenodo_get(&errand.zenodo, S("12"), S(""), &errand.out.arena, &answer, &err));
    ck_slice(answer.etag, "\"4\"");
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "GET /api/records/12 "));
    ck_ok(zenodo_get(&errand.zenodo, S("12"), answer.etag, &errand.out.arena, &answer, &err));
    ck_assert(answer.not_modified);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[1], "If-None-Match: \"4\""));
    ck_status(zenodo_get(&errand.zenodo, S("12"), S(""), &errand.out.arena, &answer, &err),
              ST_UPSTREAM); /* 304 to a question that named no tag */
    errand_close(&errand);
}
END_TEST

START_TEST(versions_and_lists_of_files_are_asked_for)
{
    static char list[4096], url[128];
    struct zenodo_record record = {.id = S("1003")};
    slice id;
    (void)snprintf(list, sizeof list,
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"hits\":{\"hits\":[%s]}}",
                   strlen(SAMPLE_RDM) + 20, SAMPLE_RDM);
    errand_open(&errand,
                (const char *[]){list,
                                 "HTTP/1.1 200 OK\r\n\r\n"
                                 "{\"entries\":[{\"key\":\"a.csv\",\"size\":3,\"x\":\"abc\"}]}",
                                 NULL});
    ck_ok(zenodo_get_version(&errand.zenodo, S("1001"), S("v2"), &errand.out.arena, &id, &err));
    ck_slice(id, "1003");
    ck_status(zenodo_get_files(&errand.zenodo, &record, &errand.out.arena, &err), ST_UPSTREAM);
    (void)snprintf(url, sizeof url, "%s/files", errand.base);
    record.files_url = slice_of(url);
    ck_ok(zenodo_get_files(&errand.zenodo, &record, &errand.out.arena, &err));
    ck_assert_uint_eq(record.file_count, 1);
    errand_close(&errand);
}
END_TEST

TEST_MAIN("zenodo", a_file_is_compared_while_it_comes_in, a_cut_file_goes_on_where_it_was,
          sizes_are_held, records_come_with_their_tag, versions_and_lists_of_files_are_asked_for)

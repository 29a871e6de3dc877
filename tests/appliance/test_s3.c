/* s3.c: operations as they go over the wire, and that damaged objects are found. */
#include "s3.h"

#include "lib/main.h"
#include "lib/s3_errand.h"

#include <fcntl.h>

static struct error err;
static struct s3_errand errand;

#define OK "HTTP/1.1 200 OK\r\n"

START_TEST(objects_are_named_by_their_hash)
{
    struct config config = {.s3_prefix = S("p")};
    struct crypt_hash hash;
    char key[S3_KEY_MAX];
    crypt_sha256(&hash, S("hello"));
    ck_slice(s3_blob_key(&config, &hash, key),
             "p/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    config.s3_prefix = S("");
    ck_assert(slice_has_prefix(s3_blob_key(&config, &hash, key), S("2c/2c")));
}
END_TEST

START_TEST(a_damaged_object_is_found)
{
    struct crypt_hash hash;
    uint64_t bytes;
    crypt_sha256(&hash, S("hello"));
    s3_errand_open(&errand, (const char *[]){OK "Content-Length: 5\r\n\r\nhello",
                                             OK "Content-Length: 5\r\n\r\nhellp",
                                             OK "Content-Length: 900\r\n\r\n", NULL});
    ck_ok(s3_get(&errand.s3, S("k"), &hash, 100, -1, &bytes, &err));
    ck_assert_uint_eq(bytes, 5);
    ck_status(s3_get(&errand.s3, S("k"), &hash, 100, -1, &bytes, &err), ST_VERIFY);
    ck_status(s3_get(&errand.s3, S("k"), &hash, 100, -1, &bytes, &err), ST_TOO_LARGE);
    s3_errand_close(&errand);
}
END_TEST

START_TEST(a_file_is_put_with_its_hash)
{
    struct crypt_hash hash;
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, "hello", 5), 5);
    crypt_sha256(&hash, S("hello"));
    s3_errand_open(&errand, (const char *[]){OK "ETag: \"x\"\r\nContent-Length: 0\r\n\r\n", NULL});
    ck_ok(s3_put_file(&errand.s3, S("k"), fd, 5, &hash, &err));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "PUT /testb/k "));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "x-amz-content-sha256: 2cf24dba5f"));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "\r\n\r\nhello"));
    s3_errand_close(&errand);
    close(fd);
}
END_TEST

START_TEST(an_upload_that_fails_is_aborted)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, "hello", 5), 5);
    s3_errand_open(&errand, (const char *[]){OK "\r\n<r><UploadId>u1</UploadId></r>",
                                             OK "ETag: \"t1\"\r\nContent-Length: 0\r\n\r\n",
                                             OK "\r\n<Error><Code>InvalidPart</Code></Error>",
                                             "HTTP/1.1 204 No\r\n\r\n", NULL});
    ck_status(s3_put_large(&errand.s3, S("k"), fd, 5, &err), ST_UPSTREAM);
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[0], "POST /testb/k?uploads= "));
    ck_assert_ptr_nonnull(
        strstr(errand.fake.requests[1], "PUT /testb/k?partNumber=1&uploadId=u1 "));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[2], "<ETag>&quot;t1&quot;</ETag>"));
    ck_assert_ptr_nonnull(strstr(errand.fake.requests[3], "DELETE /testb/k?uploadId=u1 "));
    s3_errand_close(&errand);
    close(fd);
}
END_TEST

START_TEST(lists_are_read_page_by_page)
{
    struct s3_object *objects;
    size_t count;
    slice token = S("");
    s3_errand_open(
        &errand,
        (const char *[]){OK "\r\n<L><IsTruncated>true</IsTruncated><NextContinuationToken>t=1"
                            "</NextContinuationToken><Contents><Key>a&amp;b</Key><Size>5</Size>"
                            "</Contents></L>",
                         OK "\r\n<L><Contents><Key>c</Key><Size>0</Size></Contents></L>",
                         OK "\r\n<L><Contents><Size>0</Size></Contents></L>", NULL});
    ck_ok(s3_list(&errand.s3, S("p/"), &token, &errand.out.arena, &objects, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_slice(objects[0].key, "a&b");
    ck_assert_uint_eq(objects[0].bytes, 5);
    ck_slice(token, "t=1");
    ck_ok(s3_list(&errand.s3, S("p/"), &token, &errand.out.arena, &objects, &count, &err));
    ck_assert_ptr_nonnull(
        strstr(errand.fake.requests[1],
               "?continuation-token=t%3D1&list-type=2&max-keys=1000&prefix=p%2F "));
    ck_slice(token, "");
    ck_status(s3_list(&errand.s3, S("p/"), &token, &errand.out.arena, &objects, &count, &err),
              ST_UPSTREAM);
    s3_errand_close(&errand);
}
END_TEST

START_TEST(head_delete_and_check)
{
    uint64_t bytes;
    int64_t skew_s;
    s3_errand_open(&errand,
                   (const char *[]){OK "Content-Length: 77\r\n\r\n", "HTTP/1.1 404 No\r\n\r\n",
                                    "HTTP/1.1 404 No\r\n\r\n",
                                    OK "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\n\r\n", NULL});
    ck_ok(s3_head(&errand.s3, S("k"), &bytes, &err));
    ck_assert_uint_eq(bytes, 77);
    ck_status(s3_head(&errand.s3, S("k"), &bytes, &err), ST_NOT_FOUND);
    ck_ok(s3_delete(&errand.s3, S("k"), &err));
    ck_ok(s3_check(&errand.s3, &skew_s, &err));
    ck_assert_int_gt(skew_s, 86400);
    s3_errand_close(&errand);
}
END_TEST

START_TEST(without_an_endpoint_it_is_off)
{
    s3_errand_open(&errand, (const char *[]){NULL});
    ck_assert(s3_is_on(&errand.s3));
    errand.out.config.outbound_mode = S("airgap");
    ck_assert(!s3_is_on(&errand.s3));
    errand.out.config.outbound_mode = S("online");
    errand.out.config.s3_endpoint = S("");
    ck_assert(!s3_is_on(&errand.s3));
    s3_errand_close(&errand);
}
END_TEST

TEST_MAIN("s3", objects_are_named_by_their_hash, a_damaged_object_is_found,
          a_file_is_put_with_its_hash, an_upload_that_fails_is_aborted, lists_are_read_page_by_page,
          head_delete_and_check, without_an_endpoint_it_is_off)

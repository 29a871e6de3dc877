/* A small bundle in a temporary file: "a.csv" = hello, "b/c.csv" = x; signed or not. */
#ifndef TESTS_LIB_PACK_FIXTURE_H
#define TESTS_LIB_PACK_FIXTURE_H

#include "lib/zenodo_sample.h"
#include "pack.h"

#include <fcntl.h>
#include <unistd.h>

static const unsigned char fixture_seed[CRYPT_SIGN_SEED_BYTES] = {7, 7, 7};

static inline int fixture_file(void)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static inline int fixture_pack(bool is_signed, struct pack_key *ret_key)
{
    struct error error = {0};
    struct pack_file files[] = {{.key = S("a.csv"), .bytes = 5}, {.key = S("b/c.csv"), .bytes = 1}};
    struct pack pack = {.created = S("2026-01-01T00:00:00Z"),
                        .retrieved_at = S("2026-01-01T00:00:00Z"),
                        .tool = S("test"),
                        .title = S("T"),
                        .license = S("cc0"),
                        .base_url = S("https://z"),
                        .record_id = S("1002"),
                        .doi = S("10.5072/zenodo.1002"),
                        .concept_doi = S("10.5072/zenodo.1001"),
                        .version = S("v1"),
                        .etag = S("\"4\""),
                        .record = S(SAMPLE_LEGACY),
                        .files = files,
                        .file_count = 2};
    struct pack_writer writer;
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    int fd = fixture_file();
    crypt_sign_keypair(ret_key->bytes, secret, fixture_seed);
    ck_assert_int_eq(pack_write_begin(&writer, fd, &pack, &error), ST_OK);
    pack_write_file(&writer, 0);
    ck_assert_int_eq(pack_write_take(&writer, S("wrong"), &error), ST_OK);
    pack_write_file(&writer, 0); /* begun again */
    ck_assert_int_eq(pack_write_take(&writer, S("hel"), &error), ST_OK);
    ck_assert_int_eq(pack_write_take(&writer, S("lo"), &error), ST_OK);
    ck_assert_int_eq(pack_write_file_end(&writer, &error), ST_OK);
    pack_write_file(&writer, 1);
    ck_assert_int_eq(pack_write_take(&writer, S("x"), &error), ST_OK);
    ck_assert_int_eq(pack_write_file_end(&writer, &error), ST_OK);
    ck_assert_int_eq(pack_write_end(&writer, is_signed ? secret : NULL, &error), ST_OK);
    return fd;
}

#endif

/* Tests of what is found out about a file while it streams by. */
#include "content.h"

#include "lib/main.h"

static struct content scan(const char *name, slice bytes, size_t piece)
{
    struct content_scan state;
    struct content ret;
    content_begin(&state);
    for (size_t at = 0; at < bytes.len; at += piece)
        content_more(&state, slice_sub(bytes, at, piece));
    content_end(&state, slice_of(name), &ret);
    return ret;
}

static void expect(const char *name, slice bytes, const char *mime, uint64_t rows, uint64_t columns)
{
    for (size_t piece = 1; piece <= bytes.len + 1; piece += bytes.len / 3 + 1) {
        struct content c = scan(name, bytes, piece);
        ck_assert_msg(strcmp(c.mime, mime) == 0 && c.rows == rows && c.columns == columns,
                      "%s: %s, %llu rows, %llu columns", name, c.mime, (unsigned long long)c.rows,
                      (unsigned long long)c.columns);
        ck_assert_uint_eq(c.bytes, bytes.len);
    }
}

START_TEST(tables_are_counted)
{
    expect("a.csv", S("a,b,c\n1,2,3\n4,5,6\n"), "text/csv", 2, 3);
    expect("A.CSV", S("a,b,c\r\n1,2,3\r\n\r\n4,5,6"), "text/csv", 2, 3);
    expect("a.csv", S("\"x,y\",b\n\"two\nlines\",2\n\"a \"\"quote\"\",\",3\n"), "text/csv", 2, 2);
    expect("a.tsv", S("a\tb\n1\t2\n"), "text/csv", 1, 2);
    expect("a.csv", S("a;b;c,d\n1;2;3\n"), "text/csv", 1, 3);
    expect("a.csv", S("only\n"), "text/csv", 0, 1);
    expect("a.csv", S(""), "text/csv", 0, 0);
    expect("a.csv", S("\xe5\x88\x97,b\n\xe5\x80\xbc,1\n"), "text/csv", 1, 2);
    expect("a.jsonl", S("{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}"), "application/x-ndjson", 3, 0);
}
END_TEST

START_TEST(the_type_follows_name_and_first_bytes)
{
    expect("log", S("a,b\n"), "text/plain", 0, 0);
    expect("log.json", S("{}"), "application/json", 0, 0);
    expect("log.csv", S("PK\x03\x04rest"), "application/zip", 0, 0);
    expect("log.csv", S("\x1f\x8b\x08"), "application/gzip", 0, 0);
    expect("log.csv", slice_make("a\0b", 3), "application/octet-stream", 0, 0);
    expect("page.html", S("<script>"), "text/plain", 0, 0);
}
END_TEST

START_TEST(hashes_are_those_of_the_bytes)
{
    char hex[65];
    struct content c = scan("a", S("abc"), 2);
    ck_slice(crypt_hex(hex, c.sha256.bytes, 32),
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_slice(crypt_hex(hex, c.md5, MD5_BYTES), "900150983cd24fb0d6963f7d28e17f72");
}
END_TEST

START_TEST(names_are_made_harmless)
{
    char text[CONTENT_NAME_MAX + 1];
    char many[400];
    ck_slice(content_name(S("a.csv"), text), "a.csv");
    ck_slice(content_name(S("../../etc/passwd"), text), "passwd");
    ck_slice(content_name(S("C:\\logs\\a.csv"), text), "a.csv");
    ck_slice(content_name(S("a\r\nb\x7f.csv"), text), "ab.csv");
    ck_slice(content_name(S("\xe6\x97\xa5\xe5\xbf\x97.csv"), text), "\xe6\x97\xa5\xe5\xbf\x97.csv");
    ck_slice(content_name(S("bad\xff.csv"), text), "bad.csv");
    ck_slice(content_name(S(".."), text), "upload");
    ck_slice(content_name(S("  "), text), "upload");
    ck_slice(content_name(S("dir/"), text), "upload");
    memset(many, 'x', sizeof many);
    ck_assert_uint_eq(content_name(slice_make(many, sizeof many), text).len, CONTENT_NAME_MAX);
}
END_TEST

START_TEST(content_digests_are_compared)
{
    struct crypt_hash sha256;
    bool named;
    crypt_sha256(&sha256, S("abc"));
    slice right = S("sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
    ck_assert(content_digest_matches(right, &sha256, &named) && named);
    ck_assert(content_digest_matches(S("sha-512=:AA==:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qct"
                                       "BD/YfIAFa0=:"),
                                     &sha256, &named) &&
              named);
    ck_assert(!content_digest_matches(S("sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=:"),
                                      &sha256, &named));
    ck_assert(!content_digest_matches(S("sha-256=:short:"), &sha256, &named));
    ck_assert(!content_digest_matches(S("sha-256=:"), &sha256, &named));
    ck_assert(content_digest_matches(S("md5=:AA==:"), &sha256, &named) && !named);
    ck_assert(content_digest_matches(S(""), &sha256, &named) && !named);
}
END_TEST

TEST_MAIN("content", tables_are_counted, the_type_follows_name_and_first_bytes,
          hashes_are_those_of_the_bytes, names_are_made_harmless, content_digests_are_compared)

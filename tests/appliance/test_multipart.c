/* Tests of multipart/form-data. */
#include "multipart.h"

#include "lib/main.h"

static struct error err;
static struct multipart_part parts[MULTIPART_PARTS_MAX];
static size_t count;

START_TEST(files_and_fields_are_found)
{
    ck_ok(multipart_parse(S("multipart/form-data; boundary=\"x y\""),
                          S("--x y\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"a;b.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n1,2\r\n"
                            "\r\n--x y\r\ncontent-disposition: form-data; name=seed\r\n\r\n7"
                            "\r\n--x y--\r\n"),
                          parts, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_slice(parts[0].name, "file");
    ck_slice(parts[0].content_type, "text/csv");
    ck_slice(parts[0].body, "a,b\r\n1,2\r\n");
    ck_slice(parts[1].name, "seed");
    ck_slice(parts[1].filename, "");
    ck_slice(parts[1].body, "7");
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    slice whole = S("--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nbody\r\n--b--");
    for (size_t len = 0; len < whole.len; len++)
        ck_assert_msg(multipart_parse(S("multipart/form-data; boundary=b"),
                                      slice_sub(whole, 0, len), parts, &count, &err) == ST_INVALID,
                      "%zu bytes", len);
    ck_ok(multipart_parse(S("multipart/form-data; boundary=b"), whole, parts, &count, &err));
    ck_status(multipart_parse(S("multipart/form-data"), whole, parts, &count, &err), ST_INVALID);
}
END_TEST

START_TEST(too_many_parts_are_refused)
{
    char text[8192];
    size_t at = 0;
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s--b\r\nContent-Disposition: form-data; name=f%d\r\n\r\nx",
                               i ? "\r\n" : "", i);
    at += (size_t)snprintf(text + at, sizeof text - at, "\r\n--b--");
    ck_status(multipart_parse(S("multipart/form-data; boundary=b"), slice_make(text, at), parts,
                              &count, &err),
              ST_TOO_LARGE);
}
END_TEST

TEST_MAIN("multipart", files_and_fields_are_found, every_truncation_is_refused,
          too_many_parts_are_refused)

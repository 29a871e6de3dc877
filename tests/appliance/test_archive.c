/* Tests of unpacking: methods, limits, names that leave the archive. */
#include "archive.h"

#include "lib/main.h"
#include "lib/zip_fixture.h"

static char seen[256];

static status remember(void *context, slice name, slice bytes, struct error *err)
{
    size_t used = strlen(seen);
    (void)context;
    (void)err;
    (void)snprintf(seen + used, sizeof seen - used, "%.*s=%.*s;", SLICE_ARG(name),
                   SLICE_ARG(bytes));
    return ST_OK;
}

static bool only_a(slice name)
{
    return slice_eq(name, S("a"));
}

static const struct archive_limits limits = {
    .entries_max = 3, .entry_bytes_max = 100, .total_bytes_max = 150};

START_TEST(stored_and_zstd_entries_are_read_in_order)
{
    struct zip_fixture zip = {0};
    struct error err = {0};
    zip_add(&zip, S("a"), ZIP_STORED, S("one"));
    zip_add(&zip, S("d/b"), ZIP_ZSTD, S("two"));
    seen[0] = '\0';
    ck_ok(archive_each(zip_end(&zip), &limits, remember, NULL, &err));
    ck_assert_str_eq(seen, "a=one;d/b=two;");
    buf_finish(&zip.bytes);
}
END_TEST

START_TEST(unwanted_entries_are_skipped)
{
    struct archive_limits some = limits;
    struct zip_fixture zip = {0};
    struct error err = {0};
    zip_add(&zip, S("b"), ZIP_STORED, S("no"));
    zip_add(&zip, S("a"), ZIP_STORED, S("yes"));
    some.wanted = only_a;
    seen[0] = '\0';
    ck_ok(archive_each(zip_end(&zip), &some, remember, NULL, &err));
    ck_assert_str_eq(seen, "a=yes;");
    buf_finish(&zip.bytes);
}
END_TEST

START_TEST(names_that_leave_the_archive_are_refused)
{
    static const char *const names[] = {"../x", "a/../../x", "/etc/passwd", ".."};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct zip_fixture zip = {0};
        struct error err = {0};
        zip_add(&zip, slice_of(names[i]), ZIP_STORED, S("x"));
        ck_status(archive_each(zip_end(&zip), &limits, remember, NULL, &err), ST_INVALID);
        ck_assert_ptr_nonnull(strstr(err.text, "unsafe name"));
        buf_finish(&zip.bytes);
    }
}
END_TEST

START_TEST(sizes_and_counts_stop_at_their_limits)
{
    char big[101];
    memset(big, 'x', sizeof big);
    struct error err = {0};
    struct zip_fixture entry = {0}, total = {0}, count = {0};
    zip_add(&entry, S("a"), ZIP_STORED, slice_make(big, sizeof big));
    ck_status(archive_each(zip_end(&entry), &limits, remember, NULL, &err), ST_LIMIT);
    zip_add(&total, S("a"), ZIP_STORED, slice_make(big, 90));
    zip_add(&total, S("b"), ZIP_STORED, slice_make(big, 90));
    ck_status(archive_each(zip_end(&total), &limits, remember, NULL, &err), ST_LIMIT);
    for (int i = 0; i < 4; i++)
        zip_add(&count, S("c"), ZIP_STORED, S(""));
    ck_status(archive_each(zip_end(&count), &limits, remember, NULL, &err), ST_LIMIT);
    buf_finish(&entry.bytes);
    buf_finish(&total.bytes);
    buf_finish(&count.bytes);
}
END_TEST

START_TEST(every_truncation_ends_in_an_error_or_fewer_entries)
{
    struct zip_fixture zip = {0};
    zip_add(&zip, S("a"), ZIP_ZSTD, S("content"));
    slice whole = zip_end(&zip);
    for (size_t n = 0; n < whole.len; n++) {
        struct error err = {0};
        seen[0] = '\0';
        if (archive_each(slice_sub(whole, 0, n), &limits, remember, NULL, &err) == ST_OK)
            ck_assert(seen[0] == '\0' || strcmp(seen, "a=content;") == 0);
    }
    buf_finish(&zip.bytes);
}
END_TEST

TEST_MAIN("archive", stored_and_zstd_entries_are_read_in_order, unwanted_entries_are_skipped,
          names_that_leave_the_archive_are_refused, sizes_and_counts_stop_at_their_limits,
          every_truncation_ends_in_an_error_or_fewer_entries)

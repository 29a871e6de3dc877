/* source.c: what is a source, and what is not. */
#include "source.h"

#include "lib/main.h"

static struct error err;
static struct source source;

static bool is_file(slice path)
{
    return slice_eq(path, S("17")) || slice_eq(path, S("log.csv"));
}

static void reads(const char *text, enum source_kind kind, const char *record, const char *version,
                  const char *file)
{
    ck_ok(source_parse(slice_of(text), is_file, &source, &err));
    ck_assert_int_eq(source.kind, kind);
    ck_slice(source.record, record);
    ck_slice(source.version, version);
    ck_slice(source.file, file);
}

START_TEST(records_are_read_in_every_form)
{
    static const char *const forms[] = {
        "zenodo://17637303",
        "zenodo:17637303",
        "zenodo://17637303/",
        "doi:10.5281/zenodo.17637303",
        "10.5281/zenodo.17637303",
        "10.5072/ZENODO.17637303",
        "https://doi.org/10.5281/zenodo.17637303",
        "https://zenodo.org/records/17637303",
        "17637303",
    };
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++)
        reads(forms[i], SOURCE_ZENODO, "17637303", "", "");
    reads("zenodo://1/v3.1", SOURCE_ZENODO, "1", "v3.1", "");
    reads("zenodo://1/v3.1/a b.csv", SOURCE_ZENODO, "1", "v3.1", "a b.csv");
    reads("zenodo://1/v2.csv", SOURCE_ZENODO, "1", "", "v2.csv");
    reads("zenodo://1/dir/x.csv", SOURCE_ZENODO, "1", "", "dir/x.csv");
    reads("doi:10.5281/zenodo.1/v2/x.csv", SOURCE_ZENODO, "1", "v2", "x.csv");
}
END_TEST

START_TEST(names_paths_and_standard_input)
{
    reads("dataset:cbd/x.csv", SOURCE_DATASET, "", "", "x.csv");
    ck_slice(source.name, "cbd");
    reads("bundle://cbd", SOURCE_DATASET, "", "", "");
    reads("-", SOURCE_STDIN, "", "", "");
    reads("17", SOURCE_PATH, "", "", "");
    reads("log.csv", SOURCE_PATH, "", "", "");
    reads("missing/log.csv", SOURCE_PATH, "", "", "");
}
END_TEST

START_TEST(what_looks_like_a_source_and_is_none_is_refused)
{
    static const char *const bad[] = {
        "",
        "zenodo://",
        "zenodo://x",
        "zenodo://0",
        "zenodo://01",
        "zenodo://1234567890123456",
        "zenodo://1/../2",
        "zenodo://1/v1/a//b",
        "zenodo://1?x=1",
        "doi:10.1000/zenodo.1",
        "doi:10.5281/1",
        "10.5281/zenodo.x",
        "dataset:",
        "dataset:..",
        "dataset:a/../b",
        "dataset:a\\b",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert_msg(source_parse(slice_of(bad[i]), NULL, &source, &err) == ST_INVALID, "'%s'",
                      bad[i]);
    ck_assert_str_eq(err.code, "invalid_source");
}
END_TEST

START_TEST(safe_names_stay_below_their_directory)
{
    char longest[SOURCE_FILE_MAX + 1];
    memset(longest, 'a', sizeof longest);
    ck_assert(source_file_is_safe(S("a/b c/d.csv")));
    ck_assert(source_file_is_safe(S("...")));
    ck_assert(source_file_is_safe(slice_make(longest, SOURCE_FILE_MAX)));
    ck_assert(!source_file_is_safe(slice_make(longest, SOURCE_FILE_MAX + 1)));
    static const slice bad[] = {SLICE_INIT(""),     SLICE_INIT("/a"),   SLICE_INIT("a/"),
                                SLICE_INIT("../a"), SLICE_INIT("a/.."), SLICE_INIT("./a"),
                                SLICE_INIT("a\nb"), SLICE_INIT("a\0b"), SLICE_INIT("a\\b"),
                                SLICE_INIT("\xff")};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert(!source_file_is_safe(bad[i]));
}
END_TEST

TEST_MAIN("source", records_are_read_in_every_form, names_paths_and_standard_input,
          what_looks_like_a_source_and_is_none_is_refused, safe_names_stay_below_their_directory)

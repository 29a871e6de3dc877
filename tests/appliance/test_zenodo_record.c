/* zenodo_record.c: three dialects, one record. */
#include "zenodo_record.h"

#include "lib/main.h"
#include "lib/zenodo_sample.h"

static struct error err;
static struct arena arena;
static struct zenodo_record record;

static void setup(void)
{
    arena_init(&arena, 8 << 20);
}

START_TEST(the_legacy_dialect_is_read)
{
    setup();
    ck_ok(zenodo_record_parse(S(SAMPLE_LEGACY), &arena, &record, &err));
    ck_slice(record.id, "1002");
    ck_slice(record.concept_id, "1001");
    ck_slice(record.doi, "10.5072/zenodo.1002");
    ck_slice(record.concept_doi, "10.5072/zenodo.1001");
    ck_slice(record.title, "Loopback evaluation set");
    ck_slice(record.description, "Synthetic & small ; 1 < 2 &unknown;");
    ck_slice(record.license, "cc-by-4.0");
    ck_slice(record.access_right, "open");
    ck_slice(record.resource_type, "dataset");
    ck_assert_uint_eq(record.creator_count, 2);
    ck_slice(record.creators[1], "Group");
    ck_slice(record.keywords[0], "bias");
    ck_assert_uint_eq(record.file_count, 3);
    ck_slice(record.files[0].url, "http://z/api/records/1002/files/a.csv/content");
    ck_slice(record.files[1].url, "http://z/api/records/1002/files/eval%20v1.csv/content");
    ck_slice(record.files[1].md5, SAMPLE_MD5);
    ck_slice(record.files[2].md5, ""); /* no checksum that we know */
    ck_slice(record.files[2].type, "");
    arena_finish(&arena);
}
END_TEST

START_TEST(the_rdm_dialect_is_read)
{
    setup();
    ck_ok(zenodo_record_parse(S(SAMPLE_RDM), &arena, &record, &err));
    ck_slice(record.id, "1003");
    ck_slice(record.concept_doi, "10.5072/zenodo.1001");
    ck_slice(record.version, "v2");
    ck_slice(record.creators[0], "Doe, Jane");
    ck_slice(record.keywords[0], "bias");
    ck_slice(record.license, "cc-by-4.0");
    ck_slice(record.access_right, "open");
    ck_slice(record.files[0].key, "a.csv");
    ck_slice(record.files[0].url, ""); /* asked for at links.files */
    ck_ok(zenodo_files_parse(
        S("{\"entries\":[{\"key\":\"b.csv\",\"size\":3,\"links\":{\"content\":\"http://z/c\"}}]}"),
        &arena, &record, &err));
    ck_slice(record.files[0].url, "http://z/c");
    arena_finish(&arena);
}
END_TEST

START_TEST(the_deposit_dialect_is_read)
{
    setup();
    ck_ok(zenodo_record_parse(S(SAMPLE_DEPOSIT), &arena, &record, &err));
    ck_slice(record.id, "1004");
    ck_slice(record.license, "cc-zero");
    ck_slice(record.files[0].key, "a.csv");
    ck_assert_uint_eq(record.files[0].size, 10);
    ck_slice(record.files[0].md5, SAMPLE_MD5);
    ck_slice(record.files[0].url, "http://z/d/a.csv");
    arena_finish(&arena);
}
END_TEST

START_TEST(records_without_files_are_records)
{
    setup();
    ck_ok(zenodo_record_parse(S("{\"id\":5,\"metadata\":{}}"), &arena, &record, &err));
    ck_assert_uint_eq(record.file_count, 0);
    ck_assert_ptr_null(zenodo_file_find(&record, S(""), ZENODO_FIRST_CSV));
    arena_finish(&arena);
}
END_TEST

START_TEST(what_is_no_record_is_said_to_be_none)
{
    static const char *const bad[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"id\":\"x\"}",
        "{\"id\":\"1234567890123456\"}",
        "{\"id\":1.5}",
        "{\"id\":1,\"files\":[{\"key\":\"a\"}]}",
        "{\"id\":1,\"files\":[{\"size\":1}]}",
        "{\"id\":1,\"files\":[{\"key\":\"a\",\"size\":-1}]}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        setup();
        ck_assert_msg(zenodo_record_parse(slice_of(bad[i]), &arena, &record, &err) == ST_UPSTREAM,
                      "%s", bad[i]);
        ck_assert_str_eq(err.code, "zenodo_error");
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(every_truncation_of_a_record_is_refused)
{
    for (size_t len = 0; len + 1 < sizeof SAMPLE_LEGACY; len += 7) {
        setup();
        ck_status(zenodo_record_parse(slice_make(SAMPLE_LEGACY, len), &arena, &record, &err),
                  ST_UPSTREAM);
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(files_are_chosen_by_name_or_rule)
{
    setup();
    ck_ok(zenodo_record_parse(S(SAMPLE_LEGACY), &arena, &record, &err));
    ck_slice(zenodo_file_find(&record, S(""), ZENODO_FIRST_CSV)->key, "a.csv");
    ck_slice(zenodo_file_find(&record, S(""), ZENODO_LARGEST_CSV)->key, "eval v1.csv");
    ck_slice(zenodo_file_find(&record, S("README"), ZENODO_FIRST_CSV)->key, "README");
    ck_assert_ptr_null(zenodo_file_find(&record, S("b.csv"), ZENODO_FIRST_CSV));
    arena_finish(&arena);
}
END_TEST

START_TEST(versions_are_found_with_and_without_v)
{
    slice id;
    static const char list[] = "{\"hits\":{\"hits\":[" SAMPLE_RDM "," SAMPLE_LEGACY "]}}";
    setup();
    ck_ok(zenodo_versions_find(slice_of(list), S("v1"), &arena, &id, &err));
    ck_slice(id, "1002");
    ck_ok(zenodo_versions_find(slice_of(list), S("2"), &arena, &id, &err));
    ck_slice(id, "1003");
    ck_status(zenodo_versions_find(slice_of(list), S("v3"), &arena, &id, &err), ST_NOT_FOUND);
    ck_status(zenodo_versions_find(S("{}"), S("v3"), &arena, &id, &err), ST_NOT_FOUND);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("zenodo_record", the_legacy_dialect_is_read, the_rdm_dialect_is_read,
          the_deposit_dialect_is_read, records_without_files_are_records,
          what_is_no_record_is_said_to_be_none, every_truncation_of_a_record_is_refused,
          files_are_chosen_by_name_or_rule, versions_are_found_with_and_without_v)

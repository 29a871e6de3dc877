/* Tests of the tables as data and of the key builder. */
#include "lib/temp_store.h"

START_TEST(numbers_and_names_of_tables_are_unique)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (size_t j = i + 1; j < TABLE_COUNT; j++) {
            ck_assert_uint_ne(store_tables[i].number, store_tables[j].number);
            ck_assert_str_ne(store_tables[i].name, store_tables[j].name);
        }
}
END_TEST

/* The numbers are on disk: this list only ever grows at its end. */
START_TEST(numbers_of_tables_never_change)
{
    ck_assert_uint_eq(store_tables[TABLE_META].number, 1);
    ck_assert_uint_eq(store_tables[TABLE_USER].number, 3);
    ck_assert_uint_eq(store_tables[TABLE_API_KEY].number, 7);
    ck_assert_uint_eq(store_tables[TABLE_USAGE_MONTH].number, 16);
    ck_assert_uint_eq(store_tables[TABLE_JOB].number, 21);
    ck_assert_uint_eq(store_tables[TABLE_AUDIT].number, 38);
    ck_assert_uint_eq(store_tables[TABLE_DUE].number, 40);
}
END_TEST

START_TEST(tables_with_personal_data_are_sealed)
{
    static const enum table_id sealed[] = {TABLE_USER,  TABLE_SESSION, TABLE_API_KEY,  TABLE_TOKEN,
                                           TABLE_AUDIT, TABLE_HOOK,    TABLE_ANALYSIS, TABLE_EVENT};
    for (size_t i = 0; i < ARRAY_COUNT(sealed); i++)
        ck_assert_int_eq(store_tables[sealed[i]].protection, PROTECTION_SEALED);
}
END_TEST

START_TEST(fields_of_a_record_are_unique_and_inside)
{
    for (size_t t = 0; t < TABLE_COUNT; t++) {
        const struct record *rec = store_tables[t].record;
        for (size_t i = 0; i < rec->field_count; i++) {
            ck_assert_uint_lt(rec->fields[i].offset, rec->size);
            ck_assert_ptr_eq(record_field(rec, rec->fields[i].name), &rec->fields[i]);
            ck_assert_str_ne(rec->fields[i].name, "v"); /* the version's own name */
        }
    }
    ck_assert_ptr_null(record_field(&record_user, "nothing"));
}
END_TEST

START_TEST(numbers_in_keys_sort_like_numbers)
{
    struct key small = key_of_user_u64(1, 255), large = key_of_user_u64(1, 256);
    ck_assert_int_lt(slice_cmp(key_slice(&small), key_slice(&large)), 0);
    ck_assert_uint_eq(key_read_u64(key_slice(&large), 8), 256);
    ck_assert_uint_eq(key_read_u64(key_slice(&large), 9), 0); /* reaches beyond the end */
    ck_assert_uint_eq(key_read_u32(key_slice(&large), 12), 256);
}
END_TEST

START_TEST(a_key_that_is_too_long_or_empty_finds_nothing)
{
    static const char text[600];
    struct key key = key_of_user_id(1, slice_make(text, sizeof text));
    ck_assert(key.overflow);
    key = key_of_user_id(1, slice_make(text, KEY_MAX - 8));
    ck_assert(!key.overflow);
    key = key_of_user_id(1, S(""));
    ck_assert(key.overflow);
}
END_TEST

TEST_MAIN("keyspace", numbers_and_names_of_tables_are_unique, numbers_of_tables_never_change,
          tables_with_personal_data_are_sealed, fields_of_a_record_are_unique_and_inside,
          numbers_in_keys_sort_like_numbers, a_key_that_is_too_long_or_empty_finds_nothing)

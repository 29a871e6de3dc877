/* Tests of collecting rows: fields, roles, growth. */
#include "lib/import_fixture.h"

START_TEST(fields_are_sorted_and_the_first_value_of_a_name_stays)
{
    struct import_fixture f;
    struct fields_builder b = {.count = 0};
    struct ledger_fields fields;
    struct error err;
    fixture_begin(&f);
    fields_add_text(&b, S("b"), S("2"));
    fields_add_number(&b, &f.arena, S("a"), 5);
    fields_add_text(&b, S("b"), S("3"));
    ck_ok(fields_build(&b, &f.arena, &fields, &err));
    ck_assert_uint_eq(fields.count, 2);
    ck_slice(fields.at[0].name, "a");
    ck_slice(fields.at[0].text, "5");
    ck_slice(fields_find(&fields, S("b"))->text, "2");
    ck_assert_ptr_null(fields_find(&fields, S("c")));
    fixture_end(&f);
}
END_TEST

START_TEST(numbers_are_equal_by_value_and_null_is_not_text)
{
    struct ledger_field one = {.kind = FIELD_NUMBER, .number = 1, .text = S("1")};
    struct ledger_field same = {.kind = FIELD_NUMBER, .number = 1, .text = S("1.0")};
    struct ledger_field yes = {.kind = FIELD_BOOL, .number = 1, .text = S("true")};
    struct ledger_field text = {.kind = FIELD_TEXT, .text = S("null")};
    struct ledger_field none = {.kind = FIELD_NULL, .text = S("null")};
    ck_assert(field_eq(&one, &same));
    ck_assert(field_eq(&one, &yes));
    ck_assert(!field_eq(&text, &none));
}
END_TEST

START_TEST(long_values_are_kept_as_their_hash)
{
    static char prompt[LEDGER_TEXT_MAX + 1];
    struct import_fixture f;
    struct fields_builder b = {.count = 0};
    struct ledger_fields fields;
    struct error err;
    fixture_begin(&f);
    memset(prompt, 'p', sizeof prompt);
    fields_add_text(&b, S("prompt"), slice_make(prompt, sizeof prompt));
    ck_ok(fields_build(&b, &f.arena, &fields, &err));
    ck_assert(slice_has_prefix(fields.at[0].text, S("sha256:")));
    ck_assert_uint_eq(fields.at[0].text.len, 71);
    fixture_end(&f);
}
END_TEST

START_TEST(roles_come_from_the_table_and_can_be_overridden)
{
    const struct role_choice choice = {S("temperature"), ROLE_PROTOCOL};
    const struct ledger_options options = {.roles = &choice, .role_count = 1};
    ck_assert_int_eq(role_of(S("limit"), NULL), ROLE_PROTOCOL);
    ck_assert_int_eq(role_of(S("numpy_seed"), NULL), ROLE_PROTOCOL);
    ck_assert_int_eq(role_of(S("constraint_compute"), NULL), ROLE_PROTOCOL);
    ck_assert_int_eq(role_of(S("learning_rate"), NULL), ROLE_SETTINGS);
    ck_assert_int_eq(role_of(S("batch_size"), NULL), ROLE_IGNORE);
    ck_assert_int_eq(role_of(S("temperature"), NULL), ROLE_SETTINGS);
    ck_assert_int_eq(role_of(S("temperature"), &options), ROLE_PROTOCOL);
}
END_TEST

START_TEST(ledger_grows_without_losing_rows)
{
    struct import_fixture f;
    struct ledger_row *row;
    struct error err;
    fixture_begin(&f);
    for (int i = 0; i < 1000; i++) {
        ck_ok(ledger_add(&f.ledger, &row, &err));
        row->time_ms = i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(f.ledger.rows[i].time_ms, i);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("ledger", fields_are_sorted_and_the_first_value_of_a_name_stays,
          numbers_are_equal_by_value_and_null_is_not_text, long_values_are_kept_as_their_hash,
          roles_come_from_the_table_and_can_be_overridden, ledger_grows_without_losing_rows)

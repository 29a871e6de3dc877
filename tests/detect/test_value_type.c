/* Tests of the kinds of values. */
#include "detect/value_type.h"

#include "lib/main.h"

START_TEST(each_kind_is_recognised)
{
    static const struct {
        const char *text;
        enum value_type type;
        double value;
    } cases[] = {
        {"", VALUE_EMPTY, 0},
        {"  ", VALUE_EMPTY, 0},
        {"NaN", VALUE_EMPTY, 0},
        {"n/a", VALUE_EMPTY, 0},
        {"None", VALUE_EMPTY, 0},
        {"-", VALUE_EMPTY, 0},
        {"12", VALUE_INTEGER, 12},
        {" -3 ", VALUE_INTEGER, -3},
        {"0.5", VALUE_NUMBER, 0.5},
        {"1e3", VALUE_NUMBER, 1000},
        {"true", VALUE_BOOLEAN, 1},
        {"No", VALUE_BOOLEAN, 0},
        {"model-a", VALUE_TEXT, 0},
        {"1.2.3", VALUE_TEXT, 0},
        {"12%", VALUE_TEXT, 0},
        {"1970-01-02", VALUE_TIME, 86400000},
        {"1970-01-01T00:00:01Z", VALUE_TIME, 1000},
        {"1970-13-02", VALUE_TEXT, 0},
        {"inf", VALUE_TEXT, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        double value = -1;
        enum value_type type = value_type_of(slice_of(cases[i].text), &value);
        ck_assert_msg(type == cases[i].type, "'%s' is %s", cases[i].text, value_type_name(type));
        ck_assert_double_eq(value, cases[i].value);
    }
}
END_TEST

START_TEST(a_column_has_the_narrowest_type_that_holds_all)
{
    ck_assert_int_eq(value_type_join(VALUE_INTEGER, VALUE_EMPTY), VALUE_INTEGER);
    ck_assert_int_eq(value_type_join(VALUE_EMPTY, VALUE_TIME), VALUE_TIME);
    ck_assert_int_eq(value_type_join(VALUE_INTEGER, VALUE_NUMBER), VALUE_NUMBER);
    ck_assert_int_eq(value_type_join(VALUE_NUMBER, VALUE_TEXT), VALUE_TEXT);
    ck_assert_int_eq(value_type_join(VALUE_BOOLEAN, VALUE_INTEGER), VALUE_TEXT);
    ck_assert_int_eq(value_type_join(VALUE_EMPTY, VALUE_EMPTY), VALUE_EMPTY);
}
END_TEST

TEST_MAIN("value_type", each_kind_is_recognised, a_column_has_the_narrowest_type_that_holds_all)

/* Kinds of values by their text; see value_type.h. */
#include "detect/value_type.h"

#include "base/clock.h"

static bool is_one_of(slice text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq_nocase(text, slice_of(words[i])))
            return true;
    return false;
}

enum value_type value_type_of(slice text, double *ret)
{
    static const char *const missing[] = {"na", "n/a", "nan", "null", "none", "-", "?"};
    static const char *const yes[] = {"true", "yes"};
    static const char *const no[] = {"false", "no"};
    int64_t whole, ms;
    text = slice_trim(text);
    *ret = 0;
    if (text.len == 0 || is_one_of(text, missing, ARRAY_COUNT(missing)))
        return VALUE_EMPTY;
    if (slice_to_f64(text, ret))
        return slice_to_i64(text, &whole) ? VALUE_INTEGER : VALUE_NUMBER;
    *ret = 0;
    if (is_one_of(text, yes, ARRAY_COUNT(yes))) {
        *ret = 1;
        return VALUE_BOOLEAN;
    }
    if (is_one_of(text, no, ARRAY_COUNT(no)))
        return VALUE_BOOLEAN;
    if (text.len >= 8 && time_parse(text, &ms)) {
        *ret = (double)ms;
        return VALUE_TIME;
    }
    return VALUE_TEXT;
}

enum value_type value_type_join(enum value_type a, enum value_type b)
{
    if (a == b || b == VALUE_EMPTY)
        return a;
    if (a == VALUE_EMPTY)
        return b;
    bool numbers =
        (a == VALUE_INTEGER || a == VALUE_NUMBER) && (b == VALUE_INTEGER || b == VALUE_NUMBER);
    return numbers ? VALUE_NUMBER : VALUE_TEXT;
}

const char *value_type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_EMPTY] = "empty",     [VALUE_INTEGER] = "integer", [VALUE_NUMBER] = "number",
        [VALUE_BOOLEAN] = "boolean", [VALUE_TIME] = "time",       [VALUE_TEXT] = "text"};
    return names[type];
}

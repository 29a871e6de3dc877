/* Field text to number: a fast exact path, then NA tokens, flags, percent, infinity. */
#include "detect/field.h"

#include <math.h>

const double field_power_of_ten[18] = {1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                                       1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};

/* Optional minus, digits, optional point and digits, at most 17 bytes and 2^53: then both operands
 * of the division are exact and the result is correctly rounded (Clinger 1990). */
static inline bool plain_decimal(slice s, double *ret)
{
    const char *p = s.ptr;
    const char *end = p + s.len;
    uint64_t digits = 0;
    size_t fraction = 0;

    if (s.len == 0 || s.len > 17)
        return false;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    while (p < end && (unsigned char)(*p - '0') < 10)
        digits = digits * 10 + (unsigned char)(*p++ - '0');
    size_t count = (size_t)(p - first);
    if (p < end && *p == '.') {
        const char *point = p++;
        while (p < end && (unsigned char)(*p - '0') < 10)
            digits = digits * 10 + (unsigned char)(*p++ - '0');
        fraction = (size_t)(p - point) - 1;
    }
    if (p != end || count + fraction == 0 || digits > (UINT64_C(1) << 53))
        return false;
    double value = (double)digits / field_power_of_ten[fraction];
    *ret = negative ? -value : value;
    return true;
}

static bool is_one_of(slice text, const slice *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(text, words[i]))
            return true;
    return false;
}

bool field_is_missing(slice text, enum engine engine)
{
    /* pandas.read_csv (classic.md 1.2); detect.md section 2 */
    static const slice classic[] = {
        SLICE_INIT(""),        SLICE_INIT("NA"),       SLICE_INIT("N/A"),
        SLICE_INIT("NaN"),     SLICE_INIT("nan"),      SLICE_INIT("null"),
        SLICE_INIT("NULL"),    SLICE_INIT("#N/A"),     SLICE_INIT("n/a"),
        SLICE_INIT("-nan"),    SLICE_INIT("-NaN"),     SLICE_INIT("<NA>"),
        SLICE_INIT("1.#IND"),  SLICE_INIT("#NA"),      SLICE_INIT("#N/A N/A"),
        SLICE_INIT("-1.#IND"), SLICE_INIT("-1.#QNAN"), SLICE_INIT("1.#QNAN"),
    };
    static const slice calibrated[] = {
        SLICE_INIT(""),     SLICE_INIT("NA"),   SLICE_INIT("N/A"),  SLICE_INIT("n/a"),
        SLICE_INIT("nan"),  SLICE_INIT("NaN"),  SLICE_INIT("null"), SLICE_INIT("NULL"),
        SLICE_INIT("None"), SLICE_INIT("#N/A"), SLICE_INIT("-nan"), SLICE_INIT("-NaN"),
        SLICE_INIT("<NA>"),
    };
    bool possible = text.len == 0 || memchr("Nn#-<1", text.ptr[0], 6);
    if (text.len > 8 || !possible) /* the longest token; their first bytes */
        return false;
    return engine == ENGINE_CLASSIC ? is_one_of(text, classic, ARRAY_COUNT(classic))
                                    : is_one_of(text, calibrated, ARRAY_COUNT(calibrated));
}

static bool flag_value(slice text, double *ret)
{
    static const slice yes[] = {SLICE_INIT("True"), SLICE_INIT("true"), SLICE_INIT("TRUE")};
    static const slice no[] = {SLICE_INIT("False"), SLICE_INIT("false"), SLICE_INIT("FALSE")};
    bool is_yes = is_one_of(text, yes, ARRAY_COUNT(yes));
    *ret = is_yes ? 1 : 0;
    return is_yes || is_one_of(text, no, ARRAY_COUNT(no));
}

static bool is_infinity(slice text, double *ret)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        text = slice_from(text, 1);
    *ret = negative ? -INFINITY : INFINITY;
    return slice_eq_nocase(text, S("inf")) || slice_eq_nocase(text, S("infinity"));
}

enum field_kind field_number(slice text, enum engine engine, double *ret)
{
    if (plain_decimal(text, ret))
        return FIELD_NUMBER;
    text = slice_trim(text);
    if (slice_to_f64(text, ret))
        return FIELD_NUMBER;
    if (is_infinity(text, ret))
        return FIELD_INFINITE;
    if (flag_value(text, ret))
        return FIELD_FLAG;
    bool percent = engine == ENGINE_CALIBRATED && text.len > 1 && text.ptr[text.len - 1] == '%';
    if (percent && slice_to_f64(slice_trim(slice_sub(text, 0, text.len - 1)), ret)) {
        *ret /= 100;
        return FIELD_PERCENT;
    }
    *ret = NAN;
    return field_is_missing(text, engine) ? FIELD_MISSING : FIELD_TEXT;
}

/* Statuses and error sentences: names, defaults, and formatting in both languages. */
#include "base/status.h"

#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *slug;
    const char *text;
} statuses[STATUS_COUNT] = {
#define X(code, slug, text) [code] = {slug, text},
    STATUS_MAP(X)
#undef X
};

const char *status_slug(enum status_code rc)
{
    assert(rc < STATUS_COUNT);
    return statuses[rc].slug;
}

const char *status_text(enum status_code rc)
{
    assert(rc < STATUS_COUNT);
    return statuses[rc].text;
}

const char *errno_text(int number)
{
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}

void error_clear(struct error *err)
{
    if (err)
        *err = (struct error){0};
}

/* A translated format has the same conversions as the English one (tests/base/test_text.c), so
 * formatting with it is as safe as with the literal that the compiler has checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void format_both(struct error *err, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    (void)vsnprintf(err->text_zh, sizeof err->text_zh, tr(LANG_ZH, format), again);
    va_end(again);
}
#pragma GCC diagnostic pop

status error_vset(struct error *err, status rc, const char *format, va_list args)
{
    assert(rc != ST_OK);
    if (err) {
        err->code = NULL;
        format_both(err, format, args);
    }
    return rc;
}

status error_set(struct error *err, status rc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)error_vset(err, rc, format, args); /* returns rc */
    va_end(args);
    return rc;
}

status error_code(struct error *err, status rc, const char *code, const char *format, ...)
{
    assert(rc != ST_OK);
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        format_both(err, format, args);
        va_end(args);
    }
    return rc;
}

status error_wrap(struct error *err, status rc, const char *format, ...)
{
    assert(rc != ST_OK);
    if (!err)
        return rc;
    struct error inner = *err;
    va_list args;
    va_start(args, format);
    format_both(err, format, args);
    va_end(args);
    if (inner.text[0] == '\0')
        return rc;
    size_t used = strlen(err->text);
    size_t used_zh = strlen(err->text_zh);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", inner.text);
    (void)snprintf(err->text_zh + used_zh, sizeof err->text_zh - used_zh, "：%s", inner.text_zh);
    return rc;
}

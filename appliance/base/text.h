/* The message catalogue: English text in the code, its Chinese twin in zh/<area>.def.
 *
 * The English sentence is the key, as with gettext: code stays readable, and a missing translation
 * shows English instead of nothing. A test compares the conversions of both sides. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/slice.h"

enum lang { LANG_EN, LANG_ZH };

/* Marks a literal that is translated later: static tables hold N_("…"), the printer calls tr(). */
#define N_(text) text

/* The text in that language; `english` itself when there is no translation. Any thread. */
const char *tr(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* "zh", "zh-CN", "zh_CN.UTF-8" → LANG_ZH, everything else → LANG_EN. */
enum lang lang_from_tag(slice tag);

/* The best of an Accept-Language header, quality values respected; LANG_EN when nothing fits. */
enum lang lang_from_accept(slice header);

/* "en" or "zh" */
const char *lang_tag(enum lang lang);

/* Columns that the UTF-8 text takes on a terminal: wide East Asian characters take two,
 * combining marks none, invalid bytes one each. */
size_t text_width(slice text);

/* For tests: the catalogue as an array of pairs. */
struct text_pair {
    const char *en;
    const char *zh;
};
const struct text_pair *text_catalogue(size_t *ret_count);

#endif

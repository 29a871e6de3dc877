/* Looks up Chinese twins of English messages, chooses a language, measures text on a terminal. */
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct text_pair catalogue[] = {
#define ZH(en, zh) {en, zh},
#include "base/zh/appliance.def"
#include "base/zh/base.def"
#include "base/zh/billing.def"
#include "base/zh/datasets.def"
#include "base/zh/detect.def"
#include "base/zh/files.def"
#include "base/zh/gateway.def"
#include "base/zh/jobs.def"
#include "base/zh/ledger.def"
#include "base/zh/operations.def"
#include "base/zh/pages.def"
#include "base/zh/projects.def"
#include "base/zh/report.def"
#include "base/zh/storage.def"
#include "base/zh/tools.def"
#include "base/zh/web.def"
#undef ZH
};

/* Open addressing over catalogue indexes + 1; at most half full, filled once. */
enum { TABLE_SIZE = 16384 };
static uint16_t table[TABLE_SIZE];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

_Static_assert(ARRAY_COUNT(catalogue) < TABLE_SIZE / 2, "the message table is more than half full");

/* FNV-1a: short keys, no adversary (the keys are literals of this program). */
static uint32_t text_hash(const char *text)
{
    uint32_t hash = 2166136261U;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash;
}

static void table_fill(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(catalogue); i++) {
        uint32_t at = text_hash(catalogue[i].en) % TABLE_SIZE;
        while (table[at] != 0)
            at = (at + 1) % TABLE_SIZE;
        table[at] = (uint16_t)(i + 1);
    }
}

const char *tr(enum lang lang, const char *english)
{
    if (lang == LANG_EN)
        return english;
    (void)pthread_once(&table_once, table_fill); /* fails only for a bad argument */
    for (uint32_t at = text_hash(english) % TABLE_SIZE; table[at] != 0;
         at = (at + 1) % TABLE_SIZE) {
        const struct text_pair *pair = &catalogue[table[at] - 1];
        if (strcmp(pair->en, english) == 0)
            return pair->zh;
    }
    return english;
}

const struct text_pair *text_catalogue(size_t *ret_count)
{
    *ret_count = ARRAY_COUNT(catalogue);
    return catalogue;
}

enum lang lang_from_tag(slice tag)
{
    bool zh = tag.len >= 2 && slice_eq_nocase(slice_sub(tag, 0, 2), S("zh"));
    return zh && (tag.len == 2 || tag.ptr[2] == '-' || tag.ptr[2] == '_') ? LANG_ZH : LANG_EN;
}

const char *lang_tag(enum lang lang)
{
    return lang == LANG_ZH ? "zh" : "en";
}

/* One element of Accept-Language, "zh-CN;q=0.8" → tag and quality (1 when none is given). */
static slice accept_element(slice element, double *ret_quality)
{
    slice tag;
    *ret_quality = 1;
    (void)slice_split(&element, ';', &tag);
    slice parameter = slice_trim(element.ptr ? element : S(""));
    if (slice_has_prefix(parameter, S("q=")) &&
        !slice_to_f64(slice_from(parameter, 2), ret_quality))
        *ret_quality = 0;
    return slice_trim(tag);
}

enum lang lang_from_accept(slice header)
{
    enum lang best = LANG_EN;
    double best_quality = 0;
    slice element;
    for (int i = 0; i < 32 && slice_split(&header, ',', &element); i++) {
        double quality;
        slice tag = accept_element(element, &quality);
        bool known = lang_from_tag(tag) == LANG_ZH || slice_has_prefix(tag, S("en"));
        if (known && quality > best_quality) {
            best = lang_from_tag(tag);
            best_quality = quality;
        }
    }
    return best;
}

/* Unicode East Asian Width W and F, and the emoji blocks, as ranges in order. */
static const struct {
    uint32_t first, last;
} wide[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

static size_t rune_width(uint32_t rune)
{
    if ((rune >= 0x300 && rune <= 0x36F) || rune == 0x200B || rune == 0x200D || rune == 0xFE0F)
        return 0;
    for (size_t i = 0; i < ARRAY_COUNT(wide) && rune >= wide[i].first; i++)
        if (rune <= wide[i].last)
            return 2;
    return 1;
}

size_t text_width(slice text)
{
    size_t width = 0;
    while (text.len) {
        uint32_t rune = 0;
        size_t len = utf8_rune(text, &rune);
        width += len ? rune_width(rune) : 1;
        text = slice_from(text, len ? len : 1);
    }
    return width;
}

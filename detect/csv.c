/* The CSV splitter: one bit mask per 64 bytes, one pass, no copies. */
#include "detect/csv.h"

#include <assert.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

#ifdef __SSE2__
/* Bit i is set when byte i of the 64 is a separator, a quote or a line end. */
static uint64_t block_mask(const char *block, char separator)
{
    const __m128i sep = _mm_set1_epi8(separator);
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i cr = _mm_set1_epi8('\r');
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK / 16; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(block + (ptrdiff_t)16 * i));
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, sep), _mm_cmpeq_epi8(v, quote)),
                                   _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * i);
    }
    return mask;
}
#else
static uint64_t block_mask(const char *block, char separator)
{
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK; i++) {
        char c = block[i];
        uint64_t hit = c == separator || c == '"' || c == '\n' || c == '\r';
        mask |= hit << i;
    }
    return mask;
}
#endif

static uint64_t mask_at(const struct csv *csv, const char *block)
{
    char tail[BLOCK] = {0};
    size_t left = (size_t)(csv->end - block);
    if (left >= BLOCK)
        return block_mask(block, csv->separator);
    memcpy(tail, block, left);
    return block_mask(tail, csv->separator);
}

/* The next byte that matters, used up by this call; csv->end when there is none. */
static inline const char *next_special(struct csv *csv)
{
    while (csv->mask == 0) {
        if (csv->end - csv->block <= BLOCK)
            return csv->end;
        csv->block += BLOCK;
        csv->mask = mask_at(csv, csv->block);
    }
    const char *hit = csv->block + __builtin_ctzll(csv->mask);
    csv->mask &= csv->mask - 1;
    return hit;
}

void csv_begin(struct csv *csv, slice text, char separator)
{
    if (slice_has_prefix(text, S("\xEF\xBB\xBF")))
        text = slice_from(text, 3);
    *csv = (struct csv){.at = text.ptr, .separator = separator, .line = 1, .row_line = 1};
    csv->end = text.ptr + text.len;
    csv->block = text.ptr;
    csv->mask = text.len > 0 ? mask_at(csv, text.ptr) : 0;
}

/* A line end inside quotes; the LF of a CRLF counts, its CR does not. */
static bool ends_line(const struct csv *csv, const char *p)
{
    return *p == '\n' || (*p == '\r' && (p + 1 == csv->end || p[1] != '\n'));
}

/* Reads the quoted field whose opening quote is at csv->at; returns the byte that ends the field,
 * NULL when the text ends inside the quotes. */
static const char *quoted_field(struct csv *csv, struct csv_field *ret)
{
    const char *start = csv->at + 1;
    const char *p;
    bool escaped = false;

    for (;;) {
        p = next_special(csv);
        if (p == csv->end)
            return NULL;
        if (*p != '"') {
            csv->line += ends_line(csv, p);
            continue;
        }
        if (p + 1 == csv->end || p[1] != '"')
            break;
        escaped = true;
        (void)next_special(csv); /* the second of two quotes: p + 1 */
    }
    const char *close = p;
    p = next_special(csv);
    while (p < csv->end && *p == '"')
        p = next_special(csv);
    if (p != close + 1) { /* text behind the closing quote belongs to the field, as in pandas */
        escaped = true;
        close = p;
    }
    *ret = (struct csv_field){slice_make(start, (size_t)(close - start)), escaped};
    return p;
}

/* Reads the field at csv->at and moves behind its end; returns the byte that ended it. */
static inline const char *next_field(struct csv *csv, struct csv_field *ret)
{
    const char *p;
    if (csv->at < csv->end && *csv->at == '"') {
        (void)next_special(csv); /* the opening quote */
        p = quoted_field(csv, ret);
        if (!p)
            return NULL;
    } else {
        p = next_special(csv);
        while (p < csv->end && *p == '"') /* a quote inside a bare field is an ordinary byte */
            p = next_special(csv);
        *ret = (struct csv_field){slice_make(csv->at, (size_t)(p - csv->at)), false};
    }
    csv->at = p;
    return p;
}

static void skip_line_end(struct csv *csv)
{
    if (csv->at == csv->end)
        return;
    if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
        csv->at = next_special(csv);
    csv->at++;
    csv->line++;
}

/* A lone field of nothing but blanks, not quoted. */
static bool is_blank(const char *row, const struct csv_field *field)
{
    return field->raw.ptr == row && slice_trim(field->raw).len == 0;
}

enum csv_result csv_row(struct csv *csv, struct csv_field *fields, size_t cap, size_t *ret_count)
{
    assert(cap > 0);
    while (csv->at < csv->end) {
        const char *row = csv->at;
        struct csv_field beyond;
        size_t count = 0;
        csv->row_line = csv->line;
        for (;;) {
            const char *stop = next_field(csv, count < cap ? &fields[count] : &beyond);
            if (!stop)
                return CSV_UNTERMINATED;
            count++;
            if (stop == csv->end || *stop != csv->separator)
                break;
            csv->at = stop + 1;
        }
        skip_line_end(csv);
        if (count > 1 || !is_blank(row, &fields[0])) {
            *ret_count = count;
            return CSV_ROW;
        }
    }
    return CSV_END;
}

slice csv_unescape(struct arena *arena, slice raw)
{
    char *text = arena_array_raw(arena, raw.len + 1, 1);
    size_t len = 0;
    bool quoted = true;
    if (!text)
        return (slice){0};
    for (size_t i = 0; i < raw.len; i++) {
        bool quote = raw.ptr[i] == '"';
        if (quote && quoted && i + 1 < raw.len && raw.ptr[i + 1] == '"') {
            i++; /* of two quotes one stays */
        } else if (quote && quoted) {
            quoted = false;
            continue;
        }
        text[len++] = raw.ptr[i];
    }
    text[len] = '\0';
    return slice_make(text, len);
}

size_t csv_rows_bound(slice text)
{
    enum { STEP = 128 }; /* fits a byte counter, which vectorises well */
    size_t count = 1;
    for (size_t at = 0; at < text.len; at += STEP) {
        size_t end = text.len - at < STEP ? text.len - at : STEP;
        uint8_t ends = 0;
        for (size_t i = 0; i < end; i++)
            ends = (uint8_t)(ends + (text.ptr[at + i] == '\n') + (text.ptr[at + i] == '\r'));
        count += ends;
    }
    return count;
}

char csv_separator_guess(slice text)
{
    static const char candidates[4] = {',', ';', '\t', '|'};
    size_t counts[4] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len && (quoted || (text.ptr[i] != '\n' && text.ptr[i] != '\r'));
         i++) {
        quoted ^= text.ptr[i] == '"';
        for (size_t c = 0; c < ARRAY_COUNT(candidates) && !quoted; c++)
            counts[c] += text.ptr[i] == candidates[c];
    }
    for (size_t c = 1; c < ARRAY_COUNT(candidates); c++)
        if (counts[c] > counts[best])
            best = c;
    return candidates[best];
}

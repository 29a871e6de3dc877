/* The CSV splitter itself: one bit mask per 64 bytes, one pass, no copies. See csv.h.
 *
 * In a header, so that the loop over rows takes it in, once for any processor and once for AVX2
 * (panel_rows.c). */
#ifndef DETECT_CSV_SPLIT_H
#define DETECT_CSV_SPLIT_H

#include "detect/csv.h"

#include <assert.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

enum { BLOCK = 64 };

#if defined(__AVX2__)
/* Bit i is set when byte i of the 64 is a separator, a quote or a line end. */
static inline uint64_t block_mask(const char *block, char separator)
{
    const __m256i sep = _mm256_set1_epi8(separator);
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i lf = _mm256_set1_epi8('\n');
    const __m256i cr = _mm256_set1_epi8('\r');
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK / 32; i++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(block + (ptrdiff_t)32 * i));
        __m256i hit =
            _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(v, sep), _mm256_cmpeq_epi8(v, quote)),
                            _mm256_or_si256(_mm256_cmpeq_epi8(v, lf), _mm256_cmpeq_epi8(v, cr)));
        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(hit) << (32 * i);
    }
    return mask;
}
#elif defined(__SSE2__)
/* Bit i is set when byte i of the 64 is a separator, a quote or a line end. */
static inline uint64_t block_mask(const char *block, char separator)
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
static inline uint64_t block_mask(const char *block, char separator)
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

static inline uint64_t mask_at(const struct csv *csv, const char *block)
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

/* A line end inside quotes; the LF of a CRLF counts, its CR does not. */
static inline bool ends_line(const struct csv *csv, const char *p)
{
    return *p == '\n' || (*p == '\r' && (p + 1 == csv->end || p[1] != '\n'));
}

/* Reads the quoted field whose opening quote is at csv->at; returns the byte that ends the field,
 * NULL when the text ends inside the quotes. */
static inline const char *quoted_field(struct csv *csv, struct csv_field *ret)
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

static inline void skip_line_end(struct csv *csv)
{
    if (csv->at == csv->end)
        return;
    if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
        csv->at = next_special(csv);
    csv->at++;
    csv->line++;
}

/* A lone field of nothing but blanks, not quoted. */
static inline bool is_blank(const char *row, const struct csv_field *field)
{
    return field->raw.ptr == row && slice_trim(field->raw).len == 0;
}

static inline enum csv_result csv_next_row(struct csv *csv, struct csv_field *fields, size_t cap,
                                           size_t *ret_count)
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

#endif

/* The ends of the CSV splitter: where it begins, one row for whoever reads few, what quotes hide.
 */
#include "detect/csv_split.h"

void csv_begin(struct csv *csv, slice text, char separator)
{
    if (slice_has_prefix(text, S("\xEF\xBB\xBF")))
        text = slice_from(text, 3);
    *csv = (struct csv){.at = text.ptr, .separator = separator, .line = 1, .row_line = 1};
    csv->end = text.ptr + text.len;
    csv->block = text.ptr;
    csv->mask = text.len > 0 ? mask_at(csv, text.ptr) : 0;
}

enum csv_result csv_row(struct csv *csv, struct csv_field *fields, size_t cap, size_t *ret_count)
{
    return csv_next_row(csv, fields, cap, ret_count);
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

/* Wraps, pads and draws with characters for terminals. */
#include "detect/text_out.h"

#include "base/text.h"

#include <math.h>

static void put_blanks(struct buf *buf, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_put_byte(buf, ' ');
}

/* --- wrapping -----------------------------------------------------------------------------------
 */

static size_t rune_at(slice text, uint32_t *ret_rune)
{
    size_t len = utf8_rune(text, ret_rune);
    if (len == 0)
        *ret_rune = 0;
    return len ? len : 1;
}

static bool is_wide(uint32_t rune)
{
    return rune >= 0x2E80 && rune < 0x40000;
}

/* Closing punctuation stays with what it closes. */
static bool sticks_left(uint32_t rune)
{
    static const uint32_t closing[] = {0x2019, 0x201D, 0x2026, 0x3001, 0x3002, 0x300B, 0x300D,
                                       0xFF01, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F};
    for (size_t i = 0; i < ARRAY_COUNT(closing); i++)
        if (rune == closing[i])
            return true;
    return rune < 0x80 && rune != ' ' && strchr(",.;:!?)]}%", (int)rune) != NULL;
}

static bool sticks_right(uint32_t rune)
{
    return rune == 0x2018 || rune == 0x201C || rune == 0x300A || rune == 0x300C || rune == 0xFF08 ||
           rune == '(' || rune == '[';
}

/* May a line end between these two characters? */
static bool breaks_between(uint32_t before, uint32_t after)
{
    if (after == ' ')
        return true;
    if (sticks_left(after) || sticks_right(before))
        return false;
    return before == ' ' || is_wide(before) || is_wide(after);
}

/* Bytes of text that fit into `width`, cut at the last good place; at least one character. */
static size_t line_bytes(slice text, size_t width)
{
    size_t used = 0;
    size_t columns = 0;
    size_t good = 0;
    uint32_t before = ' ';
    while (used < text.len) {
        uint32_t rune;
        slice rest = slice_from(text, used);
        size_t len = rune_at(rest, &rune);
        if (used > 0 && breaks_between(before, rune))
            good = used;
        columns += text_width(slice_sub(rest, 0, len));
        if (columns > width && rune != ' ')
            return good ? good : used ? used : len;
        used += len;
        before = rune;
    }
    return text.len;
}

void text_wrap(struct buf *buf, slice first, slice text, size_t width)
{
    size_t indent = text_width(first);
    size_t room = width > indent + 10 ? width - indent : 10;
    text = slice_trim(text);
    buf_put(buf, first);
    do {
        size_t len = line_bytes(text, room);
        buf_put(buf, slice_trim(slice_sub(text, 0, len)));
        buf_put_byte(buf, '\n');
        text = slice_trim(slice_from(text, len));
        if (text.len)
            put_blanks(buf, indent);
    } while (text.len);
}

/* --- columns ------------------------------------------------------------------------------------
 */

void text_pad(struct buf *buf, slice text, size_t columns)
{
    size_t width = text_width(text);
    buf_put(buf, text);
    put_blanks(buf, width < columns ? columns - width : 0);
}

void text_pad_left(struct buf *buf, slice text, size_t columns)
{
    size_t width = text_width(text);
    put_blanks(buf, width < columns ? columns - width : 0);
    buf_put(buf, text);
}

/* --- drawings -----------------------------------------------------------------------------------
 */

static const char *const levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/* Mean of the finite values that share a column; NaN when there is none. */
static double column_mean(const double *values, size_t count, size_t column, size_t columns)
{
    double sum = 0;
    size_t found = 0;
    for (size_t i = column * count / columns; i < (column + 1) * count / columns; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            found++;
        }
    return found ? sum / (double)found : NAN;
}

void text_spark(struct buf *buf, const double *values, size_t count, size_t columns)
{
    double low = INFINITY;
    double high = -INFINITY;
    columns = count < columns ? count : columns;
    for (size_t c = 0; c < columns; c++) {
        double value = column_mean(values, count, c, columns);
        low = fmin(low, value);
        high = fmax(high, value);
    }
    for (size_t c = 0; c < columns; c++) {
        double value = column_mean(values, count, c, columns);
        double share = high > low ? (value - low) / (high - low) : 0.4;
        buf_put_str(buf, isnan(value) ? " " : levels[(int)fmin(7, fmax(0, share * 8))]);
    }
}

void text_bar(struct buf *buf, double share, size_t columns)
{
    size_t full = share > 0 ? (size_t)(fmin(share, 1) * (double)columns + 0.5) : 0;
    for (size_t c = 0; c < columns; c++)
        buf_put_str(buf, c < full ? "█" : "░");
}

/* --- ASCII --------------------------------------------------------------------------------------
 */

void text_to_ascii(struct buf *buf, slice text)
{
    static const struct {
        uint32_t rune;
        const char *ascii;
    } map[] = {{0xB7, "|"},    {0x2013, "-"},  {0x2014, "-"}, {0x2018, "'"},   {0x2019, "'"},
               {0x201C, "\""}, {0x201D, "\""}, {0x2022, "*"}, {0x2026, "..."}, {0x2191, "^"},
               {0x2192, "->"}, {0x2264, "<="}, {0x2500, "-"}, {0x2502, "|"},   {0x2503, "|"},
               {0x2581, "_"},  {0x2582, "."},  {0x2583, "-"}, {0x2584, "~"},   {0x2585, "="},
               {0x2586, "+"},  {0x2587, "*"},  {0x2588, "#"}, {0x2591, "."},   {0x25A1, "[ ]"},
               {0x25B2, "!"},  {0x25CB, "o"},  {0xFFFD, "?"}, {0x221E, "inf"}};
    while (text.len) {
        uint32_t rune;
        size_t len = rune_at(text, &rune);
        const char *ascii = NULL;
        for (size_t i = 0; i < ARRAY_COUNT(map) && rune >= 0x80; i++)
            if (map[i].rune == rune)
                ascii = map[i].ascii;
        if (ascii)
            buf_put_str(buf, ascii);
        else
            buf_put(buf, slice_sub(text, 0, len));
        text = slice_from(text, len);
    }
}

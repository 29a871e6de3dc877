/* Makes names from outside safe and short enough to show. */
#include "detect/names.h"

#include "base/buf.h"
#include "base/text.h"

#include <assert.h>

/* Labels of a run ledger carry it in a panel; the log that the reader knows does not. */
#define LEDGER_PREFIX S("protocol:")

/* Everything that changes a line without being seen in it: C0, DEL and C1 controls, soft hyphen,
 * zero-width and direction characters, line separators, tags, the byte order mark. */
static bool is_invisible(uint32_t rune)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},      {0xAD, 0xAD},     {0x34F, 0x34F},
                  {0x61C, 0x61C},   {0x115F, 0x1160},  {0x180B, 0x180F}, {0x200B, 0x200F},
                  {0x2028, 0x202E}, {0x2060, 0x206F},  {0x3164, 0x3164}, {0xFEFF, 0xFEFF},
                  {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}};
    for (size_t i = 0; i < ARRAY_COUNT(ranges); i++)
        if (rune >= ranges[i].first && rune <= ranges[i].last)
            return true;
    return false;
}

/* The next character of *name as it is shown; *name moves behind it. */
static slice next_shown(slice *name)
{
    uint32_t rune = 0;
    size_t len = utf8_rune(*name, &rune);
    slice shown = len ? slice_sub(*name, 0, len) : S("\xEF\xBF\xBD");
    *name = slice_from(*name, len ? len : 1);
    return len && is_invisible(rune) ? S("\xEF\xBF\xBD") : shown;
}

slice name_shown(struct arena *arena, slice name, size_t columns)
{
    assert(columns >= 2);
    name = slice_trim(name);
    if (slice_has_prefix(name, LEDGER_PREFIX))
        name = slice_from(name, LEDGER_PREFIX.len);
    if (name.len == 0)
        return S("–");
    struct buf out;
    buf_init_arena(&out, arena, NAME_BYTES_MAX);
    size_t width = 0;
    size_t kept = 0; /* bytes that still leave room for the ellipsis */
    bool cut = false;
    while (name.len && !cut) {
        slice shown = next_shown(&name);
        width += text_width(shown);
        cut = width > columns || out.len + shown.len + 4 > NAME_BYTES_MAX;
        if (cut)
            break;
        buf_put(&out, shown);
        if (width < columns)
            kept = out.len;
    }
    if (cut) {
        out.len = kept;
        buf_put_str(&out, "…");
    }
    return buf_slice(&out);
}

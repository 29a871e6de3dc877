/* Line-wise editing of sleuth.conf: comments, order and blank lines stay as they were. */
#include "tools/config_edit.h"

struct editing {
    struct buf *out;
    const char *section;
    const char *key;
    const char *value;
    bool inside;   /* in the section that holds the key */
    bool dropping; /* continuation lines of the old value */
    bool written;
    size_t blank_at; /* where the blank lines at the end of the section begin */
};

static void line_write(struct editing *e)
{
    buf_printf(e->out, "%s = %s\n", e->key, e->value);
    e->written = true;
}

/* "[http]" or "[plan \"pro\"]" → what stands between the brackets. */
static bool section_of(slice line, slice *ret)
{
    size_t end;
    line = slice_trim(line);
    if (!slice_has_prefix(line, S("[")) || !slice_find_byte(line, ']', &end))
        return false;
    *ret = slice_trim(slice_sub(line, 1, end - 1));
    return true;
}

static bool is_key_line(const struct editing *e, slice line)
{
    size_t at;
    return slice_find_byte(line, '=', &at) &&
           slice_eq(slice_trim(slice_sub(line, 0, at)), slice_of(e->key));
}

/* Behind the last line of the section that is not blank. */
static void section_end(struct editing *e)
{
    struct buf *out = e->out;
    if (!e->inside || e->written)
        return;
    size_t blanks = out->len - e->blank_at;
    out->len = e->blank_at;
    line_write(e);
    for (size_t i = 0; i < blanks; i++)
        buf_put_byte(out, '\n');
}

static void line_edit(struct editing *e, slice line)
{
    slice name;
    bool indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
    if (e->dropping && indented && slice_trim(line).len)
        return;
    e->dropping = false;
    if (section_of(line, &name)) {
        section_end(e);
        e->inside = slice_eq(name, slice_of(e->section));
    } else if (e->inside && !indented && is_key_line(e, line)) {
        if (!e->written)
            line_write(e);
        e->dropping = true;
        e->blank_at = e->out->len;
        return;
    }
    buf_put(e->out, line);
    buf_put_byte(e->out, '\n');
    if (slice_trim(line).len)
        e->blank_at = e->out->len;
}

void config_edit(struct buf *out, slice text, const char *section, const char *key,
                 const char *value)
{
    struct editing e = {.out = out, .section = section, .key = key, .value = value};
    slice line;
    if (slice_has_suffix(text, S("\n")))
        text.len--;
    while (text.len && slice_split(&text, '\n', &line))
        line_edit(&e, line);
    section_end(&e);
    if (e.written)
        return;
    buf_printf(out, "%s[%s]\n", out->len ? "\n" : "", section);
    line_write(&e);
}

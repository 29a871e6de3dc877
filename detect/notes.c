/* Notes and row errors: sentences in two languages that travel with panel and report. */
#include "detect/notes.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 400, VALUE_MAX = 64 };

/* The English format and its twin, printed with the same arguments. */
static void sentence_pair(struct arena *arena, slice ret[2], const char *format, va_list args)
{
    for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
        char text[SENTENCE_MAX];
        va_list copy;
        va_copy(copy, args);
        int n = vsnprintf(text, sizeof text, tr((enum lang)lang, format), copy);
        va_end(copy);
        size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
        ret[lang] = arena_copy(arena, text_cut(slice_make(text, len), len));
    }
}

slice text_cut(slice text, size_t max)
{
    size_t keep = text.len < max ? text.len : max;
    size_t at = keep;
    /* A character cut in the middle leaves at most three of its bytes behind. */
    for (int back = 0; back < 3 && at > 0 && ((unsigned char)text.ptr[at - 1] & 0xC0) == 0x80;
         back++)
        at--;
    if (at > 0 && (unsigned char)text.ptr[at - 1] >= 0xC0) {
        slice last = slice_make(text.ptr + at - 1, keep - (at - 1));
        keep = utf8_rune(last, /* ret_rune= */ NULL) ? keep : at - 1;
    }
    return slice_make(text.ptr, keep);
}

static bool notes_grow(struct notes *notes, struct arena *arena)
{
    size_t cap = notes->cap ? notes->cap * 2 : 8;
    struct note *items = arena_array(arena, cap, sizeof *items);
    if (!items)
        return false;
    if (notes->count > 0)
        memcpy(items, notes->items, notes->count * sizeof *items);
    notes->items = items;
    notes->cap = cap;
    return true;
}

void note_add(struct notes *notes, struct arena *arena, const char *code, slice subject,
              const char *format, ...)
{
    if (notes->count == notes->cap && !notes_grow(notes, arena))
        return;
    struct note *note = &notes->items[notes->count++];
    note->code = code;
    note->subject = arena_copy(arena, subject);
    va_list args;
    va_start(args, format);
    sentence_pair(arena, note->text, format, args);
    va_end(args);
}

void row_error_add(struct row_errors *errors, struct arena *arena, const char *code,
                   const struct place *place, const char *format, ...)
{
    if (!errors)
        return;
    errors->total++;
    if (errors->count == ROW_ERRORS_MAX)
        return;
    struct row_error *item = &errors->items[errors->count++];
    *item = (struct row_error){.line = place->line, .code = code};
    item->column = arena_copy(arena, place->column);
    item->value = arena_copy(arena, text_cut(place->value, VALUE_MAX));
    va_list args;
    va_start(args, format);
    sentence_pair(arena, item->text, format, args);
    va_end(args);
}

/* A page to write sections and plots into, for the tests of the HTML parts. */
#ifndef TESTS_DETECT_PAGE_SAMPLE_H
#define TESTS_DETECT_PAGE_SAMPLE_H

#include "detect/html_parts.h"
#include "detect/plots.h"

#include "report_sample.h"

#include <check.h>

struct page_sample {
    struct arena arena;
    struct buf out;
    struct wording words;
    struct report_context context;
    struct detect_report *report;
    struct page page;
};

static inline void page_begin(struct page_sample *s, struct sample_options options)
{
    arena_init(&s->arena, 1 << 26);
    buf_init(&s->out, 1 << 20);
    s->report = sample_report(&options, &s->arena);
    s->context = sample_context();
    wording_build(s->report, LANG_EN, &s->arena, &s->words);
    s->page = (struct page){.out = &s->out, .words = &s->words, .context = &s->context};
}

static inline void page_finish(struct page_sample *s)
{
    ck_assert(!s->arena.overflow && !s->out.overflow);
    arena_finish(&s->arena);
    buf_finish(&s->out);
}

static inline bool page_has(const struct page_sample *s, const char *needle)
{
    size_t at;
    return slice_find(buf_slice(&s->out), slice_of(needle), &at);
}

static inline size_t page_count(const struct page_sample *s, const char *needle)
{
    slice rest = buf_slice(&s->out);
    size_t count = 0;
    size_t at;
    for (; slice_find(rest, slice_of(needle), &at); count++)
        rest = slice_from(rest, at + 1);
    return count;
}

#endif

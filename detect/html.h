/* Building blocks of an HTML report: escaped text, names, headings, lists, tables, figures.
 *
 * Everything that is written goes through buf_put_html, except the fixed tags of this layer. */
#ifndef DETECT_HTML_H
#define DETECT_HTML_H

#include "detect/wording.h"

enum {
    HTML_SERIES_MAX = 6,      /* systems drawn in one plot */
    HTML_SETTINGS_MAX = 3,    /* settings that get a plot */
    HTML_POINTS_MAX = 100,    /* points of a line */
    HTML_DOTS_MAX = 300,      /* dots of a cloud */
    HTML_TABLE_ROWS_MAX = 40, /* rows of a data table; the rest is in the JSON and CSV reports */
};

struct page {
    struct buf *out;
    struct wording *words;
    const struct report_context *context; /* never NULL */
    bool whole;                           /* a page of its own: has the h1 */
    unsigned figure_count;                /* for ids */
};

void html_text(struct page *page, slice text);         /* escaped */
void html_say(struct page *page, const char *english); /* translated and escaped */
void html_name(struct page *page, slice name);         /* shortened, isolated, escaped */
void html_number(struct page *page, double value);     /* 3 digits, all of them in the title */
void html_paragraph(struct page *page, const char *class, slice text);
void html_list(struct page *page, const char *class, const struct sentences *list);

/* A section with its heading; sections do not nest. */
void html_section(struct page *page, const char *id, const char *english);
void html_section_end(struct page *page);

/* A table in a box that scrolls sideways. Headings end with NULL; '#' before one = a column of
 * numbers. Rows: html_row, then cells; the first cell of a row is its heading. */
void html_table(struct page *page, const char *class, const char *caption,
                const char *const *headings);
void html_table_end(struct page *page);
void html_row(struct page *page);
void html_row_end(struct page *page);
void html_head_cell(struct page *page, slice name);
void html_text_cell(struct page *page, slice text);
void html_number_cell(struct page *page, double value);
void html_count_cell(struct page *page, uint64_t value);

/* "Show as table" around a table. */
void html_details(struct page *page);
void html_details_end(struct page *page);

/* Row in a list of term and description; nothing when text is empty. */
void html_fact(struct page *page, const char *term, slice text);

#endif

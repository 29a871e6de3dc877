/* What many pages are made of: tables, dialogs, fields, buttons, facts, charts.
 *
 * Texts in English are translated; slices are data and are escaped. The attributes data-open,
 * data-send, data-done and data-confirm are read by forms.js, which says what they mean. */
#ifndef PAGES_PARTS_H
#define PAGES_PARTS_H

#include "pages/page.h"

/* --- tables: on a phone each row becomes a small card, its cells named after their column --- */

enum { PAGE_TABLE_COLUMNS_MAX = 12 };

struct page_table {
    const char *const *heads; /* N_(), NULL ends; '#' in front = numbers, "" = no heading */
    size_t column;            /* of the open cell, 1-based; 0 = none */
    bool row_open;
};

/* caption may be NULL when a heading stands above. */
void page_table_open(struct page *page, struct page_table *table, const char *caption,
                     const char *const *heads);
void page_table_row(struct page *page, struct page_table *table);
void page_table_cell(struct page *page, struct page_table *table); /* opens the next cell */
void page_table_text(struct page *page, struct page_table *table, slice text);
void page_table_number(struct page *page, struct page_table *table, uint64_t number);
void page_table_time(struct page *page, struct page_table *table, int64_t unix_ms);
void page_table_close(struct page *page, struct page_table *table);

/* --- dialogs and forms --- */

struct page_dialog {
    const char *name;   /* what data-open calls it; unique on the page */
    const char *title;  /* N_() */
    const char *send;   /* "POST /api/projects/{id}/rounds"; {x} = data-x of the opening button */
    const char *done;   /* NULL = load the page again; "/dashboard/projects/{id}" from the answer;
                           "reveal" = show the secret of the answer in the dialog of that name */
    const char *submit; /* N_() */
    bool danger;
};
void page_dialog_open(struct page *page, const struct page_dialog *dialog);
void page_dialog_close(struct page *page, const struct page_dialog *dialog);
/* The button that opens it; id and name become data-id and data-name when they are not empty. */
void page_opener(struct page *page, const char *dialog, const char *text, slice id, slice name);

/* A form in the page itself, sent like a dialog. `said` (may be NULL) appears when it worked. */
void page_form_open(struct page *page, const char *send, const char *done, const char *said);
void page_form_close(struct page *page, const char *submit);
/* Where errors of the form appear. */
void page_form_errors(struct page *page);

struct page_field {
    const char *name;       /* member of the body; dots make nested objects */
    const char *label;      /* N_() */
    const char *attributes; /* literal: "type=\"number\" min=\"1\" required"; may be NULL */
    const char *help;       /* N_(), may be NULL */
    slice value;
};
void page_field(struct page *page, const struct page_field *field);
/* Several lines; rows of text. */
void page_text_area(struct page *page, const struct page_field *field);

struct page_option {
    const char *value;
    const char *text; /* N_() */
};
/* options end with a NULL value. */
void page_select(struct page *page, const struct page_field *field,
                 const struct page_option *options);
/* A text that must be typed to confirm: the value of data-name of the opening button. */
void page_confirm(struct page *page, const char *label);

/* The panel that shows a new secret once; env is its name in the file to download, or NULL. */
void page_reveal(struct page *page, const char *title, const char *label, const char *env);

/* --- small things --- */

/* <dt>, <dd> of a list of facts. */
void page_facts_open(struct page *page);
void page_fact(struct page *page, const char *term, slice text);
void page_fact_time(struct page *page, const char *term, int64_t unix_ms);
void page_fact_number(struct page *page, const char *term, uint64_t number);
void page_fact_code(struct page *page, const char *term, slice text);
void page_facts_close(struct page *page);

void page_card_open(struct page *page, const char *title);
void page_card_close(struct page *page);
/* A link with a translated text; href is a literal or made of ids. */
void page_link(struct page *page, const char *href, const char *class_name, const char *text);
/* Nothing here yet: what this is for, and what to do first. */
void page_empty(struct page *page, const char *text, const char *href, const char *action);
/* In place of what the reader's plan does not include. */
void page_plan_needed(struct page *page);
/* "Older entries", when the list goes on; query = what else must stay in the address. */
void page_more(struct page *page, slice cursor, slice query);
/* A word in a round frame; class_name: high, medium, low, neutral. */
void page_tag(struct page *page, const char *class_name, const char *text);
/* "12.3 MiB" */
void page_bytes(struct page *page, uint64_t bytes);
/* Date and time of day, UTC. */
void page_moment(struct page *page, int64_t unix_ms);

/* --- charts --- */

/* A bar of share 0..1 of a limit, amber from 0.8, red from 1. */
void page_meter(struct page *page, double share);
/* Bars per day, oldest first, and the same as a table. day = days since 1970 of the first. */
struct page_trend {
    const char *title; /* N_(): what is counted */
    const uint64_t *values;
    size_t count;
    uint64_t first_day;
};
void page_trend(struct page *page, const struct page_trend *trend);

#endif

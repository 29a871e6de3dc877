/* Stored analyses as rows of a list: without their reports, which would not fit together. */
#ifndef PAGES_ANALYSIS_ROWS_H
#define PAGES_ANALYSIS_ROWS_H

#include "pages/page.h"
#include "storage/storage.h"

struct analysis_filter {
    slice label, tag, risk; /* empty = any; label: a part of it */
};

struct analysis_rows {
    struct store_analysis *rows; /* report and params are left out */
    size_t count;
    slice next; /* cursor of older ones; empty = the end */
    slice with; /* in: each row offers to be compared with this one; empty = not */
};

/* The caller's newest rows behind the cursor (empty = from the newest). Check stage. */
status analysis_rows_read(struct call *call, const struct analysis_filter *filter, slice cursor,
                          size_t limit, struct analysis_rows *ret, struct error *err);
/* As a table with links. */
void analysis_rows_put(struct page *page, const struct analysis_rows *rows);

#endif

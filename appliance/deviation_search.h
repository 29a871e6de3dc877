/* Private to deviation*.c: the search for deviations in one addition. */
#ifndef APPLIANCE_DEVIATION_SEARCH_H
#define APPLIANCE_DEVIATION_SEARCH_H

#include "deviation.h"

struct search {
    const struct deviation_input *in;
    struct deviations *ret;
    const struct ledger_row **order; /* by task, lineage, run, metric; old ones first */
    int64_t *oldest_allowed; /* per row of the ledger: newest time of old rows of its line */
    int64_t *newest_new;     /* per row: newest time of new rows of its line */
};

/* Several runs of one addition that differ alike are one deviation. */
void search_add(struct search *s, struct deviation found);
void search_add_of_row(struct search *s, const struct ledger_row *row, enum deviation_kind kind,
                       slice field, slice from, slice to);
slice search_count_text(struct search *s, int64_t count);

/* deviation_row.c: a new row of the agreed metric by itself. */
void search_row(struct search *s, const struct ledger_row *row);
/* deviation_lines.c: what only several rows tell: tasks left out, attempts beyond the budget. */
status search_lines(struct search *s, struct error *err);

#endif

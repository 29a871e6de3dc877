/* The report of a stored analysis: what is kept of it, and any format of it later. */
#ifndef API_KEPT_REPORT_H
#define API_KEPT_REPORT_H

#include "detect/detect.h"
#include "storage/storage.h"

struct call;

enum kept_format { KEPT_HTML, KEPT_MARKDOWN, KEPT_CSV };

struct kept_text {
    slice text;
    enum lang lang; /* of the text */
    enum kept_format format;
};

/* Sets what row keeps of the report: its numbers as bytes; of a report whose bytes are too large
 * the three formats, in its language. Work stage. */
status kept_report_make(struct call *call, const struct report_kept *kept,
                        struct store_analysis *row, struct error *err);

/* The report in ret->format, in the language that the reader asks for (?lang=, else
 * Accept-Language), else its own; links are those of the row. ST_CONFLICT (report_not_kept).
 * Work stage: a page takes about a millisecond. */
status kept_report_render(struct call *call, const struct store_analysis *row,
                          struct kept_text *ret, struct error *err);

#endif

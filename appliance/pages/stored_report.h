/* A stored answer of a detection as a readable report: the words of its JSON, in its language. */
#ifndef PAGES_STORED_REPORT_H
#define PAGES_STORED_REPORT_H

#include "json.h"
#include "pages/page.h"

/* Verdict, what is certain, what was not checked, mechanisms, next steps, warnings, origin: in the
 * order of the full report and with its style sheet. Members that are missing are left out. */
void stored_report_put(struct page *page, const struct json *report);

#endif

/* The form for a new analysis: a table, pasted text, a sample, or logs of evaluation tools. */
#ifndef PAGES_ANALYSE_FORM_H
#define PAGES_ANALYSE_FORM_H

#include "pages/page.h"

enum { ANALYSE_LEFT_UNLIMITED = -1, ANALYSE_VISITOR = -2 };

/* left: analyses that the month still allows, or one of the above. analyse.js does the rest; the
 * result appears below the form. */
void analyse_form_put(struct page *page, int64_t left);

#endif

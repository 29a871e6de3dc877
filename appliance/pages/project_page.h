/* The dialogs of a project's page. */
#ifndef PAGES_PROJECT_PAGE_H
#define PAGES_PROJECT_PAGE_H

#include "pages/page_data.h"

/* Add rounds, freeze, review, approve, change, delete: what the reader may do with it. */
void project_dialogs_put(struct page *page, const struct json *project);

#endif

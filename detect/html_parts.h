/* The sections of an HTML report, in the order of the page. Each leaves itself out when it has
 * nothing to say. */
#ifndef DETECT_HTML_PARTS_H
#define DETECT_HTML_PARTS_H

#include "detect/html.h"

void html_verdict(struct page *page);    /* html_verdict.c: answer, headline, text, facts */
void html_certain(struct page *page);    /* what is certain, what was not checked */
void html_mechanism(struct page *page);  /* what drove it, the null */
void html_classic(struct page *page);    /* html_classic.c: indicator cards, CBS */
void html_rounds(struct page *page);     /* plots over rounds, variation */
void html_next_steps(struct page *page); /* html_verdict.c */
void html_data(struct page *page);       /* html_provenance.c: completeness, warnings */
void html_provenance(struct page *page); /* where every number comes from */
void html_use(struct page *page);        /* assumptions, intended use, people */

#endif

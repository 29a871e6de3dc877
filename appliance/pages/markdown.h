/* The part of Markdown that our own documents use, as HTML: headings, paragraphs, lists, tables,
 * code blocks, emphasis, code, links. Everything else is text, and all text is escaped. */
#ifndef PAGES_MARKDOWN_H
#define PAGES_MARKDOWN_H

#include "base/buf.h"

void markdown_html(struct buf *out, slice markdown);

/* Text of the first "# " heading; empty when there is none. */
slice markdown_title(slice markdown);

#endif

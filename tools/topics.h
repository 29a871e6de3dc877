/* Help topics that are not commands: exit codes, common flags, files, output, languages. */
#ifndef TOOLS_TOPICS_H
#define TOOLS_TOPICS_H

#include "tools/cli.h"

struct topic_row {
    const char *label;
    const char *text; /* N_() */
};

struct topic {
    const char *name;
    const char *summary;          /* one line, N_() */
    const struct topic_row *rows; /* ends with {0}; NULL = none */
    const char *text;             /* paragraphs, N_(); NULL = none */
    size_t column;                /* where the texts of the rows start */
    bool lists_flags;             /* shows the common flags before the rows */
};

extern const struct topic help_topics[]; /* ends with {0} */

/* "-o json", "--plan free|pro": how a flag stands in help, manual and completion. */
void help_flag_label(struct buf *out, const struct flag *flag);

#endif

/* Manual pages from the tables that --help is made of. */
#ifndef TOOLS_MAN_H
#define TOOLS_MAN_H

#include "tools/cli.h"

/* sleuth(1), sleuth-<noun>(1) as roff, in the language of cli. */
void man_main(const struct cli *cli, struct buf *out);
void man_noun(const struct cli *cli, const struct noun *noun, struct buf *out);
/* sleuth.conf(5) from the option table (man_config.c). */
void man_config(const struct cli *cli, struct buf *out);
/* sleuth-api(7) from the route table (man_api.c). */
void man_api(const struct cli *cli, struct buf *out);

/* Text as roff: backslashes, hyphens, and dots at line starts come out as written. */
void man_text(struct buf *out, const char *text);
/* The .TH line, NAME section: "sleuth-user" 1 "users of the appliance". */
void man_head(const struct cli *cli, struct buf *out, const char *name, int section,
              const char *summary);
/* A section heading. */
void man_section(const struct cli *cli, struct buf *out, const char *english);
/* A labelled paragraph (.TP): the label in bold. */
void man_item(struct buf *out, const char *label, const char *text);

#endif

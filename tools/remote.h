/* Commands that can speak to an appliance on another host: --server, its key, its certificate. */
#ifndef TOOLS_REMOTE_H
#define TOOLS_REMOTE_H

#include "tools/cli.h"

/* clang-format off */
#define REMOTE_FLAGS \
    {"server", .kind = FLAG_TEXT, .value = "URL", \
     .summary = N_("an appliance on another host (else $SLEUTH_SERVER, else the one of this host)")}, \
    {"key-file", .kind = FLAG_TEXT, .value = "FILE", \
     .summary = N_("API key for --server, one line; '-' is standard input (else $SLEUTH_API_KEY)")}, \
    {"ca-file", .kind = FLAG_TEXT, .value = "FILE", \
     .summary = N_("certificate authorities that --server is checked against, PEM")}
/* clang-format on */

/* Where the calls of this command go, from flags and environment; to be called before the first
 * one. The command has REMOTE_FLAGS. Connects to nothing. */
status remote_choose(struct cli *cli, struct error *err);

#endif

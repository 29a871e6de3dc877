/* `sleuth serve`: brings the parts up in order, waits for signals, brings them down in reverse. */
#ifndef SERVE_H
#define SERVE_H

#include "base/status.h"

#include <stdbool.h>

struct serve_options {
    const char *config_path; /* NULL = the usual places */
    const char *data_dir;    /* NULL = configuration, else the usual places */
    const char *run_dir;     /* NULL = $RUNTIME_DIRECTORY, else DATA/run */
    const char *listen;      /* "127.0.0.1:5000", "[::1]:0", …; NULL = configuration */
    const char *tls_cert;    /* PEM files; both or none */
    const char *tls_key;
    bool no_tls;       /* only on loopback … */
    bool force_no_tls; /* … unless forced */
    bool dev;          /* throw-away instance: temporary directory, first user and key printed */
};

/* Blocks until a stop signal. Prints "listening https://127.0.0.1:41234" on stdout once it does.
 * ST_LOCKED when another process owns the directory, ST_CONFIG, ST_IO, ST_CORRUPT. */
status serve_run(const struct serve_options *options, struct error *err);

#endif

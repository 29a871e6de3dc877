/* The checks of a release gate over one analysed log. */
#ifndef TOOLS_GATE_H
#define TOOLS_GATE_H

#include "tools/detection.h"

enum gate_check {
    GATE_ADAPTIVE,     /* the protocol followed the results */
    GATE_DEVIATION,    /* the log does not continue its baseline */
    GATE_INCOMPARABLE, /* the protocol differs between systems or inside rounds */
    GATE_INSUFFICIENT, /* the log cannot answer the question */
    GATE_INCOMPLETE,   /* rows or rounds are missing */
    GATE_BIAS,         /* classic engine: two of three indicators */
    GATE_MEDIUM,       /* classic engine: risk medium or high */
    GATE_HIGH,         /* classic engine: risk high */
    GATE_GRADE,        /* below --min-grade */
    GATE_CHECK_COUNT
};

enum gate_result { GATE_SKIPPED, GATE_PASSED, GATE_FAILED };

struct gate_finding {
    enum gate_result result;
    slice text; /* why it failed, in the reader's language; empty otherwise */
};

struct gate_log {
    const char *path;
    const char *verdict; /* slug, or classic risk */
    struct gate_finding findings[GATE_CHECK_COUNT];
    bool failed; /* one finding at least */
};

const char *gate_check_name(enum gate_check check); /* "adaptive" */
bool gate_check_named(slice name, enum gate_check *ret);
bool gate_check_is_classic(enum gate_check check);

/* Fills the findings of the wanted checks (bits 1 << check). baseline: an earlier report as JSON,
 * NULL = none. */
struct json;
status gate_log_check(struct cli *cli, const struct detection *detection, unsigned wanted,
                      const struct json *baseline, struct gate_log *ret, struct error *err);

/* JUnit XML: one test suite per log, one test case per check. */
void gate_junit(struct buf *out, const struct gate_log *logs, size_t count);

#endif

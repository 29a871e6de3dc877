/* The flags of detect, gate and report recompute, and what they mean for the library. */
#ifndef TOOLS_DETECT_FLAGS_H
#define TOOLS_DETECT_FLAGS_H

#include "tools/cli.h"

#include "detect/detect.h"

/* Rows of the flag tables of detect and gate: how a log is read and analysed. */
/* clang-format off */
#define DETECT_FLAGS                                                                               \
    {"engine", .kind = FLAG_CHOICE, .value = "calibrated|classic",                                 \
     .summary = N_("calibrated test (default), or only the classic indicators")},                  \
    {"preset", .kind = FLAG_CHOICE, .value = "standard|strict|lenient|academic|industrial",        \
     .summary = N_("a named set of alpha and thresholds; other flags win over it")},               \
    {"alpha", .kind = FLAG_REAL, .value = "A",                                                     \
     .summary = N_("accepted share of false alarms among honest logs (default 0.05)")},            \
    {"draws", .kind = FLAG_WHOLE, .value = "N",                                                    \
     .summary = N_("random permutations (default 1999)")},                                         \
    {"seed", .kind = FLAG_WHOLE, .value = "N",                                                     \
     .summary = N_("start of the random numbers; same seed, same result (default 1)")},            \
    {"bootstrap", .kind = FLAG_WHOLE, .value = "N",                                                \
     .summary = N_("resamples for intervals of the classic indicators (default: none)")},          \
    {"confidence", .kind = FLAG_REAL, .value = "C",                                                \
     .summary = N_("level of these intervals (default 0.95)")},                                    \
    {"interval", .kind = FLAG_CHOICE, .value = "percentile|bca",                                   \
     .summary = N_("how these intervals are computed (default: percentile)")},                     \
    {"weights", .kind = FLAG_TEXT, .value = "A,B,C",                                               \
     .summary = N_("weights of PSI, CCS and rho_PC in the classic score; they sum to 1")},         \
    {"psi-threshold", .kind = FLAG_REAL, .value = "X",                                             \
     .summary = N_("classic limit of PSI (default 0.15)")},                                        \
    {"ccs-threshold", .kind = FLAG_REAL, .value = "X",                                             \
     .summary = N_("classic limit of CCS (default 0.85)")},                                        \
    {"rho-threshold", .kind = FLAG_REAL, .value = "X",                                             \
     .summary = N_("classic limit of rho_PC (default 0.5)")},                                      \
    {"psi-scale", .kind = FLAG_CHOICE, .value = "raw|zscore|relative",                             \
     .summary = N_("scale of the constraints in PSI (default: raw)")},                             \
    {"map", .kind = FLAG_TEXT, .repeatable = true, .value = "NAME=COLUMN",                         \
     .summary = N_("read column NAME of the file as COLUMN: --map accuracy=performance")},         \
    {"separator", .kind = FLAG_TEXT, .value = "CHAR",                                              \
     .summary = N_("',', ';', 'tab' or '|' between columns (default: found out)")},                \
    {"lower-is-better", .kind = FLAG_SWITCH,                                                       \
     .summary = N_("performance is a loss or an error rate")},                                     \
    {"attempts", .kind = FLAG_WHOLE, .value = "M",                                                 \
     .summary = N_("configurations that were tried for the best score, if known")},                \
    {"score-stderr", .kind = FLAG_REAL, .value = "S",                                              \
     .summary = N_("standard error of one score, if known")},                                      \
    {"threads", .kind = FLAG_WHOLE, .value = "N",                                                  \
     .summary = N_("computing threads (default: one per core); never changes a result")}
/* clang-format on */

enum { MAPS_MAX = 64 };

struct detect_settings {
    struct detect_options options; /* hooks empty */
    struct panel_options reading;
    struct column_map maps[MAPS_MAX];
    unsigned threads; /* 0 = one per core */
};

/* Usage errors (exit 64) for values that cannot be read, ST_INVALID for values out of range. */
status detect_settings_read(struct cli *cli, struct detect_settings *ret, struct error *err);

#endif

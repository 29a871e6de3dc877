/* One log analysed on the command line: read, panel, report; no server, no data directory. */
#ifndef TOOLS_DETECTION_H
#define TOOLS_DETECTION_H

#include "tools/detect_flags.h"
#include "tools/ledger_source.h"
#include "tools/pool.h"

#include "ledger_panel.h"

#include <pthread.h>

enum { SHA256_HEX_MAX = 65 };

/* What the analyses of one command share. */
struct analyst {
    struct cli *cli;
    struct pool *pool;
    bool is_ledger;           /* all words are one log */
    int64_t deadline_ms;      /* monotonic; 0 = none */
    struct progress progress; /* drawn under lock: phases report from any thread */
    pthread_mutex_t progress_lock;
    char binary_sha256[SHA256_HEX_MAX]; /* of this program; empty until it is needed */
};

struct detection {
    const char *path; /* as given; "-" = standard input */
    slice name;       /* as reports show it: without folders */
    char sha256[SHA256_HEX_MAX];
    struct panel *panel;
    struct detect_report *report;
    int64_t created_ms; /* wall */
    int64_t elapsed_ms;
    struct ledger_source_set *ledger; /* when logs of tools were read; else NULL */
    struct ledger_panel_facts facts;  /* with a ledger */
    struct report_runs runs;          /* with a ledger */
    char grade[2];                    /* "A", "B", "C" */
    struct arena arena;               /* everything above and the file's bytes */
};

/* True when the words of the command are logs of evaluation tools, a run ledger or directories of
 * them: then all words together are one log. */
bool words_are_ledger(const struct cli *cli);

status analyst_init(struct analyst *analyst, struct cli *cli, unsigned threads, struct error *err);
void analyst_finish(struct analyst *analyst);

/* Reads and analyses one file, or all words of the command when they are a ledger (path is then
 * the first). Row errors are told on standard error. *ret must be finished, also
 * after a failure. settings->options.hooks is ignored. */
status detection_run(struct analyst *analyst, const char *path,
                     const struct detect_settings *settings, struct detection *ret,
                     struct error *err);
void detection_finish(struct detection *detection);

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_MARKDOWN, REPORT_HTML, REPORT_CSV };

/* The report in the language of cli. */
status detection_render(struct analyst *analyst, const struct detection *detection,
                        const struct detect_settings *settings, enum report_format format,
                        struct buf *out, struct error *err);

/* Context of a report made here; texts live in the detection's arena. */
void detection_context(struct analyst *analyst, const struct detection *detection,
                       const struct detect_settings *settings, struct report_context *ret);

#endif

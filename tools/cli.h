/* The command line: what a command is, what it gets, and how it answers.
 *
 * `sleuth <noun> <verb> [words] [flags]`. One file cmd_<noun>.c per noun holds its verbs as a table
 * of struct command; help, manual pages and shell completion are generated from the same tables.
 * Commands write data to standard output and everything else to standard error. Single thread. */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/* Exit codes are a contract (sleuth(1)); every status maps to one in exit_code_of. */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_FOUND = 1,   /* detection or gate: bias found; diff: not comparable */
    EXIT_FAILED = 2,  /* runtime error, invalid input */
    EXIT_VERIFY = 3,  /* checksum, signature or audit chain does not match */
    EXIT_REFUSED = 4, /* policy, permission, needs --yes */
    EXIT_CONFIG = 5,  /* configuration not valid */
    EXIT_NOT_FOUND = 6,
    EXIT_CONFLICT = 7,    /* locked, exists already */
    EXIT_UNREACHABLE = 8, /* the server does not answer */
    EXIT_PENDING = 9,     /* job or gate not finished yet, not enough data */
    EXIT_USAGE = 64
};

enum flag_kind {
    FLAG_SWITCH, /* --yes */
    FLAG_TEXT,   /* --name TEXT */
    FLAG_WHOLE,  /* --draws N: whole number >= 0, checked by the parser */
    FLAG_REAL,   /* --alpha A: finite number, checked by the parser */
    FLAG_CHOICE, /* --plan free|pro: `value` lists what is allowed, checked by the parser */
};

struct flag {
    const char *name; /* "plan" for --plan; NULL ends a table */
    char letter;      /* 'o' for -o; 0 = none */
    enum flag_kind kind;
    bool repeatable;     /* may be given more than once; otherwise that is a usage error */
    bool hidden;         /* understood, not shown */
    const char *value;   /* placeholder "FILE", or the choices "free|pro"; NULL for a switch */
    const char *summary; /* one line, N_() */
};

struct example {
    const char *line; /* "sleuth user list -o json" */
    const char *note; /* what it does, N_() */
};

struct cli;
struct host; /* host.h */

struct command {
    const char *noun;
    const char *verb;  /* NULL: the noun alone is the command ("sleuth detect FILE") */
    const char *usage; /* the words: "EMAIL", "FILE…", "[NAME]"; NULL = none */
    size_t word_min;
    size_t word_max;
    const char *summary;            /* one line, N_() */
    const char *details;            /* paragraphs parted by '\n', N_(); NULL = none */
    const struct example *examples; /* ends with {0}; NULL = none */
    const struct flag *flags;       /* ends with {0}; NULL = none */
    bool hidden;
    /* Answers on cli->out. A failure is told once, by cli_main; an outcome that is not a failure
     * (bias found, not finished) sets cli->exit_code and returns ST_OK. */
    status (*run)(struct cli *cli, struct error *err);
};

struct noun {
    const char *name;
    const char *summary;            /* one line, N_() */
    const char *group;              /* heading in the overview, N_() */
    const struct command *commands; /* ends with {0}; the first may have verb == NULL */
    bool hidden;
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

enum { HINT_MAX = 280, CLI_OUT_MAX = 1 << 30 };

struct flag_given {
    const struct flag *flag;
    const char *text; /* NULL for a switch */
};

/* Everything a command knows about how it was called. Lives for the whole process. */
struct cli {
    const struct noun *const *nouns; /* ends with NULL */
    const struct noun *noun;         /* what was asked for; NULL before the parser knows */
    const struct command *command;
    const char **words; /* the arguments that are not flags */
    size_t word_count;
    struct flag_given *given; /* in the order of the command line */
    size_t given_count;
    struct arena arena; /* everything a command keeps; wiped at the end */
    struct buf out;     /* standard output; flushed by cli_flush and at the end */
    enum lang lang;
    enum format format;
    bool format_given;         /* -o was on the command line */
    bool quiet;                /* -q: no notes on standard error, ids only in tables */
    bool verbose;              /* -v */
    bool yes;                  /* --yes: do not ask */
    bool dry_run;              /* --dry-run: say what would happen */
    bool header;               /* false with --no-header */
    bool local_time;           /* --local: times in the zone of the host */
    bool color_out, color_err; /* terminal, and neither --no-color nor NO_COLOR */
    bool tty_in, tty_out, tty_err;
    size_t out_columns;       /* width of the terminal; 0 = not a terminal */
    const char *columns;      /* --columns a,b; NULL = the command's own */
    const char *config;       /* --config; NULL = default */
    const char *data;         /* --data; NULL = default */
    const char *run_dir;      /* --run-dir; NULL = default */
    struct host *host;        /* opened by client.c at the first call */
    slice server;             /* --server: an appliance on another host (remote.h); empty = here */
    slice api_key;            /* for it */
    slice ca_file;            /* --ca-file, for it */
    bool may_create_data;     /* the data directory may be new: user create, setup */
    uint64_t timeout_ms;      /* --timeout; 0 = the default of the command */
    enum exit_code exit_code; /* set by commands; EXIT_FINE = decided by the status */
    char hint[HINT_MAX];      /* in the reader's language; empty = the status's own hint */
};

/* --- flags and words (args.c) --- */

extern const struct flag flags_everywhere[]; /* ends with {0} */

/* Finds the command, checks flags and the number of words, fills the fields above. The strings of
 * argv are borrowed. Usage errors give ST_INVALID with exit code 64. When help was asked for,
 * *ret_help is true and nothing was checked. */
status args_parse(struct cli *cli, int argc, char **argv, bool *ret_help, struct error *err);

/* The flags of the current command by name; asserts that its table (or the common one) has it. */
bool cli_flag(const struct cli *cli, const char *name);        /* was it given? */
const char *cli_text(const struct cli *cli, const char *name); /* NULL = not given */
/* The index-th value of a repeatable flag, NULL behind the last. */
const char *cli_text_at(const struct cli *cli, const char *name, size_t index);
uint64_t cli_whole(const struct cli *cli, const char *name, uint64_t otherwise);
double cli_real(const struct cli *cli, const char *name, double otherwise);

/* A usage error found by a command: sets exit code 64 and the hint that names its help page. */
status cli_usage(struct cli *cli, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- saying things (say.c) --- */

/* A note for people on standard error, in their language; nothing with -q. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Like cli_note, also with -q, marked as a warning. */
void cli_warn(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What the person can do about the error that is about to be returned. */
void cli_hint(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "sleuth: <error>" and "hint: …" on standard error. */
void cli_tell_error(struct cli *cli, status rc, const struct error *err);
/* The text in the reader's language. */
const char *cli_tr(const struct cli *cli, const char *english) __attribute__((format_arg(2)));

/* Writes cli->out to standard output; a closed pipe ends the process quietly. */
status cli_flush(struct cli *cli, struct error *err);

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_CYAN };
/* The escape sequence when `color` is on, else "". STYLE_PLAIN resets. */
const char *style(bool color, enum style style);

/* The exit code of a status: one exhaustive switch (exit.c). */
enum exit_code exit_code_of(status rc);

/* --- asking (prompt.c) --- */

/* One line from the terminal; `otherwise` for an empty answer (NULL = ask again). */
status prompt_line(struct cli *cli, const char *question, const char *otherwise, slice *ret,
                   struct error *err);
/* A secret: from the file of `file` ("-" = standard input) when not NULL, else hidden from the
 * terminal (twice with `confirm`), else the first line of standard input when that is not a
 * terminal. One trailing line end is cut. */
status prompt_secret(struct cli *cli, const char *question, const char *file, bool confirm,
                     slice *ret, struct error *err);
/* Something cannot be undone: asks on a terminal, passes with --yes, else ST_FORBIDDEN. */
status confirm(struct cli *cli, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- tables (table.c) --- */

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* right-aligned */
    COLUMN_TIME,   /* RFC 3339: shown in the zone of --local */
};

struct column {
    const char *name;  /* as in the JSON: "created_at"; a path "usage.monthly" is allowed */
    const char *title; /* heading, N_() */
    enum column_kind kind;
};

enum { TABLE_COLUMNS_MAX = 32 };

struct table {
    const struct column *columns;
    size_t column_count;
    slice *cells; /* row by row */
    size_t row_count;
    size_t row_cap;
    struct arena *arena;
};

void table_init(struct table *table, struct arena *arena, const struct column *columns,
                size_t column_count);
/* Starts a row of empty cells and returns it (column_count slices); NULL on exhaustion. */
slice *table_row(struct table *table);
/* Prints to cli->out in the format of -o (table or csv), honouring --columns and --no-header. */
status table_print(struct cli *cli, const struct table *table, struct error *err);
/* One CSV field: quoted where RFC 4180 needs it, and with an apostrophe in front where a
 * spreadsheet would take it for a formula. */
void csv_field(struct buf *out, slice text);
/* Cuts to `width` columns with "…" at the end and appends it, padded when `pad`. Control
 * characters appear as '?', so that data cannot drive the terminal. */
void put_cell(struct buf *out, slice text, size_t width, bool right, bool pad);

/* --- progress (progress.c) --- */

struct progress {
    const struct cli *cli;
    const char *label; /* in the reader's language */
    int64_t started_ms;
    int64_t drawn_ms; /* last time the bar was drawn; 0 = never */
};

void progress_begin(struct progress *progress, const struct cli *cli, const char *label);
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
/* The same where nobody knows how much there is. */
void progress_count(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress); /* removes the bar */

/* --- interruption (interrupt.c) --- */

/* From here on Ctrl-C and SIGTERM set a flag instead of ending the process; a second one ends it.
 */
void interrupt_catch(void);
bool interrupted(void);

/* --- help and what is generated from the tables --- */

/* The name in `candidates` nearest to `word`, NULL when none is near (suggest.c). */
struct suggestion {
    const char *best;
    size_t distance;
};
void suggest(struct suggestion *suggestion, const char *word, const char *candidate);

const struct noun *noun_find(const struct cli *cli, slice name);
const struct command *command_find(const struct noun *noun,
                                   slice verb); /* empty verb = noun alone */

/* "sleuth user create EMAIL [flags]" */
void help_usage_line(struct buf *out, const struct command *command);
void help_overview(const struct cli *cli, struct buf *out);
void help_on_noun(const struct cli *cli, const struct noun *noun, struct buf *out);
void help_on_command(const struct cli *cli, const struct command *command, struct buf *out);
/* Help on whatever the words name (a noun, a noun and its verb, a topic). */
status help_words(struct cli *cli, const char *const *words, size_t word_count, struct error *err);

/* Everything: parses, runs, tells errors; returns the process's exit code. */
int cli_run(const struct noun *const *nouns, int argc, char **argv);
/* cli_run with the table of sleuth.c: the whole program. */
int cli_main(int argc, char **argv);

#endif

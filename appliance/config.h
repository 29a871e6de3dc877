/* The configuration: one table of options (config.def) gives names, types, defaults, bounds, help.
 *
 * Precedence, weakest first: built-in default, the file, conf.d/ * .conf beside it in byte order,
 * environment (SLEUTH_<SECTION>_<KEY>), flags. A configuration never changes once loaded; a reload
 * loads a second one and swaps the pointer. Lines of files hold at most 198 bytes; a longer list
 * goes on in the next line, which begins with a blank. Unknown keys are errors. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "base/text.h"

#define CONFIG_FILE_DEFAULT "/etc/sleuth/sleuth.conf"

enum config_type {
    CONFIG_STR,
    CONFIG_INT,
    CONFIG_BOOL,
    CONFIG_ENUM,   /* a string out of `choices` */
    CONFIG_LIST,   /* comma-separated; walk it with config_list_next */
    CONFIG_SECRET, /* a string that is never shown; KEY_file names a file that holds it */
};

/* Position of each option in the table: CONFIG_HTTP_LISTEN style names are not needed, the table
 * is walked. */
enum config_index {
#define STR(section, key, value, text)           CONFIG_AT_##section##_##key,
#define INT(section, key, value, min, max, text) CONFIG_AT_##section##_##key,
#define BOOL(section, key, value, text)          CONFIG_AT_##section##_##key,
#define ENUM(section, key, value, choices, text) CONFIG_AT_##section##_##key,
#define LIST(section, key, value, text)          CONFIG_AT_##section##_##key,
#define SECRET(section, key, text)               CONFIG_AT_##section##_##key,
#include "config.def"
#undef STR
#undef INT
#undef BOOL
#undef ENUM
#undef LIST
#undef SECRET
    CONFIG_COUNT
};

enum config_origin_kind {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FLAG,
};

/* Where a value came from. */
struct config_origin {
    enum config_origin_kind kind;
    slice
        where; /* "/etc/sleuth/sleuth.conf:12", "SLEUTH_HTTP_LISTEN", "--listen"; default: empty */
};

/* One member per option, named section_key. Text is NUL-terminated and lives in `arena`. */
struct config {
#define STR(section, key, value, text)           slice section##_##key;
#define INT(section, key, value, min, max, text) int64_t section##_##key;
#define BOOL(section, key, value, text)          bool section##_##key;
#define ENUM(section, key, value, choices, text) slice section##_##key;
#define LIST(section, key, value, text)          slice section##_##key;
#define SECRET(section, key, text)               slice section##_##key;
#include "config.def"
#undef STR
#undef INT
#undef BOOL
#undef ENUM
#undef LIST
#undef SECRET
    struct config_origin origin[CONFIG_COUNT];
    slice file;         /* the main file; empty when there is none */
    slice secret_files; /* names of the files that secrets were read from, one per line */
    slice env_secrets;  /* names of environment variables that held secrets, for a warning */
    struct arena arena; /* wiped at the end */
};

/* A row of the table, for help, `config show` and man pages. */
struct config_option {
    const char *section;
    const char *key;
    enum config_type type;
    const char *value;   /* the default as text */
    int64_t min, max;    /* CONFIG_INT */
    const char *choices; /* CONFIG_ENUM: "a|b|c" */
    const char *help;    /* English; tr() for Chinese */
    size_t offset;       /* in struct config */
};
extern const struct config_option config_options[CONFIG_COUNT];

struct config_flag {
    const char *name;  /* "http.listen" */
    const char *shown; /* "--listen", for the origin */
    slice value;
};

struct config_inputs {
    const char *path;   /* --config; NULL = CONFIG_FILE_DEFAULT when it exists */
    char **environment; /* NULL = none; values of secrets are overwritten after reading */
    const struct config_flag *flags;
    size_t flag_count;
};

/* In place; ST_CONFIG with file, line, key and a suggestion on the first error (*ret is then
 * empty). End it with config_finish. */
status config_load(const struct config_inputs *in, struct config *ret, struct error *err);
void config_finish(struct config *config); /* zeroed is allowed */

/* The value as text in `arena`; secrets, also those in addresses, as "(set)" or "". */
slice config_text(const struct config *config, size_t option, struct arena *arena);
/* Names of options that differ between the two, "a.b, c.d", in `arena`; empty when none. */
slice config_diff(const struct config *a, const struct config *b, struct arena *arena);
/* Those of them that a running server reads only when it starts. */
slice config_restart_diff(const struct config *a, const struct config *b, struct arena *arena);

/* Cuts the next item off a LIST; false at its end. Blanks around items are dropped. */
bool config_list_next(slice *rest, slice *ret_item);

/* Directories by the rules of the manual; the texts live in `arena` and end with NUL.
 * data: storage.data_dir, else $STATE_DIRECTORY, else "./sleuth-data".
 * run: storage.run_dir, else $RUNTIME_DIRECTORY, else DATA/run.
 * secrets: $CREDENTIALS_DIRECTORY, else /etc/sleuth/secrets for /var/lib/sleuth, else DATA/secrets.
 */
slice config_data_dir(const struct config *config, struct arena *arena);
slice config_run_dir(const struct config *config, slice data_dir, struct arena *arena);
slice config_secrets_dir(slice data_dir, struct arena *arena);

/* --- INI reading, shared with plans.c --- */

/* Called per key; `line` counts from 1. `more` = an indented line that continues the value. */
typedef status config_ini_each(void *context, slice section, slice key, slice value, int line,
                               bool more, struct error *err);
/* Reads INI text; `name` is how errors call the file. */
status config_ini(slice text, const char *name, config_ini_each *each, void *context,
                  struct error *err);

#endif

/* The event log and the access log: one line per event on standard error, key=value or JSON.
 *
 * `event` is a constant, values follow: level=warn event=store_nearly_full used_pct=83 path='/x'.
 * Control bytes are escaped, values and lines are cut at a limit, lines above a rate are counted
 * instead of written. Lines go into a bounded ring that one thread writes out, so that a loop never
 * waits for the reader of the log; when the ring is full, lines are dropped and counted.
 * Never give it bodies, e-mails, tokens or whole keys. Any thread. */
#ifndef LOG_H
#define LOG_H

#include "base/slice.h"
#include "base/status.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum {
    LOG_VALUE_MAX = 256,      /* bytes of one value before escaping */
    LOG_LINE_MAX = 2048,      /* bytes of one line */
    LOG_RING_BYTES = 1 << 18, /* lines that wait for the writer */
    LOG_EVENTS_PER_SECOND =
        200, /* event lines; more are counted; access lines have their own cap */
    LOG_ACCESS_PER_SECOND = 20000,
};

enum log_field_kind { LOG_END, LOG_STR, LOG_I64, LOG_U64, LOG_F64 };
struct log_field {
    const char *name;
    enum log_field_kind kind;
    slice text;
    int64_t i64;
    uint64_t u64;
    double f64;
};

/* clang-format off */
#define F_STR(name_, value)  {.name = name_, .kind = LOG_STR, .text = value}
#define F_CSTR(name_, value) {.name = name_, .kind = LOG_STR, .text = slice_of(value)}
#define F_I64(name_, value)  {.name = name_, .kind = LOG_I64, .i64 = value}
#define F_U64(name_, value)  {.name = name_, .kind = LOG_U64, .u64 = value}
#define F_F64(name_, value)  {.name = name_, .kind = LOG_F64, .f64 = value}
/* clang-format on */

/* log_error("store_failed", F_CSTR("error", err.text)); at least one field. */
#define log_error(event, ...) log_at(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...)  log_at(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(event, ...)  log_at(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_at(LOG_LEVEL_DEBUG, event, __VA_ARGS__)
#define log_at(level, event, ...)                                                                  \
    log_event(level, event, (const struct log_field[]){__VA_ARGS__, {.kind = LOG_END}})
void log_event(enum log_level level, const char *event, const struct log_field *fields);

/* One answered request. */
struct log_access {
    slice request_id;
    slice method;
    slice route; /* the pattern, never the raw path */
    unsigned status;
    int64_t work_us;
    uint64_t bytes_in, bytes_out;
    slice key_prefix; /* empty when no key was used */
};
void log_access(const struct log_access *access);

struct log_options {
    int fd; /* 2 = standard error */
    enum log_format format;
    enum log_level level; /* lines above it are skipped */
    bool access;          /* write access lines */
};

/* Before log_start (and in the CLI) lines are written at once by the caller, default options. */
void log_configure(const struct log_options *options);
status log_start(struct error *err); /* starts the writing thread */
void log_stop(void);                 /* writes what waits, ends the thread; safe without a start */

/* "text" / "json"; "error" … "debug"; false on anything else. */
bool log_format_from(slice text, enum log_format *ret);
bool log_level_from(slice text, enum log_level *ret);

#endif

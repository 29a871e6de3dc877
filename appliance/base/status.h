/* The one status enum of the program, and the sentence that goes with a failure.
 *
 * Everything that can fail returns `status`; whoever knows something worth telling also fills a
 * `struct error`, 600 bytes on the caller's stack. Libraries return, they never log: the place
 * where an error stops travelling (reply.c, the CLI's main) prints it once. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>

/* code, slug (stable, seen by clients), default English sentence */
#define STATUS_MAP(X)                                                                              \
    X(ST_OK, "ok", "ok")                                                                           \
    X(ST_INVALID, "invalid_request", "the request is not valid")                                   \
    X(ST_UNAUTHENTICATED, "unauthenticated", "authentication is required")                         \
    X(ST_FORBIDDEN, "forbidden", "this is not allowed")                                            \
    X(ST_PLAN, "plan_required", "this feature requires a higher plan")                             \
    X(ST_NOT_FOUND, "not_found", "there is no such thing")                                         \
    X(ST_METHOD, "method_not_allowed", "this method is not allowed here")                          \
    X(ST_NOT_ACCEPTABLE, "not_acceptable", "none of the accepted types is available")              \
    X(ST_CONFLICT, "conflict", "the state of the resource does not allow this")                    \
    X(ST_GONE, "gone", "the resource is gone")                                                     \
    X(ST_PRECONDITION, "precondition_failed", "the resource has changed meanwhile")                \
    X(ST_TOO_LARGE, "too_large", "the input is larger than the limit")                             \
    X(ST_MEDIA_TYPE, "unsupported_media_type", "this content type is not supported")               \
    X(ST_RANGE, "range_not_satisfiable", "the requested range lies outside of the content")        \
    X(ST_LIMIT, "limit_exceeded", "the request exceeds a limit of the plan")                       \
    X(ST_RATE, "rate_limited", "too many requests")                                                \
    X(ST_QUOTA, "quota_exceeded", "the quota is used up")                                          \
    X(ST_CANCELLED, "cancelled", "the work was cancelled")                                         \
    X(ST_TIMEOUT, "deadline_exceeded", "the work did not end within its deadline")                 \
    X(ST_BUSY, "busy", "the server is busy; try again")                                            \
    X(ST_NOT_SET_UP, "not_set_up", "this appliance is not set up yet")                             \
    X(ST_NO_MEMORY, "no_memory", "not enough memory")                                              \
    X(ST_FULL, "storage_full", "the storage is full")                                              \
    X(ST_IO, "io_error", "an input or output operation failed")                                    \
    X(ST_CORRUPT, "corrupt", "stored data is damaged")                                             \
    X(ST_VERIFY, "verification_failed", "a signature or checksum does not match")                  \
    X(ST_CONFIG, "config_invalid", "the configuration is not valid")                               \
    X(ST_LOCKED, "locked", "another process owns this")                                            \
    X(ST_UNREACHABLE, "unreachable", "the other side cannot be reached")                           \
    X(ST_UPSTREAM, "upstream_error", "another service answered with an error")                     \
    X(ST_DISABLED, "disabled", "this feature is switched off here")                                \
    X(ST_UNSUPPORTED, "unsupported", "this is not supported")                                      \
    X(ST_INTERNAL, "internal_error", "internal server error")

/* gcc knows "must check" only for functions, clang also for types: `make lint` compiles everything
 * with clang, so that an ignored status does not pass there. */
#ifdef __clang__
#define STATUS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define STATUS_MUST_CHECK
#endif

enum STATUS_MUST_CHECK status_code {
#define X(code, slug, text) code,
    STATUS_MAP(X)
#undef X
        STATUS_COUNT
};

typedef enum status_code status;

enum { ERROR_TEXT_MAX = 280 };

/* Why something failed. English and Chinese are formatted together when the error is set, so that
 * the last stop can choose the reader's language without knowing the arguments. */
struct error {
    const char *code; /* finer slug than the status's, static storage; NULL = the status's */
    char text[ERROR_TEXT_MAX];    /* English, NUL-terminated, cut at the end if too long */
    char text_zh[ERROR_TEXT_MAX]; /* Chinese, or the English text where no translation exists */
};

/* Sets *err (may be NULL) and returns rc, so that failing is one line:
 * `return error_set(err, ST_INVALID, "row %zu, column '%s': not a number", ...)`. */
status error_set(struct error *err, status rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For functions that take a format themselves. */
status error_vset(struct error *err, status rc, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Like error_set, with a finer slug (`code` must live for ever). */
status error_code(struct error *err, status rc, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Prefixes context ("opening store '/x': " + what was there) on the way up; returns rc unchanged.
 */
status error_wrap(struct error *err, status rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Empties *err; NULL is allowed. */
void error_clear(struct error *err);

const char *status_slug(enum status_code rc); /* "quota_exceeded" */
const char *status_text(enum status_code rc); /* the default English sentence */
const char *errno_text(int number);           /* strerror that is safe in threads */

/* Returns from the calling function when expr is not ST_OK. Only where nothing needs releasing. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum status_code try_rc_ = (expr);                                                         \
        if (try_rc_ != ST_OK)                                                                      \
            return try_rc_;                                                                        \
    } while (0)

#endif

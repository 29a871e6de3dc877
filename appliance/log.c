/* Formats log lines, caps their rate, and hands them to one thread that writes. */
#include "log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* Lines per second of one kind; guarded by the log's mutex. */
struct cap {
    int64_t second;
    uint32_t lines;
    uint64_t suppressed; /* since the last line that said so */
};

/* One process has one log. `mutex` guards everything below it; it is held for a memcpy only. */
static struct {
    struct log_options options; /* before log_start only */
    atomic_bool threaded;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    size_t head, used; /* next byte to write out, bytes that wait */
    uint64_t dropped;  /* lines that found the ring full */
    struct cap event_cap, access_cap;
    bool stopping;
} log_state = {
    .options = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO, .access = true},
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
};

/* Beside the rest, so that it needs no room in the program's file: it begins as zeros. */
static char log_ring[LOG_RING_BYTES];

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* --- formatting: a line is built in a fixed buffer and cut at its end --- */

struct line {
    char text[LOG_LINE_MAX];
    size_t len;
    bool first;
};

static void line_byte(struct line *line, char byte)
{
    if (line->len < LOG_LINE_MAX - 1) /* the last one is for the newline */
        line->text[line->len++] = byte;
}

static void line_str(struct line *line, const char *text)
{
    for (; *text; text++)
        line_byte(line, *text);
}

/* Quoted when needed; control bytes, quotes, backslashes and invalid UTF-8 become \xNN (text) or
 * \u00NN (JSON), so that a value can never begin a new line or end its quotes. */
static void line_value(struct line *line, slice value, char quote, const char *escape)
{
    bool cut = value.len > LOG_VALUE_MAX;
    value = slice_sub(value, 0, LOG_VALUE_MAX);
    line_byte(line, quote);
    while (value.len) {
        size_t len = utf8_rune(value, NULL);
        unsigned char c = (unsigned char)value.ptr[0];
        if (len == 0 || c < 0x20 || c == 0x7F || c == (unsigned char)quote || c == '\\') {
            char text[8];
            (void)snprintf(text, sizeof text, "%s%02x", escape, c);
            line_str(line, text);
            len = 1;
        } else {
            for (size_t i = 0; i < len; i++)
                line_byte(line, value.ptr[i]);
        }
        value = slice_from(value, len);
    }
    if (cut)
        line_str(line, "...");
    line_byte(line, quote);
}

static bool is_plain(slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '\'' || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return value.len > 0 && value.len <= LOG_VALUE_MAX;
}

static void line_name(struct line *line, const char *name)
{
    bool json = log_state.options.format == LOG_FORMAT_JSON;
    line_str(line, line->first ? (json ? "{" : "") : (json ? "," : " "));
    line->first = false;
    line_str(line, json ? "\"" : "");
    line_str(line, name);
    line_str(line, json ? "\":" : "=");
}

static void line_text(struct line *line, const char *name, slice value)
{
    line_name(line, name);
    if (log_state.options.format == LOG_FORMAT_JSON)
        line_value(line, value, '"', "\\u00");
    else if (is_plain(value))
        for (size_t i = 0; i < value.len; i++)
            line_byte(line, value.ptr[i]);
    else
        line_value(line, value, '\'', "\\x");
}

static void line_number(struct line *line, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void line_number(struct line *line, const char *name, const char *format, ...)
{
    char text[40];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    line_name(line, name);
    line_str(line, text);
}

static void line_field(struct line *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_STR:
        line_text(line, field->name, field->text);
        break;
    case LOG_I64:
        line_number(line, field->name, "%lld", (long long)field->i64);
        break;
    case LOG_U64:
        line_number(line, field->name, "%llu", (unsigned long long)field->u64);
        break;
    case LOG_F64:
        line_number(line, field->name, "%.6g", field->f64);
        break;
    case LOG_END:
        break;
    }
}

static void line_begin(struct line *line)
{
    char text[TIME_TEXT_MAX];
    line->len = 0;
    line->first = true;
    line_text(line, "time", time_rfc3339(clock_wall_ms(), text));
}

/* line_byte keeps one byte for the newline and log_event one for the brace. */
static void line_end(struct line *line)
{
    if (log_state.options.format == LOG_FORMAT_JSON)
        line_byte(line, '}');
    line->text[line->len++] = '\n';
}

/* --- writing --- */

static void write_now(const char *text, size_t len)
{
    while (len) {
        ssize_t done = write(log_state.options.fd, text, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            struct pollfd fd = {.fd = log_state.options.fd, .events = POLLOUT};
            if (poll(&fd, 1, 1000) > 0)
                continue;
        }
        if (done <= 0)
            return; /* nobody reads the log: nowhere to say so */
        text += done;
        len -= (size_t)done;
    }
}

/* Under the mutex. */
static void ring_put(const char *text, size_t len)
{
    if (len > LOG_RING_BYTES - log_state.used) {
        log_state.dropped++;
        return;
    }
    for (size_t i = 0; i < len; i++)
        log_ring[(log_state.head + log_state.used + i) % LOG_RING_BYTES] = text[i];
    log_state.used += len;
    (void)pthread_cond_signal(&log_state.filled);
}

/* Under the mutex: may one more line of this kind go out in this second? */
static bool cap_admits(struct cap *cap, uint32_t lines_max)
{
    int64_t second = clock_mono_ms() / 1000;
    if (cap->second != second) {
        cap->second = second;
        cap->lines = 0;
    }
    if (cap->lines >= lines_max) {
        cap->suppressed++;
        return false;
    }
    cap->lines++;
    return true;
}

static void say_lost(const char *event, uint64_t lines)
{
    struct line line;
    line_begin(&line);
    line_text(&line, "level", S("warn"));
    line_text(&line, "event", slice_of(event));
    line_number(&line, "lines", "%llu", (unsigned long long)lines);
    line_end(&line);
    write_now(line.text, line.len);
}

/* Before the line is formatted, which costs more than a small request. */
static bool access_admitted(void)
{
    (void)pthread_mutex_lock(&log_state.mutex);
    bool admitted = cap_admits(&log_state.access_cap, LOG_ACCESS_PER_SECOND);
    (void)pthread_mutex_unlock(&log_state.mutex);
    return admitted;
}

/* cap NULL: the line was admitted before. */
static void emit(const struct line *line, struct cap *cap, uint32_t lines_max)
{
    (void)pthread_mutex_lock(&log_state.mutex);
    bool admitted = !cap || cap_admits(cap, lines_max);
    bool threaded = atomic_load_explicit(&log_state.threaded, memory_order_relaxed);
    if (admitted && threaded)
        ring_put(line->text, line->len);
    (void)pthread_mutex_unlock(&log_state.mutex);
    if (admitted && !threaded)
        write_now(line->text, line->len);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields)
{
    struct line line;
    if (level > log_state.options.level)
        return;
    line_begin(&line);
    line_text(&line, "level", slice_of(level_names[level]));
    line_text(&line, "event", slice_of(event));
    for (; fields->kind != LOG_END; fields++) {
        size_t before = line.len;
        line_field(&line, fields);
        if (line.len >= LOG_LINE_MAX - 2) { /* does not fit: leave it out whole */
            line.len = before;
            break;
        }
    }
    line_end(&line);
    emit(&line, &log_state.event_cap, LOG_EVENTS_PER_SECOND);
}

void log_access(const struct log_access *access)
{
    struct line line;
    if (!log_state.options.access || !access_admitted())
        return;
    line_begin(&line);
    line_text(&line, "event", S("access"));
    line_text(&line, "id", access->request_id);
    line_text(&line, "method", access->method);
    line_text(&line, "route", access->route);
    line_number(&line, "status", "%u", access->status);
    line_number(&line, "ms", "%.3f", (double)access->work_us / 1000);
    line_number(&line, "in", "%llu", (unsigned long long)access->bytes_in);
    line_number(&line, "out", "%llu", (unsigned long long)access->bytes_out);
    if (access->key_prefix.len)
        line_text(&line, "key", access->key_prefix);
    line_end(&line);
    emit(&line, NULL, 0);
}

/* --- the thread --- */

/* Takes what waits, at most one chunk; false when the log stops and nothing is left. */
static bool ring_take(char *chunk, size_t max, size_t *ret_len, uint64_t *ret_dropped,
                      uint64_t *ret_suppressed)
{
    (void)pthread_mutex_lock(&log_state.mutex);
    while (!log_state.used && !log_state.stopping)
        (void)pthread_cond_wait(&log_state.filled, &log_state.mutex);
    size_t len = log_state.used < max ? log_state.used : max;
    for (size_t i = 0; i < len; i++)
        chunk[i] = log_ring[(log_state.head + i) % LOG_RING_BYTES];
    log_state.head = (log_state.head + len) % LOG_RING_BYTES;
    log_state.used -= len;
    *ret_len = len;
    *ret_dropped = log_state.used ? 0 : log_state.dropped;
    *ret_suppressed =
        log_state.used ? 0 : log_state.event_cap.suppressed + log_state.access_cap.suppressed;
    if (!log_state.used)
        log_state.dropped = log_state.event_cap.suppressed = log_state.access_cap.suppressed = 0;
    (void)pthread_mutex_unlock(&log_state.mutex);
    return len > 0;
}

static void *log_main(void *unused)
{
    char chunk[4096];
    size_t len;
    uint64_t dropped;
    uint64_t suppressed;
    (void)unused;
    while (ring_take(chunk, sizeof chunk, &len, &dropped, &suppressed)) {
        write_now(chunk, len);
        if (dropped)
            say_lost("log_dropped", dropped);
        if (suppressed)
            say_lost("log_suppressed", suppressed);
    }
    return NULL;
}

void log_configure(const struct log_options *options)
{
    log_state.options = *options;
}

status log_start(struct error *err)
{
    log_state.stopping = false;
    if (pthread_create(&log_state.thread, NULL, log_main, NULL) != 0)
        return error_set(err, ST_NO_MEMORY, "cannot start the thread of the log");
    atomic_store_explicit(&log_state.threaded, true, memory_order_relaxed);
    return ST_OK;
}

void log_stop(void)
{
    if (!atomic_load_explicit(&log_state.threaded, memory_order_relaxed))
        return;
    (void)pthread_mutex_lock(&log_state.mutex);
    log_state.stopping = true;
    (void)pthread_cond_signal(&log_state.filled);
    (void)pthread_mutex_unlock(&log_state.mutex);
    (void)pthread_join(log_state.thread, NULL);
    atomic_store_explicit(&log_state.threaded, false, memory_order_relaxed);
}

bool log_format_from(slice text, enum log_format *ret)
{
    bool json = slice_eq(text, S("json"));
    *ret = json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    return json || slice_eq(text, S("text"));
}

bool log_level_from(slice text, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(level_names); i++)
        if (slice_eq(text, slice_of(level_names[i]))) {
            *ret = (enum log_level)i;
            return true;
        }
    return false;
}

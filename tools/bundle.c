/* The support bundle: what a helper needs to know, and nothing that opens a door. */
#include "tools/doctor.h"

#include "base/clock.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LOG_TAIL_BYTES = 256 << 10, LOG_LINES_MAX = 500, BUNDLE_BYTES_MAX = 8 << 20 };

/* --- striking out ------------------------------------------------------------------------------
 */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/' || c == '.';
}

/* Long runs of letters and digits are keys, tokens, hashes or ids: none of them is needed. */
static bool is_secret(slice word)
{
    enum { LONGEST_NAME = 40 };
    static const char *const prefixes[] = {"sk_",   "pk_",  "rk_",    "whsec_", "slsec_",
                                           "sess_", "AKIA", "Bearer", "eyJ"};
    size_t begin = 0;
    for (size_t i = 0; i <= word.len; i++) {
        if (i < word.len && word.ptr[i] != '/' && word.ptr[i] != '.')
            continue;
        slice part = slice_sub(word, begin, i - begin);
        for (size_t p = 0; p < ARRAY_COUNT(prefixes); p++)
            if (slice_has_prefix(part, slice_of(prefixes[p])))
                return true;
        if (part.len >= LONGEST_NAME)
            return true;
        begin = i + 1;
    }
    return false;
}

/* "user:password@" behind "://": how many bytes, 0 = there is none. */
static size_t userinfo(slice rest)
{
    size_t at = 0;
    for (size_t i = 0; i < rest.len && rest.ptr[i] != '/' && rest.ptr[i] != ' ' &&
                       rest.ptr[i] != '"' && rest.ptr[i] != '\'';
         i++)
        if (rest.ptr[i] == '@')
            at = i + 1;
    return at;
}

void bundle_scrub(struct buf *out, slice line)
{
    size_t i = 0;
    while (i < line.len) {
        size_t start = i;
        if (slice_has_prefix(slice_from(line, i), S("://"))) {
            size_t skip = userinfo(slice_from(line, i + 3));
            buf_put_str(out, skip ? "://[removed]@" : "://");
            i += 3 + skip;
            continue;
        }
        while (i < line.len && is_word(line.ptr[i]))
            i++;
        slice word = slice_sub(line, start, i - start);
        bool address = i < line.len && line.ptr[i] == '@'; /* name@host */
        if (word.len && (address || is_secret(word)))
            buf_put_str(out, "[removed]");
        else
            buf_put(out, word);
        if (i < line.len && line.ptr[i] != ':')
            buf_put_byte(out, line.ptr[i++]);
        else if (i < line.len && !slice_has_prefix(slice_from(line, i), S("://")))
            buf_put_byte(out, line.ptr[i++]);
    }
}

/* --- parts -------------------------------------------------------------------------------------
 */

static void json_scrubbed(struct doctor *d, struct json_out *w, const char *key, slice text)
{
    struct buf clean;
    buf_init_arena(&clean, &d->cli->arena, text.len * 10 + 16);
    bundle_scrub(&clean, text);
    json_key_str(w, key, buf_slice(&clean));
}

static void checks_write(struct doctor *d, struct json_out *w)
{
    json_key(w, "checks");
    json_array(w);
    for (size_t i = 0; i < d->table.row_count; i++) {
        const slice *row = &d->table.cells[i * d->table.column_count];
        json_object(w);
        json_key_str(w, "check", row[0]);
        json_key_str(w, "result", row[1]);
        json_scrubbed(d, w, "found", row[2]);
        json_end(w);
    }
    json_end(w);
}

static void config_write(struct doctor *d, struct json_out *w)
{
    json_key(w, "config");
    json_array(w);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *o = &config_options[i];
        if (d->config.origin[i].kind == ORIGIN_DEFAULT)
            continue;
        json_object(w);
        json_key_str(w, "key", arena_printf(&d->cli->arena, "%s.%s", o->section, o->key));
        json_scrubbed(d, w, "value", config_text(&d->config, i, &d->cli->arena));
        json_key_str(w, "from", d->config.origin[i].where);
        json_end(w);
    }
    json_end(w);
}

static void system_write(struct json_out *w)
{
    struct utsname kernel;
    struct sysinfo memory;
    json_key(w, "system");
    json_object(w);
    if (uname(&kernel) == 0) {
        json_key_str(w, "kernel", slice_of(kernel.release));
        json_key_str(w, "machine", slice_of(kernel.machine));
    }
    if (sysinfo(&memory) == 0) {
        json_key_u64(w, "memory_bytes", (uint64_t)memory.totalram * memory.mem_unit);
        json_key_u64(w, "memory_free_bytes", (uint64_t)memory.freeram * memory.mem_unit);
        json_key_u64(w, "uptime_s", (uint64_t)memory.uptime);
    }
    json_key_u64(w, "cores", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_end(w);
}

static void database_write(struct doctor *d, struct json_out *w)
{
    const struct json *root;
    struct error err = {0};
    struct buf text;
    json_key(w, "database");
    if (client_call(d->cli, &(struct request){.path = S("/api/host/db")}, &root, &err) != ST_OK) {
        json_str(w, slice_of(err.text));
        return;
    }
    buf_init_arena(&text, &d->cli->arena, 1 << 16);
    json_write(&text, root);
    json_raw(w, buf_slice(&text));
}

/* The last lines of a log file, struck out. */
static status log_write(struct doctor *d, struct json_out *w, const char *path, struct error *err)
{
    struct stat facts;
    slice line, rest;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *bytes = arena_alloc(&d->cli->arena, LOG_TAIL_BYTES);
    if (fd < 0 || !bytes || fstat(fd, &facts) != 0) {
        fd_close(&fd);
        return error_set(err, ST_NOT_FOUND, N_("cannot read '%s'"), path);
    }
    off_t from = facts.st_size > LOG_TAIL_BYTES ? facts.st_size - LOG_TAIL_BYTES : 0;
    ssize_t got = pread(fd, bytes, LOG_TAIL_BYTES, from);
    fd_close(&fd);
    rest = slice_make(bytes, got > 0 ? (size_t)got : 0);
    if (from > 0)
        (void)slice_split(&rest, '\n', &line); /* it may be half a line */
    size_t lines = 0;
    for (size_t i = 0; i < rest.len; i++)
        lines += rest.ptr[i] == '\n';
    json_key(w, "log");
    json_array(w);
    for (size_t i = 0; slice_split(&rest, '\n', &line); i++) {
        struct buf clean;
        if (lines > LOG_LINES_MAX && i < lines - LOG_LINES_MAX)
            continue;
        buf_init_arena(&clean, &d->cli->arena, line.len * 10 + 16);
        bundle_scrub(&clean, line);
        json_str(w, buf_slice(&clean));
    }
    json_end(w);
    return ST_OK;
}

status bundle_write(struct doctor *d, const char *path, const char *log_path, struct error *err)
{
    struct buf out;
    struct json_out w;
    char now[TIME_TEXT_MAX];
    buf_init_arena(&out, &d->cli->arena, BUNDLE_BYTES_MAX);
    json_out_init(&w, &out, /* indent= */ 1);
    json_object(&w);
    json_key_str(&w, "bundle", S("sleuth support bundle 1"));
    json_key_str(&w, "created_at", time_rfc3339(d->now_ms, now));
    json_key_str(&w, "version", S(VERSION));
    system_write(&w);
    checks_write(d, &w);
    config_write(d, &w);
    database_write(d, &w);
    status rc = log_path ? log_write(d, &w, log_path, err) : ST_OK;
    TRY(rc);
    json_end(&w);
    buf_put_byte(&out, '\n');
    TRY(buf_check(&out, err));
    return file_replace(path, buf_slice(&out), 0600, err);
}

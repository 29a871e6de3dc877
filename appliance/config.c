/* Loads the configuration: reads INI files (inih), the environment and flags over the defaults. */
#include "config.h"

#include "base/buf.h"
#include "base/crypt.h"
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FILE_BYTES_MAX = 1 << 20,
    SECRET_BYTES_MAX = 4096,
    ARENA_BYTES = 16 << 20,
    LINE_MAX_BYTES = 198, /* inih as Debian builds it: 200 with newline and NUL */
    NAME_MAX_BYTES = 96,  /* section.key */
    CONF_D_FILES_MAX = 100,
    TAKEN_MAX = 32, /* secrets in the environment */
};

const struct config_option config_options[CONFIG_COUNT] = {
#define ROW(section, key, type, value, min, max, choices, text)                                    \
    {#section, #key, type,                                                                         \
     value,    min,  max,                                                                          \
     choices,  text, offsetof(struct config, section##_##key)},
#define STR(section, key, value, text) ROW(section, key, CONFIG_STR, value, 0, 0, NULL, text)
#define INT(section, key, value, min, max, text)                                                   \
    ROW(section, key, CONFIG_INT, #value, min, max, NULL, text)
#define BOOL(section, key, value, text) ROW(section, key, CONFIG_BOOL, #value, 0, 0, NULL, text)
#define ENUM(section, key, value, choices, text)                                                   \
    ROW(section, key, CONFIG_ENUM, value, 0, 0, choices, text)
#define LIST(section, key, value, text) ROW(section, key, CONFIG_LIST, value, 0, 0, NULL, text)
#define SECRET(section, key, text)      ROW(section, key, CONFIG_SECRET, "", 0, 0, NULL, text)
#include "config.def"
#undef ROW
#undef STR
#undef INT
#undef BOOL
#undef ENUM
#undef LIST
#undef SECRET
};

/* --- INI --- */

struct ini_reading {
    slice rest; /* text that inih has not seen */
    int line;   /* of the line handed out last, from 1 */
    bool indented;
    const char *name; /* of the file */
    char last[NAME_MAX_BYTES];
    config_ini_each *each;
    void *context;
    struct error *err;
    status rc;
};

static status at_line(struct ini_reading *in, status rc)
{
    return error_wrap(in->err, rc, "%s:%d", in->name, in->line);
}

/* inih's reader: one line with its newline into `line`, NULL at the end or after an error. */
static char *ini_line(char *line, int size, void *stream)
{
    struct ini_reading *in = stream;
    slice text;
    if (in->rc != ST_OK || !slice_split(&in->rest, '\n', &text))
        return NULL;
    in->line++;
    if (text.len && text.ptr[text.len - 1] == '\r')
        text.len--;
    if (text.len > LINE_MAX_BYTES || text.len + 2 > (size_t)size) {
        in->rc = error_set(in->err, ST_CONFIG,
                           "the line is longer than %d bytes; go on in an indented line",
                           LINE_MAX_BYTES);
        in->rc = at_line(in, in->rc);
        return NULL;
    }
    in->indented = text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t');
    memcpy(line, text.ptr, text.len);
    line[text.len] = '\n';
    line[text.len + 1] = 0;
    return line;
}

/* inih's handler: 1 goes on. */
static int ini_key(void *user, const char *section, const char *key, const char *value)
{
    struct ini_reading *in = user;
    char full[NAME_MAX_BYTES];
    if (in->rc != ST_OK)
        return 1; /* inih does not stop by itself; the first error counts */
    (void)snprintf(full, sizeof full, "%s.%s", section, key);
    bool more = in->indented && strcmp(full, in->last) == 0;
    memcpy(in->last, full, sizeof full);
    in->rc = in->each(in->context, slice_of(section), slice_of(key), slice_of(value), in->line,
                      more, in->err);
    if (in->rc != ST_OK)
        in->rc = at_line(in, in->rc);
    return 1;
}

status config_ini(slice text, const char *name, config_ini_each *each, void *context,
                  struct error *err)
{
    struct ini_reading in = {
        .rest = text, .name = name, .each = each, .context = context, .err = err};
    int bad_line = ini_parse_stream(ini_line, &in, ini_key, &in);
    if (in.rc == ST_OK && bad_line > 0) {
        in.line = bad_line;
        in.rc = error_set(err, ST_CONFIG, "neither 'key = value' nor '[section]'");
        in.rc = at_line(&in, in.rc);
    }
    if (in.rc == ST_OK && bad_line < 0)
        in.rc = error_set(err, ST_NO_MEMORY, "not enough memory");
    return in.rc;
}

/* --- values --- */

static bool choice_allowed(const char *choices, slice value)
{
    slice rest = slice_of(choices);
    slice choice;
    while (slice_split(&rest, '|', &choice))
        if (slice_eq(choice, value))
            return true;
    return false;
}

static bool bool_from(slice text, bool *ret)
{
    if (slice_eq(text, S("true")) || slice_eq(text, S("yes")) || slice_eq(text, S("on")) ||
        slice_eq(text, S("1")))
        *ret = true;
    else if (slice_eq(text, S("false")) || slice_eq(text, S("no")) || slice_eq(text, S("off")) ||
             slice_eq(text, S("0")))
        *ret = false;
    else
        return false;
    return true;
}

static status value_set(struct config *c, const struct config_option *o, slice value,
                        struct error *err)
{
    char *place = (char *)c + o->offset;
    int64_t number;
    switch (o->type) {
    case CONFIG_INT:
        if (!slice_to_i64(value, &number) || number < o->min || number > o->max)
            return error_set(err, ST_CONFIG, "'%s.%s' must be a whole number from %lld to %lld",
                             o->section, o->key, (long long)o->min, (long long)o->max);
        *(int64_t *)(void *)place = number;
        return ST_OK;
    case CONFIG_BOOL:
        if (!bool_from(value, (bool *)place))
            return error_set(err, ST_CONFIG, "'%s.%s' must be true or false", o->section, o->key);
        return ST_OK;
    case CONFIG_ENUM:
        if (!choice_allowed(o->choices, value))
            return error_set(err, ST_CONFIG, "'%s.%s' must be one of %s", o->section, o->key,
                             o->choices);
        break;
    case CONFIG_STR:
    case CONFIG_LIST:
    case CONFIG_SECRET:
        break;
    }
    *(slice *)(void *)place = arena_copy(&c->arena, value);
    return arena_check(&c->arena, err);
}

/* A list goes on in an indented line. */
static status value_append(struct config *c, const struct config_option *o, slice value,
                           struct error *err)
{
    if (o->type != CONFIG_LIST)
        return error_set(err, ST_CONFIG, "'%s.%s' has only one line", o->section, o->key);
    slice *place = (slice *)(void *)((char *)c + o->offset);
    *place = arena_printf(&c->arena, SLICE_FMT "," SLICE_FMT, SLICE_ARG(*place), SLICE_ARG(value));
    return arena_check(&c->arena, err);
}

static status secret_from_file(struct config *c, slice path, slice *ret, struct error *err)
{
    slice name = arena_copy(&c->arena, path);
    TRY(arena_check(&c->arena, err));
    status rc = file_read(name.ptr, SECRET_BYTES_MAX, &c->arena, ret, err);
    if (rc != ST_OK)
        return rc == ST_NO_MEMORY ? rc : ST_CONFIG;
    *ret = slice_trim(*ret);
    c->secret_files =
        arena_printf(&c->arena, SLICE_FMT "%s\n", SLICE_ARG(c->secret_files), name.ptr);
    return arena_check(&c->arena, err);
}

/* --- names --- */

enum { TYPOS_MAX = 4 }; /* what is further away was not meant */

/* Levenshtein distance of two names; SIZE_MAX when it is more than TYPOS_MAX or a name is long. */
static size_t distance(slice a, slice b)
{
    size_t row[NAME_MAX_BYTES + 1];
    size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (a.len > NAME_MAX_BYTES || b.len > NAME_MAX_BYTES || apart > TYPOS_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0], least = i;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            least = row[j] < least ? row[j] : least;
        }
        if (least > TYPOS_MAX)
            return SIZE_MAX; /* rows never get smaller */
    }
    return row[b.len] <= TYPOS_MAX ? row[b.len] : SIZE_MAX;
}

/* `name` is "section.key"; *ret_file: it is the _file twin of a secret. */
static bool option_find(slice name, size_t *ret_index, bool *ret_file)
{
    slice section, key = name;
    if (!slice_split(&key, '.', &section) || !key.ptr)
        return false;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *o = &config_options[i];
        if (!slice_eq(section, slice_of(o->section)) || !slice_has_prefix(key, slice_of(o->key)))
            continue;
        slice rest = slice_from(key, strlen(o->key));
        *ret_index = i;
        *ret_file = rest.len > 0;
        if (rest.len == 0 || (o->type == CONFIG_SECRET && slice_eq(rest, S("_file"))))
            return true;
    }
    return false;
}

static status unknown_option(slice name, struct error *err)
{
    size_t best = 0;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        char full[NAME_MAX_BYTES];
        (void)snprintf(full, sizeof full, "%s.%s", config_options[i].section,
                       config_options[i].key);
        size_t d = distance(name, slice_of(full));
        if (d < best_distance) {
            best_distance = d;
            best = i;
        }
    }
    if (best_distance > TYPOS_MAX)
        return error_set(err, ST_CONFIG, "unknown key '%.*s'", SLICE_ARG(name));
    return error_set(err, ST_CONFIG, "unknown key '%.*s'; did you mean '%s.%s'?", SLICE_ARG(name),
                     config_options[best].section, config_options[best].key);
}

/* Sets the option called `name` from any source. */
static status option_set(struct config *c, slice name, slice value, bool more,
                         const struct config_origin *origin, struct error *err)
{
    size_t index;
    bool from_file;
    if (!option_find(name, &index, &from_file))
        return unknown_option(name, err);
    if (from_file)
        TRY(secret_from_file(c, value, &value, err));
    TRY(more ? value_append(c, &config_options[index], value, err)
             : value_set(c, &config_options[index], value, err));
    c->origin[index] = *origin;
    return ST_OK;
}

/* --- sources, weakest first --- */

static status load_defaults(struct config *c, struct error *err)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        TRY(value_set(c, &config_options[i], slice_of(config_options[i].value), err));
    return ST_OK;
}

struct file_context {
    struct config *config;
    const char *path;
};

static status file_key(void *context, slice section, slice key, slice value, int line, bool more,
                       struct error *err)
{
    struct file_context *in = context;
    struct arena *arena = &in->config->arena;
    struct config_origin origin = {ORIGIN_FILE, arena_printf(arena, "%s:%d", in->path, line)};
    slice name = arena_printf(arena, SLICE_FMT "." SLICE_FMT, SLICE_ARG(section), SLICE_ARG(key));
    TRY(arena_check(arena, err));
    return option_set(in->config, name, value, more, &origin, err);
}

static status load_file(struct config *c, const char *path, struct error *err)
{
    slice text;
    struct file_context context = {c, path};
    status rc = file_read(path, FILE_BYTES_MAX, &c->arena, &text, err);
    if (rc != ST_OK)
        return rc == ST_NO_MEMORY ? rc : ST_CONFIG;
    return config_ini(text, path, file_key, &context, err);
}

static int is_conf(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && slice_has_suffix(slice_of(entry->d_name), S(".conf"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* conf.d beside the main file; a missing folder is fine. */
static status load_conf_d(struct config *c, const char *main_path, struct error *err)
{
    const char *slash = strrchr(main_path, '/');
    slice dir = arena_printf(&c->arena, "%.*s/conf.d", slash ? (int)(slash - main_path) : 1,
                             slash ? main_path : ".");
    TRY(arena_check(&c->arena, err));
    struct dirent **entries = NULL;
    int count = scandir(dir.ptr, &entries, is_conf, by_bytes);
    status rc = ST_OK;
    for (int i = 0; i < count; i++) {
        slice path = arena_printf(&c->arena, "%s/%s", dir.ptr, entries[i]->d_name);
        if (rc == ST_OK && i >= CONF_D_FILES_MAX)
            rc = error_set(err, ST_CONFIG, "more than %d files in '%s'", CONF_D_FILES_MAX, dir.ptr);
        if (rc == ST_OK)
            rc = path.ptr ? load_file(c, path.ptr, err) : arena_check(&c->arena, err);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* Names that other tools and the first plan of the product use. */
static const struct {
    const char *variable;
    const char *option;
} aliases[] = {
    {"STRIPE_SECRET_KEY", "billing.stripe_secret_key"},
    {"STRIPE_WEBHOOK_SECRET", "billing.stripe_webhook_secret"},
    {"FRONTEND_URL", "http.public_url"},
};

/* "SLEUTH_HTTP_LISTEN" → "http.listen" when such an option (or its _file twin) exists. */
static bool option_of_variable(slice variable, char name[static NAME_MAX_BYTES], size_t *ret_index)
{
    bool from_file;
    for (size_t i = 0; i < ARRAY_COUNT(aliases); i++)
        if (slice_eq(variable, slice_of(aliases[i].variable))) {
            (void)snprintf(name, NAME_MAX_BYTES, "%s", aliases[i].option);
            return option_find(slice_of(name), ret_index, &from_file);
        }
    if (!slice_has_prefix(variable, S("SLEUTH_")) || variable.len >= NAME_MAX_BYTES)
        return false;
    slice tail = slice_from(variable, strlen("SLEUTH_"));
    bool in_section = true;
    for (size_t i = 0; i <= tail.len; i++) {
        char c = i < tail.len ? tail.ptr[i] : 0;
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        if (c == '_' && in_section) {
            name[i] = '.';
            in_section = false;
        }
    }
    return option_find(slice_make(name, tail.len), ret_index, &from_file);
}

/* Values of secrets that were overwritten in the environment: a reload, or a second look at the
 * configuration, finds them here. Main thread; they live as long as the process. */
static struct {
    char *entry; /* in the environment */
    char *value;
} taken[TAKEN_MAX];

static slice taken_value(const char *entry, slice now)
{
    for (size_t i = 0; i < TAKEN_MAX && now.len == 0; i++)
        if (taken[i].entry == entry)
            return slice_of(taken[i].value);
    return now;
}

/* Keeps a copy and overwrites the original: /proc/PID/environ shows that otherwise. */
static void take_value(char *entry, char *value)
{
    if (*value == 0)
        return;
    for (size_t i = 0; i < TAKEN_MAX; i++) {
        if (taken[i].entry && taken[i].entry != entry)
            continue;
        char *copy = strdup(value);
        if (!copy)
            return; /* stays in the environment: better than lost */
        if (taken[i].value) {
            crypt_wipe(taken[i].value, strlen(taken[i].value));
            free(taken[i].value);
        }
        taken[i].entry = entry;
        taken[i].value = copy;
        crypt_wipe(value, strlen(value));
        return;
    }
}

static status load_variable(struct config *c, char *entry, struct error *err)
{
    char name[NAME_MAX_BYTES];
    size_t index;
    char *equals = strchr(entry, '=');
    if (!equals || !option_of_variable(slice_make(entry, (size_t)(equals - entry)), name, &index))
        return ST_OK;
    slice variable = arena_copy(&c->arena, slice_make(entry, (size_t)(equals - entry)));
    TRY(arena_check(&c->arena, err));
    struct config_origin origin = {ORIGIN_ENVIRONMENT, variable};
    bool is_secret =
        config_options[index].type == CONFIG_SECRET && !slice_has_suffix(variable, S("_FILE"));
    slice value = slice_of(equals + 1);
    if (is_secret)
        value = taken_value(entry, value);
    status rc = option_set(c, slice_of(name), value, false, &origin, err);
    if (rc != ST_OK)
        return error_wrap(err, rc, "environment variable '%s'", variable.ptr);
    if (is_secret) {
        take_value(entry, equals + 1);
        c->env_secrets =
            arena_printf(&c->arena, "%s%s%s", c->env_secrets.len ? c->env_secrets.ptr : "",
                         c->env_secrets.len ? ", " : "", variable.ptr);
    }
    return arena_check(&c->arena, err);
}

static status load_flags(struct config *c, const struct config_inputs *in, struct error *err)
{
    for (size_t i = 0; i < in->flag_count; i++) {
        const struct config_flag *flag = &in->flags[i];
        struct config_origin origin = {ORIGIN_FLAG, slice_of(flag->shown)};
        status rc = option_set(c, slice_of(flag->name), flag->value, false, &origin, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "flag '%s'", flag->shown);
    }
    return ST_OK;
}

static status load_all(const struct config_inputs *in, struct config *c, struct error *err)
{
    const char *path = in->path ? in->path : CONFIG_FILE_DEFAULT;
    TRY(load_defaults(c, err));
    if (in->path || access(path, F_OK) == 0) {
        c->file = arena_copy(&c->arena, slice_of(path));
        TRY(load_file(c, path, err));
        TRY(load_conf_d(c, path, err));
    }
    for (char **entry = in->environment; entry && *entry; entry++)
        TRY(load_variable(c, *entry, err));
    return load_flags(c, in, err);
}

status config_load(const struct config_inputs *in, struct config *ret, struct error *err)
{
    *ret = (struct config){0};
    arena_init(&ret->arena, ARENA_BYTES);
    ret->arena.wipe = true;
    status rc = load_all(in, ret, err);
    if (rc != ST_OK)
        config_finish(ret);
    return rc;
}

void config_finish(struct config *config)
{
    arena_finish(&config->arena);
    *config = (struct config){0};
}

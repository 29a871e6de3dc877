/* sleuth doctor: is this host fit to run the appliance, and what to do where it is not. */
#include "tools/client.h"
#include "tools/config_file.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

enum { FILES_WANTED = 4096, FREE_PERMILLE_MIN = 50, MIB = 1 << 20 };

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor {
    struct cli *cli;
    struct table table;
    struct config config;
    slice data_dir;
    enum health worst;
};

/* A row; what and fix in the reader's language. */
static void tell(struct doctor *d, const char *check, enum health health, slice what,
                 const char *fix)
{
    static const char *const words[] = {N_("ok"), N_("warn"), N_("fail")};
    bool people = d->cli->format == FORMAT_TABLE;
    slice *row = table_row(&d->table);
    d->worst = health > d->worst ? health : d->worst;
    if (!row)
        return;
    row[0] = slice_of(check);
    row[1] = slice_of(people ? cli_tr(d->cli, words[health]) : words[health]);
    row[2] = what;
    row[3] = health == HEALTH_OK ? S("") : slice_of(cli_tr(d->cli, fix));
}

/* --- what needs no server --- */

static void check_directory(struct doctor *d)
{
    struct stat facts;
    if (stat(d->data_dir.ptr, &facts) != 0) {
        tell(d, "data_dir", HEALTH_WARN, d->data_dir,
             N_("it is made at the first start; 'sleuth setup' begins"));
        return;
    }
    bool open = (facts.st_mode & 077) != 0;
    tell(d, "data_dir", open ? HEALTH_FAIL : HEALTH_OK, d->data_dir,
         N_("nobody but the service may read it: chmod 700"));
}

static void check_disk(struct doctor *d)
{
    struct statvfs disk;
    if (statvfs(d->data_dir.ptr, &disk) != 0 && statvfs(".", &disk) != 0)
        return;
    uint64_t free_mib = (uint64_t)disk.f_bavail * disk.f_frsize / MIB;
    bool low = free_mib < (uint64_t)d->config.storage_disk_reserve_mib * 2 ||
               (uint64_t)disk.f_bavail * 1000 < (uint64_t)disk.f_blocks * FREE_PERMILLE_MIN;
    tell(d, "disk_free", low ? HEALTH_WARN : HEALTH_OK,
         arena_printf(&d->cli->arena, "%llu MiB", (unsigned long long)free_mib),
         N_("make room, or move the data directory"));
    bool few =
        disk.f_files && (uint64_t)disk.f_favail * 1000 < (uint64_t)disk.f_files * FREE_PERMILLE_MIN;
    tell(d, "inodes_free", few ? HEALTH_WARN : HEALTH_OK,
         arena_printf(&d->cli->arena, "%llu", (unsigned long long)disk.f_favail),
         N_("the file system has few inodes left"));
}

static void check_host(struct doctor *d)
{
    struct rlimit files = {0, 0};
    struct timex clock_state = {0};
    char byte;
    (void)getrlimit(RLIMIT_NOFILE, &files); /* cannot fail for this resource */
    tell(d, "open_files", files.rlim_cur < FILES_WANTED ? HEALTH_WARN : HEALTH_OK,
         arena_printf(&d->cli->arena, "%llu", (unsigned long long)files.rlim_cur),
         N_("raise LimitNOFILE (or ulimit -n) to 4096 or more"));
    bool unsynced = adjtimex(&clock_state) == TIME_ERROR;
    char now[TIME_TEXT_MAX];
    tell(d, "clock", unsynced ? HEALTH_WARN : HEALTH_OK,
         arena_copy(&d->cli->arena, time_rfc3339(clock_wall_ms(), now)),
         N_("the clock is not synchronised: licences, keys and reports carry its time"));
    bool random = getrandom(&byte, 1, GRND_NONBLOCK) == 1;
    tell(d, "random", random ? HEALTH_OK : HEALTH_FAIL, S(""),
         N_("the kernel has no randomness yet; wait, or add a source"));
}

static void check_config(struct doctor *d)
{
    slice file = d->config.file.len ? d->config.file : slice_of(cli_tr(d->cli, N_("defaults")));
    tell(d, "config", HEALTH_OK, arena_copy(&d->cli->arena, file), "");
    bool url = d->config.http_public_url.len != 0;
    tell(d, "public_url", url ? HEALTH_OK : HEALTH_WARN,
         arena_copy(&d->cli->arena, d->config.http_public_url),
         N_("set http.public_url: the links of password resets need it"));
    if (d->config.env_secrets.len)
        tell(d, "secrets", HEALTH_WARN, arena_copy(&d->cli->arena, d->config.env_secrets),
             N_("move secrets from the environment into files (KEY_file)"));
}

/* --- what the appliance knows --- */

static void check_store(struct doctor *d)
{
    const struct json *root;
    struct error err = {0};
    uint64_t used = 0;
    uint64_t map = 1;
    status rc = client_call(d->cli, &(struct request){.path = S("/api/host/db")}, &root, &err);
    if (rc == ST_NOT_FOUND) {
        tell(d, "database", HEALTH_WARN, S(""),
             N_("it is made at the first start; 'sleuth setup' "
                "begins"));
        return;
    }
    if (rc != ST_OK) {
        const char *text = d->cli->lang == LANG_ZH ? err.text_zh : err.text;
        tell(d, "database", HEALTH_FAIL, arena_copy(&d->cli->arena, slice_of(text)),
             N_("see the log of the server, or 'sleuth db check'"));
        return;
    }
    (void)json_to_u64(json_find(root, "used_bytes"), &used); /* absent counts as empty */
    (void)json_to_u64(json_find(root, "map_bytes"), &map);
    tell(d, "database", used > map / 10 * 8 ? HEALTH_WARN : HEALTH_OK,
         arena_printf(&d->cli->arena, "%llu KiB", (unsigned long long)(used / 1024)),
         N_("four fifths of the address space are used: raise storage.map_gib"));
    const struct json *durable = json_find(root, "durable");
    bool sound = durable && durable->boolean;
    tell(d, "file_system", sound ? HEALTH_OK : HEALTH_WARN,
         view_cell(d->cli, json_find(root, "file_system"), COLUMN_TEXT),
         N_("this file system may lose acknowledged writes in a power cut"));
}

static void check_server(struct doctor *d)
{
    bool running = d->cli->host && host_is_remote(d->cli->host);
    tell(d, "server", running ? HEALTH_OK : HEALTH_WARN, S(""),
         N_("no server is running: 'sleuth serve', or systemctl start sleuth"));
}

/* --- the command --- */

static status doctor_run(struct cli *cli, struct error *err)
{
    static const struct column columns[] = {{"check", N_("CHECK"), COLUMN_TEXT},
                                            {"result", N_("RESULT"), COLUMN_TEXT},
                                            {"found", N_("FOUND"), COLUMN_TEXT},
                                            {"fix", N_("HOW TO FIX"), COLUMN_TEXT}};
    struct doctor d = {.cli = cli};
    TRY(config_now(cli, NULL, &d.config, err));
    table_init(&d.table, &cli->arena, columns, ARRAY_COUNT(columns));
    d.data_dir = arena_copy(&cli->arena, config_data_dir(&d.config, &cli->arena));
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK) {
        check_config(&d);
        check_directory(&d);
        check_disk(&d);
        check_host(&d);
        check_store(&d);
        check_server(&d);
        rc = view_table(cli, "checks", &d.table, err);
    }
    config_finish(&d.config);
    cli->hint[0] = '\0';
    if (rc == ST_OK)
        cli->exit_code = d.worst == HEALTH_FAIL   ? EXIT_FAILED
                         : d.worst == HEALTH_WARN ? EXIT_FOUND
                                                  : EXIT_FINE;
    return rc;
}

static const struct example examples[] = {
    {"sleuth doctor", N_("what is fine, what is not, and what to do about it")},
    {"sleuth doctor -o json", N_("for a monitoring system")},
    {0},
};

static const struct command commands[] = {
    {.noun = "doctor",
     .summary = N_("Check this host and the appliance on it."),
     .details = N_("Exit code 0: all is fine; 1: something deserves attention; 2: something is "
                   "wrong."),
     .examples = examples,
     .run = doctor_run},
    {0},
};

const struct noun noun_doctor = {.name = "doctor",
                                 .summary = N_("check this host and the appliance"),
                                 .group = N_("Operate the appliance"),
                                 .commands = commands};

/* Checks of the host and of the files, without any server. */
#include "tools/doctor.h"

#include "base/clock.h"
#include "secrets.h"
#include "tls.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

enum { FILES_WANTED = 4096, FREE_PERMILLE_MIN = 50, MIB = 1 << 20, DAY_MS = 24 * 3600 * 1000 };
enum { CERT_WARN_DAYS = 30 };

static void check_directory(struct doctor *d)
{
    struct stat facts;
    if (stat(d->data_dir.ptr, &facts) != 0) {
        doctor_tell(d, "data_dir", HEALTH_WARN, d->data_dir,
                    N_("it is made at the first start; 'sleuth setup' begins"));
        return;
    }
    bool open = (facts.st_mode & 077) != 0;
    doctor_tell(d, "data_dir", open ? HEALTH_FAIL : HEALTH_OK, d->data_dir,
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
    doctor_tell(d, "disk_free", low ? HEALTH_WARN : HEALTH_OK,
                arena_printf(&d->cli->arena, "%llu MiB", (unsigned long long)free_mib),
                N_("make room, or move the data directory"));
    bool few =
        disk.f_files && (uint64_t)disk.f_favail * 1000 < (uint64_t)disk.f_files * FREE_PERMILLE_MIN;
    doctor_tell(d, "inodes_free", few ? HEALTH_WARN : HEALTH_OK,
                arena_printf(&d->cli->arena, "%llu", (unsigned long long)disk.f_favail),
                N_("the file system has few inodes left"));
}

static void check_limits(struct doctor *d)
{
    struct rlimit files = {0, 0}, space = {0, 0};
    (void)getrlimit(RLIMIT_NOFILE, &files); /* neither can fail for these resources */
    (void)getrlimit(RLIMIT_AS, &space);
    doctor_tell(d, "open_files", files.rlim_cur < FILES_WANTED ? HEALTH_WARN : HEALTH_OK,
                arena_printf(&d->cli->arena, "%llu", (unsigned long long)files.rlim_cur),
                N_("raise LimitNOFILE (or ulimit -n) to 4096 or more"));
    bool tight = space.rlim_cur != RLIM_INFINITY &&
                 space.rlim_cur / MIB < (uint64_t)d->config.storage_map_gib * 1024 + 1024;
    doctor_tell(
        d, "address_space", tight ? HEALTH_FAIL : HEALTH_OK,
        tight ? arena_printf(&d->cli->arena, "%llu MiB", (unsigned long long)(space.rlim_cur / MIB))
              : S(""),
        N_("the limit is below storage.map_gib: raise LimitAS (ulimit -v) or lower it"));
}

static void check_clock(struct doctor *d)
{
    struct timex state = {0};
    char now[TIME_TEXT_MAX], byte;
    bool unsynced = adjtimex(&state) == TIME_ERROR;
    doctor_tell(d, "clock", unsynced ? HEALTH_WARN : HEALTH_OK,
                arena_copy(&d->cli->arena, time_rfc3339(d->now_ms, now)),
                N_("the clock is not synchronised: licences, keys and reports carry its time"));
    bool random = getrandom(&byte, 1, GRND_NONBLOCK) == 1;
    doctor_tell(d, "random", random ? HEALTH_OK : HEALTH_FAIL, S(""),
                N_("the kernel has no randomness yet; wait, or add a source"));
}

/* All three files, for the service alone. Before the first start there are none. */
static void check_secrets(struct doctor *d)
{
    static const char *const names[] = {"", "/master.key", "/pepper", "/signing.key"};
    slice dir = config_secrets_dir(d->data_dir, &d->cli->arena);
    slice database = arena_printf(&d->cli->arena, "%s/db/data.mdb", d->data_dir.ptr);
    bool started = database.ptr && access(database.ptr, F_OK) == 0;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct stat facts;
        slice path = arena_printf(&d->cli->arena, "%s%s", dir.ptr, names[i]);
        if (!path.ptr)
            return;
        if (stat(path.ptr, &facts) != 0) {
            bool hidden = errno == EACCES;
            doctor_tell(d, "secrets", hidden || !started ? HEALTH_WARN : HEALTH_FAIL, path,
                        hidden    ? N_("run doctor as root or as the service's user to see them")
                        : started ? N_("without it the database does not open: restore that file")
                                  : N_("they are made at the first start"));
            return;
        }
        if (facts.st_mode & 077) {
            doctor_tell(d, "secrets", HEALTH_FAIL, path,
                        N_("nobody but the service may read it: chmod go="));
            return;
        }
    }
    doctor_tell(d, "secrets", HEALTH_OK, dir, "");
}

static void check_certificate(struct doctor *d)
{
    struct tls tls;
    struct error err = {0};
    const struct config *config = &d->config;
    bool own = config->http_tls_cert.len == 0;
    slice made = arena_printf(&d->cli->arena, "%s/tls/cert.pem", d->data_dir.ptr);
    if (!config->http_tls) {
        doctor_tell(d, "certificate", HEALTH_OK, slice_of(cli_tr(d->cli, N_("TLS is off"))), "");
        return;
    }
    if (!made.ptr || (own && access(made.ptr, F_OK) != 0)) {
        doctor_tell(d, "certificate", HEALTH_WARN, made, N_("it is made at the first start"));
        return;
    }
    const struct tls_options options = {.cert_path = own ? NULL : config->http_tls_cert.ptr,
                                        .key_path = own ? NULL : config->http_tls_key.ptr,
                                        .data_dir = d->data_dir.ptr,
                                        .now_ms = d->now_ms,
                                        .look_only = true};
    if (tls_init(&options, &tls, &err) != ST_OK) {
        const char *text = d->cli->lang == LANG_ZH ? err.text_zh : err.text;
        doctor_tell(d, "certificate", HEALTH_FAIL, arena_copy(&d->cli->arena, slice_of(text)),
                    N_("renew it, then 'systemctl reload sleuth'"));
        return;
    }
    long long days = (long long)((tls.not_after_ms - d->now_ms) / DAY_MS);
    /* Our own is made anew in time by the server. */
    doctor_tell(d, "certificate", !own && days < CERT_WARN_DAYS ? HEALTH_WARN : HEALTH_OK,
                arena_printf(&d->cli->arena, cli_tr(d->cli, N_("%lld days left")), days),
                N_("renew it, then 'systemctl reload sleuth'"));
    tls_finish(&tls);
}

void doctor_host(struct doctor *d)
{
    check_directory(d);
    check_disk(d);
    check_limits(d);
    check_clock(d);
    check_secrets(d);
    check_certificate(d);
}

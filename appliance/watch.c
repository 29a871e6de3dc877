/* Warnings that repeat once a day until someone acts. */
#include "watch.h"

#include "app.h"
#include "config.h"
#include "log.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

/* Once a day, and at once after a clock that went back. */
static bool again(int64_t *told_ms, int64_t now_ms)
{
    if (*told_ms && now_ms >= *told_ms && now_ms - *told_ms < DAY_MS)
        return false;
    *told_ms = now_ms;
    return true;
}

static int64_t cert_until(const struct app *app)
{
    return atomic_load_explicit(&app->cert_until_ms, memory_order_relaxed);
}

bool watch_cert_due(struct watch *watch, const struct app *app, int64_t now_ms)
{
    int64_t until_ms = cert_until(app);
    if (until_ms == 0 || until_ms - now_ms > (int64_t)WATCH_CERT_DAYS * DAY_MS)
        return false;
    return again(&watch->cert_told_ms, now_ms);
}

bool watch_backup_due(struct watch *watch, const struct app *app, int64_t now_ms)
{
    int64_t last_ms = atomic_load_explicit(&app->backup_ms, memory_order_relaxed);
    int64_t since_ms = last_ms ? last_ms : app->start_ms; /* none yet: give it time to be made */
    if (now_ms - since_ms < app->config->backup_warn_hours * HOUR_MS)
        return false;
    return again(&watch->backup_told_ms, now_ms);
}

bool watch_tick(struct watch *watch, const struct app *app, bool self_signed, int64_t now_ms)
{
    bool renew = false;
    if (watch_cert_due(watch, app, now_ms)) {
        renew = self_signed;
        if (!renew)
            log_warn("certificate_expires", F_I64("days_left", (cert_until(app) - now_ms) / DAY_MS),
                     F_CSTR("action", "renew it, then reload the service"));
    }
    if (watch_backup_due(watch, app, now_ms)) {
        int64_t last_ms = atomic_load_explicit(&app->backup_ms, memory_order_relaxed);
        log_warn("backup_old", F_I64("hours", last_ms ? (now_ms - last_ms) / HOUR_MS : -1),
                 F_CSTR("action", "sleuth backup create, or enable sleuth-backup.timer"));
    }
    return renew;
}

/* Tests of the warnings that come once a day. */
#include "watch.h"

#include "app.h"
#include "config.h"
#include "lib/main.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };
static const int64_t now_ms = INT64_C(1795000000000);

START_TEST(a_certificate_is_told_from_thirty_days_on_once_a_day)
{
    struct watch watch = {0};
    struct app app = {0};
    ck_assert(!watch_cert_due(&watch, &app, now_ms)); /* no TLS */
    atomic_store(&app.cert_until_ms, now_ms + 30 * (int64_t)DAY_MS + 1);
    ck_assert(!watch_cert_due(&watch, &app, now_ms));
    ck_assert(watch_cert_due(&watch, &app, now_ms + 1));
    ck_assert(!watch_cert_due(&watch, &app, now_ms + 2));
    ck_assert(!watch_cert_due(&watch, &app, now_ms + DAY_MS));
    ck_assert(watch_cert_due(&watch, &app, now_ms + DAY_MS + 1));
    ck_assert(watch_cert_due(&watch, &app, now_ms + 2));                 /* the clock went back */
    atomic_store(&app.cert_until_ms, now_ms + 90 * (int64_t)DAY_MS); /* renewed */
    ck_assert(!watch_cert_due(&watch, &app, now_ms + 2 * (int64_t)DAY_MS));
}
END_TEST

START_TEST(a_backup_is_missed_after_the_configured_hours)
{
    struct watch watch = {0};
    struct config config = {.backup_warn_hours = 36};
    struct app app = {.start_ms = now_ms, .config = &config};
    ck_assert(!watch_backup_due(&watch, &app, now_ms + 36 * (int64_t)HOUR_MS - 1));
    ck_assert(watch_backup_due(&watch, &app, now_ms + 36 * (int64_t)HOUR_MS));
    atomic_store(&app.backup_ms, now_ms + 36 * (int64_t)HOUR_MS);
    ck_assert(!watch_backup_due(&watch, &app, now_ms + 61 * (int64_t)HOUR_MS));
    ck_assert(watch_backup_due(&watch, &app, now_ms + 72 * (int64_t)HOUR_MS));
}
END_TEST

START_TEST(only_our_own_certificate_is_made_anew)
{
    struct watch watch = {0};
    struct config config = {.backup_warn_hours = 36};
    struct app app = {.start_ms = now_ms, .config = &config};
    atomic_store(&app.cert_until_ms, now_ms + DAY_MS);
    ck_assert(watch_tick(&watch, &app, true, now_ms));
    watch = (struct watch){0};
    ck_assert(!watch_tick(&watch, &app, false, now_ms));
}
END_TEST

TEST_MAIN("watch", a_certificate_is_told_from_thirty_days_on_once_a_day,
          a_backup_is_missed_after_the_configured_hours, only_our_own_certificate_is_made_anew)

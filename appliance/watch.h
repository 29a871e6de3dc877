/* What needs a person within days, not seconds: the certificate's end, the age of the newest
 * backup. Looked at once a minute, told in the log once a day. Main thread. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct app;

enum { WATCH_CERT_DAYS = 30 }; /* before the end */

struct watch {
    int64_t cert_told_ms, backup_told_ms; /* wall */
};

/* Is it time to say something? The times of *watch move when it is. */
bool watch_cert_due(struct watch *watch, const struct app *app, int64_t now_ms);
bool watch_backup_due(struct watch *watch, const struct app *app, int64_t now_ms);

/* Both, into the log. True: our own self-signed certificate should be made anew. */
bool watch_tick(struct watch *watch, const struct app *app, bool self_signed, int64_t now_ms);

#endif

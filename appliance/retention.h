/* Which backups stay: the newest of each of the last days, weeks and months that have one. */
#ifndef RETENTION_H
#define RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retention {
    uint64_t daily, weekly, monthly; /* how many of each */
};

/* times_ms: newest first. ret_keep[i] = backup i stays; the newest always does. Days, weeks (from
 * Monday) and months are those of UTC; only ones that have a backup are counted. */
void retention_decide(const struct retention *rule, const int64_t *times_ms, size_t count,
                      bool *ret_keep);

#endif

/* What the billing routes share. */
#ifndef API_BILLING_API_H
#define API_BILLING_API_H

#include "base/slice.h"
#include "base/status.h"

struct billing_result;
struct call;

/* ST_DISABLED "billing_disabled" unless cards are taken here. */
status billing_enabled(const struct call *call, struct error *err);
/* "https://host/tail": http.public_url, else the host that was asked. In the arena. */
slice billing_public_url(struct call *call, const char *tail);
/* One log line for each thing that an administrator must look at. */
void billing_alert(const struct billing_result *result, slice event_id);

#endif

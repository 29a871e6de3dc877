/* One value out of a Cookie header. Pure; any thread. */
#ifndef COOKIE_H
#define COOKIE_H

#include "base/slice.h"

enum { COOKIES_MAX = 64 }; /* what stands behind so many is not looked at */

/* "a=1; b=2": the value of the first cookie of that name, borrowed; ptr NULL when there is none. */
slice cookie_find(slice header, const char *name);

#endif

/* Reads Cookie headers; see cookie.h. */
#include "cookie.h"

slice cookie_find(slice header, const char *name)
{
    slice pair;
    for (int i = 0; i < COOKIES_MAX && slice_split(&header, ';', &pair); i++) {
        slice key;
        slice value = slice_trim(pair);
        if (slice_split(&value, '=', &key) && slice_eq(key, slice_of(name)))
            return value.ptr ? value : S("");
    }
    return (slice){0};
}

/* The exit code of every status: a new status does not compile until someone decides its code. */
#include "tools/cli.h"

enum exit_code exit_code_of(status rc)
{
    switch (rc) {
    case ST_OK:
        return EXIT_FINE;
    case ST_VERIFY:
    case ST_CORRUPT:
        return EXIT_VERIFY;
    case ST_UNAUTHENTICATED:
    case ST_FORBIDDEN:
    case ST_PLAN:
    case ST_LIMIT:
    case ST_RATE:
    case ST_QUOTA:
    case ST_NOT_SET_UP:
    case ST_DISABLED:
        return EXIT_REFUSED;
    case ST_CONFIG:
        return EXIT_CONFIG;
    case ST_NOT_FOUND:
    case ST_GONE:
        return EXIT_NOT_FOUND;
    case ST_CONFLICT:
    case ST_PRECONDITION:
    case ST_LOCKED:
        return EXIT_CONFLICT;
    case ST_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case ST_INVALID:
    case ST_METHOD:
    case ST_NOT_ACCEPTABLE:
    case ST_TOO_LARGE:
    case ST_MEDIA_TYPE:
    case ST_RANGE:
    case ST_CANCELLED:
    case ST_TIMEOUT:
    case ST_BUSY:
    case ST_NO_MEMORY:
    case ST_FULL:
    case ST_IO:
    case ST_UPSTREAM:
    case ST_UNSUPPORTED:
    case ST_INTERNAL:
    case STATUS_COUNT:
        return EXIT_FAILED;
    }
    return EXIT_FAILED;
}

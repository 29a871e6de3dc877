/* A licence: what an appliance without a payment provider may do, signed by the vendor.
 *
 * The file is one line of canonical JSON (members in byte order, no blanks, RFC 3339 times in whole
 * seconds) whose member "signature" is the Ed25519 signature over the same line without it. A file
 * that differs from its own canonical form in a single bit is refused, so that there is exactly one
 * text per licence. Pure: no clock, no storage; entitlement.h decides what a licence means now. */
#ifndef LICENSE_H
#define LICENSE_H

#include "base/buf.h"
#include "base/crypt.h"
#include "plans.h"

enum {
    LICENSE_TEXT_MAX = 4096,
    LICENSE_ID_MAX = 48,
    LICENSE_NAME_MAX = 121, /* bytes of the licensee with NUL */
    LICENSE_HOST_MAX = 33,  /* 32 hexadecimal digits and NUL */
    LICENSE_KEYS_MAX = 16,
    LICENSE_SEATS_MAX = 1000000,
};
#define LICENSE_ANALYSES_MAX UINT64_C(1000000000000)
#define LICENSE_DAY_MS       INT64_C(86400000)
#define LICENSE_GRACE_MS     (30 * LICENSE_DAY_MS)
#define LICENSE_WARN_MS      (30 * LICENSE_DAY_MS)

struct license {
    char id[LICENSE_ID_MAX];         /* "lic_…" */
    char licensee[LICENSE_NAME_MAX]; /* UTF-8 */
    char host_id[LICENSE_HOST_MAX];  /* the only machine that may use it; "" = any */
    enum plan_rank plan;             /* highest plan of any user */
    uint64_t seats;                  /* enabled users, 1 or more */
    uint64_t analyses_per_month;     /* of all users together; PLAN_UNLIMITED = no total */
    int64_t issued_ms;
    int64_t not_before_ms; /* whole seconds, like the others */
    int64_t not_after_ms;
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES]; /* whose signature it carries */
};

/* Public keys that may sign licences. */
struct license_keys {
    unsigned char key[LICENSE_KEYS_MAX][CRYPT_SIGN_PUBLIC_BYTES];
    size_t count;
};

/* The keys of this program, and those of a file: 64 hexadecimal digits a line, '#' begins a comment
 * (path NULL = none). ST_CONFIG names file and line. */
status license_keys_load(const char *path, struct license_keys *ret, struct error *err);

/* Signs with the vendor's secret seed and appends the file's text, newline included; public_key of
 * the licence is set. ST_INVALID when a member is out of its bounds. */
status license_sign(struct license *license, const unsigned char seed[static CRYPT_SIGN_SEED_BYTES],
                    struct buf *out, struct error *err);

/* Reads and verifies. ST_INVALID: no licence; ST_VERIFY: changed, or signed by somebody else. */
status license_read(slice text, const struct license_keys *keys, struct license *ret,
                    struct error *err);

/* This machine as licences name it: a hash of its machine-id, so that the id itself stays private.
 * path NULL = /etc/machine-id; empty when the machine has none. */
slice license_host_id(const char *path, char ret[static LICENSE_HOST_MAX]);

enum license_state {
    LICENSE_NONE,    /* nothing installed */
    LICENSE_FOREIGN, /* bound to another machine */
    LICENSE_FUTURE,  /* not_before has not come */
    LICENSE_VALID,
    LICENSE_EXPIRING, /* valid, ends within 30 days */
    LICENSE_GRACE,    /* ended less than 30 days ago: everything works, with a warning */
    LICENSE_EXPIRED,  /* everything falls to the free plan, nothing is deleted */
};
enum license_state license_state_at(const struct license *license, slice host_id, int64_t now_ms);
const char *license_state_name(enum license_state state); /* "valid" */
/* In these states its plan counts. */
bool license_counts(enum license_state state);

#endif

/* One-time codes of an authenticator app (RFC 6238: HMAC-SHA1, 30 seconds, 6 digits), and the
 * recovery codes for who has lost it. Any thread. */
#ifndef TOTP_H
#define TOTP_H

#include "base/slice.h"
#include "base/status.h"

enum {
    TOTP_SECRET_BYTES = 20,
    TOTP_SECRET_TEXT = 32, /* the secret in base 32, as apps want it */
    TOTP_STEP_MS = 30000,
    TOTP_DIGITS = 6,
    TOTP_GIVEN_MAX = 20,      /* bytes that a client may send as a code */
    TOTP_RECOVERY_COUNT = 10, /* codes of one set; each works once */
    TOTP_RECOVERY_TEXT = 11,  /* "abcde-fghij": 50 random bits */
};

/* The number that an app shows in that step (the 30 s since 1970); RFC 4226, section 5.3. */
uint32_t totp_code(slice secret, uint64_t step);

/* True when `given` is the code of the current step or one of its two neighbours, and of a step
 * newer than last_step, so that no code opens anything twice. ret_step is the step that fits.
 * All three steps are always computed. */
bool totp_matches(slice secret, slice given, int64_t now_ms, uint64_t last_step,
                  uint64_t *ret_step);

/* Base 32 without padding (RFC 4648), with a NUL. */
slice totp_secret_text(char ret[static TOTP_SECRET_TEXT + 1],
                       const unsigned char secret[static TOTP_SECRET_BYTES]);

/* A recovery code at random, with a NUL. */
void totp_recovery_make(char ret[static TOTP_RECOVERY_TEXT + 1]);
bool totp_recovery_well_formed(slice given);

#endif

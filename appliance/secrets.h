/* The three secrets of an appliance, kept outside of its database: without them a stolen copy of
 * the data opens nothing.
 *
 *   master.key   seals every stored value
 *   pepper       keys the hashes of API keys, sessions and reset links
 *   signing.key  seed of the Ed25519 key that signs reports and audit checkpoints
 *
 * Each file holds 32 bytes, raw or as 64 hexadecimal digits. */
#ifndef SECRETS_H
#define SECRETS_H

#include "base/crypt.h"

enum { SECRETS_MAGIC = 0x53454331 };

struct secrets {
    uint32_t magic;
    unsigned char master[CRYPT_KEY_BYTES];
    unsigned char pepper[CRYPT_KEY_BYTES];
    unsigned char signing_seed[CRYPT_SIGN_SEED_BYTES];
};

/* Reads the secrets of `dir`. Missing ones are made (0600, the folder 0700) only when `may_create`:
 * that is, when no database exists yet. Else ST_CONFIG says which file a database lacks.
 * Main thread, before the store is opened. */
status secrets_load(const char *dir, bool may_create, struct secrets *ret, struct error *err);
void secrets_finish(struct secrets *secrets); /* wipes; zeroed is allowed */

#endif

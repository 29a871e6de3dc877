/* Checkpoints on the audit chain: "entry N had this hash at this time", signed with Ed25519.
 *
 * The chain alone shows every alteration but one: that its end was cut off. A checkpoint that is
 * kept elsewhere shows that, too. The server makes one every 1,000 entries and every hour in which
 * something happened, keeps it in the store, appends it to DATA/audit-checkpoints.jsonl and writes
 * it to the log, from where it can leave the machine. */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "base/json_out.h"
#include "storage/storage.h"

struct app;
struct json;

#define CHECKPOINT_FILE "audit-checkpoints.jsonl"

enum {
    CHECKPOINT_ENTRIES = 1000,
    CHECKPOINT_MS = 3600000,
    CHECKPOINT_FILE_BYTES_MAX = 64 << 20,
};

/* Fills key and signature of *mark; both live in the arena. The signature covers seq, at_ms and
 * hash. */
status checkpoint_sign(const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES],
                       const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES],
                       struct store_audit_mark *mark, struct arena *arena);
/* trusted NULL = the key inside the checkpoint: proves that it is whole, not whose it is. */
bool checkpoint_is_signed(const struct store_audit_mark *mark, const unsigned char *trusted);

/* The members of a checkpoint into the open object, and the reverse (texts in the arena).
 * Only what checkpoint_write writes is read: one spelling per value. ST_VERIFY. */
void checkpoint_write(struct json_out *w, const struct store_audit_mark *mark);
status checkpoint_read(const struct json *object, struct arena *arena, struct store_audit_mark *ret,
                       struct error *err);

/* Main thread, every second, and at the stop with `final`: signs when it is time to (final: when
 * there is any entry behind the last checkpoint) and brings the file up to date. */
struct checkpoint_maker {
    bool known;        /* the newest checkpoint was read */
    uint64_t seq;      /* of the newest checkpoint */
    int64_t at_ms;     /* of it */
    uint64_t file_seq; /* newest one that stands in the file */
    bool file_known;
};
status checkpoint_tick(struct app *app, struct checkpoint_maker *maker, int64_t wall_ms, bool final,
                       struct error *err);

#endif

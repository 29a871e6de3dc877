/* The offline check of an exported audit log: entry after entry against the chain of hashes, the
 * checkpoints in it, and checkpoints that were kept elsewhere.
 *
 *   audit_trail_begin(&trail, arena, trusted_key);
 *   audit_trail_checkpoint(&trail, line, err) …   of a file kept elsewhere, before the entries
 *   audit_trail_entry(&trail, line, err) …        the export, oldest first
 *   audit_trail_end(&trail, err)
 *
 * Every function gives ST_VERIFY with a sentence that names the first wrong entry. Found are
 * entries that were altered, dropped, moved or added; that the end was cut off, when a checkpoint
 * behind it is known. Any thread, one at a time. */
#ifndef AUDIT_TRAIL_H
#define AUDIT_TRAIL_H

#include "checkpoint.h"

enum { AUDIT_TRAIL_MARKS_MAX = 100000 };

struct audit_trail {
    struct arena *arena;            /* checkpoints that are still to come, and one line */
    const unsigned char *trusted;   /* public key, NULL = any */
    uint64_t seq;                   /* of the last entry */
    struct crypt_hash hash;         /* of it */
    uint64_t checkpoints;           /* that fitted */
    struct store_audit_mark *marks; /* in order of seq once the first entry came */
    size_t mark_count, mark_cap, mark_next;
    bool sorted;
};

void audit_trail_begin(struct audit_trail *trail, struct arena *arena,
                       const unsigned char *trusted);
status audit_trail_checkpoint(struct audit_trail *trail, slice line, struct error *err);
status audit_trail_entry(struct audit_trail *trail, slice line, struct error *err);
status audit_trail_end(struct audit_trail *trail, struct error *err);

/* The same for records of a store: checkpoints first (copied into the arena), then entries. */
status audit_trail_mark(struct audit_trail *trail, const struct store_audit_mark *mark,
                        struct error *err);
status audit_trail_link(struct audit_trail *trail, const struct store_audit *entry,
                        struct error *err);

/* The members of an entry as the export shows them, and the checkpoint on it (NULL = none), into
 * the open object: what audit_trail_entry reads. */
void audit_entry_write(struct json_out *w, const struct store_audit *entry,
                       const struct store_audit_mark *mark);

#endif

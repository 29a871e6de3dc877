/* Opens the store of an image as the next start would, and looks for what was promised. */
#ifndef POWERCUT_JUDGE_H
#define POWERCUT_JUDGE_H

#include "model.h"

enum ack_kind {
    ACK_USER,
    ACK_KEY,
    ACK_REVOKED,
    ACK_ANALYSIS,
    ACK_JOB,
    ACK_FILE,
    ACK_FILE_GONE,
    ACK_PART,
    ACK_BACKUP
};

/* One answer 2xx that a client got: from then on its effect must survive. */
struct ack {
    uint64_t request; /* number in its X-Request-Id */
    enum ack_kind kind;
    char id[80];     /* of what was made, changed or removed; name of a backup */
    char sha256[80]; /* of a file's content, in hex, or - */
    size_t position; /* index of the event in the trace */
};

struct acks {
    struct ack *rows; /* ordered by position */
    size_t count;
};
/* Lines "REQUEST KIND ID [SHA256]" of the driver, placed by the answers in the trace. Exits when
 * one of them was never answered. Without a trace (NULL) they stay in their order. */
void acks_load(const char *path, const struct trace *trace, struct acks *ret);

struct verdict {
    uint32_t faults; /* structural: pages, values, invariants, keys, blobs, backups */
    uint32_t lost;   /* acknowledged and not there */
    char why[240];   /* the first of them */
};
struct judging {
    const struct image *image;
    const struct image *final; /* the disk when all was written */
    const struct acks *acks;
    size_t due; /* so many acks had been given before the cut */
    const char *scratch;
    struct verdict *verdict;
};
/* In a process of its own: a damaged store may end it. */
void judge(struct judging *judging);

#endif

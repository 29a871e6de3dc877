/* What the recorder writes and the replayer reads: one event per system call that changes the data
 * directory, makes a part of it durable, or sends an answer. Names are relative to the root that
 * the environment variable POWERCUT_ROOT names. */
#ifndef POWERCUT_TRACE_H
#define POWERCUT_TRACE_H

#include <stdint.h>

enum event_kind {
    EVENT_WRITE = 1, /* data at offset; inode */
    EVENT_DURABLE,   /* the write before this event was synchronous and is over */
    EVENT_SIZE,      /* offset = new size of the file */
    EVENT_SYNC,      /* everything written to the inode is durable */
    EVENT_SYNC_DIR,  /* the names in the directory `name` are durable */
    EVENT_CREATE,    /* name, inode: a new and empty file */
    EVENT_MKDIR,
    EVENT_RENAME,   /* name → other */
    EVENT_UNLINK,   /* also of directories */
    EVENT_LINK,     /* name → other, the same inode */
    EVENT_EXCHANGE, /* name ↔ other */
    EVENT_ANSWER,   /* data = the first bytes of what goes to a client, before it goes */
    EVENT_KINDS
};

enum { EVENT_MAGIC = 0x74756370, ANSWER_BYTES_MAX = 2048 };

/* name, other and data follow. */
struct event_head {
    uint32_t magic;
    uint16_t kind, name_len;
    uint32_t other_len, data_len;
    uint64_t inode, offset;
};

#endif

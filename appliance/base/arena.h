/* Bump allocator with a byte cap, an overflow flag, and optional wiping.
 *
 * Memory comes from malloc in blocks and goes back all at once. When the cap or malloc is
 * exhausted, arena_alloc returns NULL and sets `overflow`, so a function may build everything and
 * test once. An arena belongs to one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"
#include "base/status.h"

struct arena_block;

struct arena {
    struct arena_block *block; /* newest block; older ones are chained behind it */
    size_t used_bytes;         /* taken from all blocks, for the cap */
    size_t lent_bytes;         /* held by arenas within this one, for the cap */
    size_t cap_bytes;          /* most bytes this arena may hold */
    struct arena *outer;       /* the arena whose cap pays for this one, or NULL */
    size_t block_bytes;        /* of the first block; 0 = a page */
    bool overflow;             /* an allocation has failed since init */
    bool no_memory;            /* and it was malloc that failed, not the cap */
    bool wipe; /* zero the memory before it is freed; set it before the first secret */
};

struct arena_mark {
    struct arena_block *block;
    size_t block_used;
    size_t used_bytes;
};

/* In place; allocates nothing yet. */
void arena_init(struct arena *arena, size_t cap_bytes);
/* A second arena, for what goes before the end of the first: its bytes count against the cap of
 * `outer`, which must stay where it is and outlive it. One level only. */
void arena_init_within(struct arena *arena, struct arena *outer);
/* Memory of the caller, such as of the same malloc, that is used first and never freed here; it is
 * wiped like the rest. At least ARENA_LENT_MIN bytes, aligned for any type; before the first
 * allocation. */
enum { ARENA_LENT_MIN = 64 };
void arena_lend(struct arena *arena, void *memory, size_t bytes);
/* Frees everything; a zeroed arena is allowed. Afterwards the arena is as after arena_init. */
void arena_finish(struct arena *arena);

/* Zeroed memory aligned for any type; NULL on exhaustion (size 0 gives a valid pointer). */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((malloc));
/* count * bytes with overflow check. */
void *arena_array(struct arena *arena, size_t count, size_t bytes) __attribute__((malloc));
/* Like arena_array without zeroing: for big numeric scratch that is written before it is read. */
void *arena_array_raw(struct arena *arena, size_t count, size_t bytes) __attribute__((malloc));
/* Room for one more element in a list of `count` that lives in the arena: doubles *list and *cap
 * when it is full (the old copy stays until the arena ends). False on exhaustion. */
bool arena_grow(struct arena *arena, void **list, size_t *cap, size_t count, size_t bytes);
/* A copy with a NUL behind it (not counted); {NULL, 0} on exhaustion. */
slice arena_copy(struct arena *arena, slice bytes);
/* The same with ASCII letters in lower case. */
slice arena_lower(struct arena *arena, slice text);
/* Formatted text, NUL-terminated; {NULL, 0} on exhaustion. */
slice arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Scratch inside one function: everything allocated after the mark is gone after the rewind. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* ST_TOO_LARGE with a sentence when the arena has overflowed, ST_NO_MEMORY when there was no memory
 * for it, else ST_OK. */
status arena_check(const struct arena *arena, struct error *err);

#endif

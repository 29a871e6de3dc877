/* Distinct labels: text → small number in order of first appearance. */
#ifndef DETECT_INTERN_H
#define DETECT_INTERN_H

#include "base/arena.h"

#define INTERN_NONE UINT32_MAX

struct intern {
    struct arena *arena;
    slice *names;    /* [count], copied into the arena */
    uint64_t *hash;  /* [count] */
    uint32_t *slots; /* open addressing, id + 1; 0 = free */
    uint32_t count, cap, slot_count;
    uint32_t missing_id; /* + 1; 0 = none yet */
    uint32_t next_guess; /* logs repeat their systems in order: the label expected next */
};

void intern_init(struct intern *table, struct arena *arena);

/* The number of the label, which is added when new; INTERN_NONE when the arena is full. */
uint32_t intern_put(struct intern *table, slice name);

/* A label that no text equals, for values that are missing. */
uint32_t intern_put_missing(struct intern *table);

#endif

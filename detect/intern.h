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

/* True when name is the label that follows the last one: the common case, without a hash. */
static inline bool intern_guess(struct intern *table, slice name, uint32_t *ret)
{
    uint32_t id = table->next_guess;
    if (id >= table->count || table->names[id].len != name.len || !table->names[id].ptr)
        return false;
    const char *known = table->names[id].ptr;
    bool same;
    if (name.len >= 4 && name.len <= 8) { /* two overlapping words */
        uint32_t a[2];
        uint32_t b[2];
        memcpy(&a[0], name.ptr, 4);
        memcpy(&a[1], name.ptr + name.len - 4, 4);
        memcpy(&b[0], known, 4);
        memcpy(&b[1], known + name.len - 4, 4);
        same = a[0] == b[0] && a[1] == b[1];
    } else {
        same = slice_eq(table->names[id], name);
    }
    if (same) {
        table->next_guess = id + 1 < table->count ? id + 1 : 0;
        *ret = id;
    }
    return same;
}

/* The number of the label, which is added when new; INTERN_NONE when the arena is full. */
uint32_t intern_put(struct intern *table, slice name);

/* A label that no text equals, for values that are missing. */
uint32_t intern_put_missing(struct intern *table);

#endif

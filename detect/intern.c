/* Label table: hash with open addressing, and a guess that makes repeating logs cheap. */
#include "detect/intern.h"

#include "detect/rng.h"

void intern_init(struct intern *table, struct arena *arena)
{
    *table = (struct intern){.arena = arena};
}

/* Eight bytes at a time through the SplitMix finaliser; the order of labels never depends on it. */
static uint64_t hash_bytes(slice name)
{
    uint64_t hash = name.len;
    for (size_t at = 0; at < name.len; at += 8) {
        uint64_t part = 0;
        size_t left = name.len - at;
        memcpy(&part, name.ptr + at, left < 8 ? left : 8);
        hash = rng_mix64(hash ^ part) + UINT64_C(0x9E3779B97F4A7C15);
    }
    return rng_mix64(hash);
}

static void place(struct intern *table, uint32_t id)
{
    uint32_t mask = table->slot_count - 1;
    uint32_t slot = (uint32_t)table->hash[id] & mask;
    while (table->slots[slot] != 0)
        slot = (slot + 1) & mask;
    table->slots[slot] = id + 1;
}

/* Doubles names and slots; the old arrays stay in the arena (at most as much again). */
static bool grow(struct intern *table)
{
    uint32_t cap = table->cap ? table->cap * 2 : 16;
    slice *names = arena_array(table->arena, cap, sizeof *names);
    uint64_t *hash = arena_array(table->arena, cap, sizeof *hash);
    uint32_t *slots = arena_array(table->arena, (size_t)cap * 2, sizeof *slots);
    if (!names || !hash || !slots)
        return false;
    if (table->count > 0) {
        memcpy(names, table->names, table->count * sizeof *names);
        memcpy(hash, table->hash, table->count * sizeof *hash);
    }
    table->names = names;
    table->hash = hash;
    table->slots = slots;
    table->cap = cap;
    table->slot_count = cap * 2;
    for (uint32_t id = 0; id < table->count; id++)
        if (names[id].ptr)
            place(table, id);
    return true;
}

static uint32_t add(struct intern *table, slice name, uint64_t hash)
{
    if (table->count == table->cap && (table->cap >= UINT32_MAX / 4 || !grow(table)))
        return INTERN_NONE;
    slice copy = arena_copy(table->arena, name);
    if (!copy.ptr)
        return INTERN_NONE;
    uint32_t id = table->count++;
    table->names[id] = copy;
    table->hash[id] = hash;
    place(table, id);
    return id;
}

static uint32_t find(const struct intern *table, slice name, uint64_t hash)
{
    if (table->slot_count == 0)
        return INTERN_NONE;
    uint32_t mask = table->slot_count - 1;
    for (uint32_t slot = (uint32_t)hash & mask; table->slots[slot] != 0; slot = (slot + 1) & mask) {
        uint32_t id = table->slots[slot] - 1;
        if (table->hash[id] == hash && slice_eq(table->names[id], name))
            return id;
    }
    return INTERN_NONE;
}

uint32_t intern_put(struct intern *table, slice name)
{
    uint32_t id;
    if (intern_guess(table, name, &id))
        return id;
    uint64_t hash = hash_bytes(name);
    id = find(table, name, hash);
    if (id == INTERN_NONE)
        id = add(table, name, hash);
    table->next_guess = id + 1 < table->count ? id + 1 : 0;
    return id;
}

uint32_t intern_put_missing(struct intern *table)
{
    if (table->missing_id > 0)
        return table->missing_id - 1;
    if (table->count == table->cap && !grow(table))
        return INTERN_NONE;
    table->names[table->count] = (slice){0};
    table->missing_id = ++table->count;
    return table->missing_id - 1;
}

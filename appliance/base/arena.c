/* Bump allocation in growing blocks; see arena.h for the contract. */
#include "base/arena.h"

#include "base/checked.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, HUGE_PAGE = 2 << 20, HUGE_BLOCK = 2 * HUGE_PAGE, MAPPED_MIN = 1 << 20 };
#ifdef __SANITIZE_ADDRESS__ /* its leak checker does not look into mappings for pointers */
enum { IS_MAPPING = 0 };
#else
enum { IS_MAPPING = 1 };
#endif
enum { ALIGNMENT = alignof(max_align_t), BLOCK_BYTES_MIN = 4096, BLOCK_BYTES_MAX = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* bytes in data */
    size_t used;
    size_t mapped; /* bytes from the system; 0 = from malloc */
    bool is_lent;
    alignas(max_align_t) unsigned char data[];
};

/* A plain memset before free is removed by the optimiser; the barrier keeps it. */
static void wipe_bytes(void *ptr, size_t len)
{
    memset(ptr, 0, len);
    __asm__ volatile("" : : "r"(ptr) : "memory");
}

void arena_init(struct arena *arena, size_t cap_bytes)
{
    *arena = (struct arena){.cap_bytes = cap_bytes};
}

void arena_init_within(struct arena *arena, struct arena *outer)
{
    assert(!outer->outer);
    *arena = (struct arena){.cap_bytes = outer->cap_bytes, .outer = outer, .wipe = outer->wipe};
}

/* Bytes that count against the cap: its own, its guests', or as a guest those of the host. */
static size_t held_bytes(const struct arena *arena)
{
    const struct arena *host = arena->outer ? arena->outer : arena;
    return host->used_bytes + host->lent_bytes;
}

static void set_used(struct arena *arena, size_t bytes)
{
    if (arena->outer)
        arena->outer->lent_bytes = arena->outer->lent_bytes - arena->used_bytes + bytes;
    arena->used_bytes = bytes;
}

static void block_free(struct arena *arena, struct arena_block *block)
{
    if (arena->wipe)
        wipe_bytes(block->data, block->used);
    if (block->mapped > 0)
        (void)munmap(block, block->mapped); /* cannot fail: it was mapped as a whole */
    else if (!block->is_lent)
        free(block);
}

void arena_lend(struct arena *arena, void *memory, size_t bytes)
{
    struct arena_block *block = memory;
    assert(!arena->block);
    assert(bytes >= ARENA_LENT_MIN);
    *block = (struct arena_block){.size = bytes - sizeof *block, .is_lent = true};
    arena->block = block;
}

void arena_finish(struct arena *arena)
{
    while (arena->block) {
        struct arena_block *older = arena->block->older;
        block_free(arena, arena->block);
        arena->block = older;
    }
    set_used(arena, 0);
    arena->overflow = arena->no_memory = false;
}

/* Large blocks come from the system and go back at once: malloc keeps what it may need again, which
 * for the tables of a large log is many times what is in use. Two huge pages or more ask for huge
 * ones: a log of 10 MB otherwise costs 2,500 page faults, a fifth of the time to read it. Only as
 * far as whole ones go: the last one would be resident for its first byte. Where the kernel does
 * not grant them nothing changes. */
static struct arena_block *map_block(size_t bytes)
{
    size_t whole = (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
    size_t border = whole >= HUGE_BLOCK ? HUGE_PAGE : 0;
    char *memory =
        mmap(NULL, whole + border, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (border > 0) { /* to the border of a huge page; what is too much goes */
        size_t before = (border - (uintptr_t)memory % border) % border;
        if (before > 0)
            (void)munmap(memory, before);
        memory += before;
        if (before < border)
            (void)munmap(memory + whole, border - before);
        (void)madvise(memory, whole & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE); /* advice only */
    }
    struct arena_block *block = (struct arena_block *)(void *)memory;
    block->mapped = whole;
    return block;
}

static struct arena_block *malloc_block(size_t bytes)
{
    struct arena_block *block = malloc(bytes);
    if (block)
        block->mapped = 0;
    return block;
}

/* Blocks double with use, so that a small call costs one malloc and a large one only a few. */
static struct arena_block *block_add(struct arena *arena, size_t need)
{
    size_t size = arena->block         ? arena->block->size * 2
                  : arena->block_bytes ? arena->block_bytes
                                       : BLOCK_BYTES_MIN;
    if (size > BLOCK_BYTES_MAX)
        size = BLOCK_BYTES_MAX;
    if (size < need)
        size = need;
    size_t total;
    if (!checked_add(size, sizeof(struct arena_block), &total) || total > SIZE_MAX / 2)
        return NULL;
    struct arena_block *block =
        IS_MAPPING && total >= MAPPED_MIN ? map_block(total) : malloc_block(total);
    if (!block)
        return NULL;
    block->older = arena->block;
    block->size = size;
    block->used = 0;
    block->is_lent = false;
    arena->block = block;
    return block;
}

static void *arena_take(struct arena *arena, size_t bytes)
{
    size_t need;
    if (!checked_add(bytes ? bytes : 1, ALIGNMENT - 1, &need))
        goto full;
    need &= ~(size_t)(ALIGNMENT - 1);
    if (need > arena->cap_bytes || held_bytes(arena) > arena->cap_bytes - need)
        goto full;
    struct arena_block *block = arena->block;
    if (!block || block->size - block->used < need) {
        block = block_add(arena, need);
        arena->no_memory = arena->no_memory || !block;
        if (!block)
            goto full;
    }
    void *ptr = block->data + block->used;
    block->used += need;
    set_used(arena, arena->used_bytes + need);
    return ptr;
full:
    arena->overflow = true;
    return NULL;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    void *ptr = arena_take(arena, bytes);
    if (ptr)
        memset(ptr, 0, bytes);
    return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t bytes)
{
    size_t total;
    if (!checked_mul(count, bytes, &total)) {
        arena->overflow = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

void *arena_array_raw(struct arena *arena, size_t count, size_t bytes)
{
    size_t total;
    if (!checked_mul(count, bytes, &total)) {
        arena->overflow = true;
        return NULL;
    }
    return arena_take(arena, total);
}

bool arena_grow(struct arena *arena, void **list, size_t *cap, size_t count, size_t bytes)
{
    if (count < *cap)
        return true;
    size_t wanted = *cap ? *cap * 2 : 64;
    void *bigger = arena_array(arena, wanted, bytes);
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *list, count * bytes);
    *list = bigger;
    *cap = wanted;
    return true;
}

slice arena_copy(struct arena *arena, slice bytes)
{
    char *copy = arena_take(arena, bytes.len + 1);
    if (!copy)
        return (slice){NULL, 0};
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = '\0';
    return slice_make(copy, bytes.len);
}

slice arena_lower(struct arena *arena, slice text)
{
    char *copy = arena_take(arena, text.len + 1);
    if (!copy)
        return (slice){NULL, 0};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    copy[text.len] = '\0';
    return slice_make(copy, text.len);
}

slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    char *text = arena_take(arena, (size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text ? slice_make(text, (size_t)len) : (slice){NULL, 0};
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){.block = arena->block,
                               .block_used = arena->block ? arena->block->used : 0,
                               .used_bytes = arena->used_bytes};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    assert(mark.used_bytes <= arena->used_bytes);
    while (arena->block != mark.block) {
        struct arena_block *older = arena->block->older;
        block_free(arena, arena->block);
        arena->block = older;
    }
    if (arena->block) {
        if (arena->wipe)
            wipe_bytes(arena->block->data + mark.block_used, arena->block->used - mark.block_used);
        arena->block->used = mark.block_used;
    }
    set_used(arena, mark.used_bytes);
}

status arena_check(const struct arena *arena, struct error *err)
{
    if (!arena->overflow)
        return ST_OK;
    if (arena->no_memory)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    return error_set(err, ST_TOO_LARGE, "the work needs more than %zu MiB of memory",
                     arena->cap_bytes >> 20);
}

/* Single calls in blocks, one per loop and second: written, walked in order, read in pages. */
#include "storage/internal.h"

#include <assert.h>

enum {
    BLOCK_KEY = 10,               /* ms:8 loop:2, KEY_LAYOUT */
    CURSOR_BYTES = BLOCK_KEY + 4, /* and the place in the block */
    PAGE_CALLS_MAX = 50000,       /* read for one page, wanted or not */
};

static void put_length(struct buf *out, size_t len)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_put_byte(out, (char)(len >> shift & 255));
}

status store_usage_log(struct store_txn *txn, int64_t at_ms, unsigned loop_index,
                       const struct store_usage_call *calls, size_t count)
{
    struct arena_mark mark = arena_mark(&txn->scratch);
    struct buf one, all;
    buf_init_arena(&all, &txn->scratch, STORE_VALUE_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_init_arena(&one, &txn->scratch, STORE_VALUE_MAX);
        codec_encode(&record_usage_call, &calls[i], &one);
        put_length(&all, one.len);
        buf_put(&all, buf_slice(&one));
    }
    status rc = txn->failed;
    if (all.overflow)
        rc = txn_no_memory(txn, &txn->scratch);
    if (rc == ST_OK) {
        struct key key = key_of_u64((uint64_t)at_ms); /* KEY_LAYOUT */
        key_u16(&key, (uint16_t)loop_index);
        rc = row_put(txn, TABLE_USAGE_RAW, &key,
                     &(struct store_usage_block){.count = count, .calls = buf_slice(&all)});
    }
    arena_rewind(&txn->scratch, mark);
    return rc;
}

/* Cuts the next call off a block. ST_CORRUPT fails the transaction. */
static status block_take(struct store_txn *txn, slice *rest, slice *ret)
{
    size_t len = rest->len < 4 ? 0 : key_read_u32(*rest, 0);
    *ret = slice_sub(*rest, 4, len);
    if (rest->len < 4 || ret->len != len)
        return txn_fail(txn, ST_CORRUPT, "a block of usage records cannot be read");
    *rest = slice_from(*rest, 4 + len);
    return ST_OK;
}

static status call_decode(struct store_txn *txn, slice one, struct store_usage_call *ret)
{
    if (codec_decode(&record_usage_call, one, ret) == ST_OK)
        return ST_OK;
    return txn_fail(txn, ST_CORRUPT, "a block of usage records cannot be read");
}

static bool call_wanted(const struct store_usage_range *range, const struct store_usage_call *call)
{
    return (!range->user_id || call->user_id == range->user_id) && call->at_ms >= range->from_ms &&
           call->at_ms < range->to_ms;
}

struct call_filter {
    const struct store_usage_range *range;
    bool (*each)(void *arg, const struct store_usage_call *);
    void *arg;
};

/* False to stop: the caller said so, or the block is damaged. */
static bool block_each(struct store_txn *txn, const struct store_usage_block *block,
                       const struct call_filter *filter)
{
    slice rest = block->calls;
    for (uint64_t i = 0; i < block->count; i++) {
        struct store_usage_call call;
        slice one;
        if (block_take(txn, &rest, &one) != ST_OK || call_decode(txn, one, &call) != ST_OK)
            return false;
        if (call_wanted(filter->range, &call) && !filter->each(filter->arg, &call))
            return false;
    }
    return true;
}

/* A block is named by the second in which it was written, after its calls: blocks are read until
 * one minute behind the range. */
enum { BLOCK_LATE_MS = 60000 };

status store_usage_calls(struct store_txn *txn, const struct store_usage_range *range,
                         bool (*each)(void *arg, const struct store_usage_call *), void *arg)
{
    struct call_filter filter = {range, each, arg};
    struct walk walk;
    walk_begin(&walk, txn, TABLE_USAGE_RAW, NULL);
    if (range->from_ms > 0) {
        struct key from = key_of_u64((uint64_t)range->from_ms);
        walk_from(&walk, key_slice(&from));
    }
    while (walk_next(&walk)) {
        struct store_usage_block block;
        if ((int64_t)key_read_u64(walk.key, 0) >= range->to_ms + BLOCK_LATE_MS)
            break;
        struct arena_mark mark = arena_mark(&txn->scratch);
        bool more =
            walk_row(&walk, &txn->scratch, &block) == ST_OK && block_each(txn, &block, &filter);
        arena_rewind(&txn->scratch, mark);
        if (!more)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

status store_usage_trim(struct store_txn *txn, int64_t before_ms, size_t max, size_t *ret)
{
    struct walk walk;
    size_t count = 0;
    for (walk_begin(&walk, txn, TABLE_USAGE_RAW, NULL); count < max && walk_next(&walk);) {
        if ((int64_t)key_read_u64(walk.key, 0) >= before_ms ||
            txn_del(txn, TABLE_USAGE_RAW, walk.key) != ST_OK)
            break;
        count++;
    }
    walk_end(&walk);
    *ret = count;
    return txn->failed;
}

/* --- pages ------------------------------------------------------------------------------------ */

struct pager {
    struct store_txn *txn;
    const struct store_usage_range *range;
    struct store_page *page;
    struct arena *arena;
    struct store_usage_call *rows;
    size_t read;
    bool newest_first;
    struct key last;     /* block of the last call that was read */
    uint32_t last_index; /* and its place in it */
};

/* Where the page before ended; *ret_from is then the block to begin with. */
static status cursor_read(struct pager *pager, struct key *ret_from)
{
    unsigned char bytes[CURSOR_BYTES];
    key_init(ret_from);
    if (!pager->page->cursor.len)
        return ST_OK;
    if (!crypt_base64url_decode(bytes, sizeof bytes, pager->page->cursor))
        return ST_INVALID;
    slice all = slice_make(bytes, sizeof bytes);
    key_bytes(ret_from, slice_sub(all, 0, BLOCK_KEY));
    pager->last = *ret_from;
    pager->last_index = key_read_u32(all, BLOCK_KEY);
    return ST_OK;
}

static status cursor_write(struct pager *pager)
{
    struct key cursor = pager->last;
    char *text = arena_array(pager->arena, crypt_base64_len(CURSOR_BYTES) + 1, 1);
    if (!text)
        return txn_no_memory(pager->txn, pager->arena);
    key_u32(&cursor, pager->last_index);
    pager->page->next = crypt_base64url(text, cursor.bytes, cursor.len);
    return ST_OK;
}

/* Copies the texts, for the block goes. */
static status row_keep(struct pager *pager, const struct store_usage_call *call)
{
    struct store_usage_call *row = &pager->rows[pager->page->count];
    *row = *call;
    row->method = arena_copy(pager->arena, call->method);
    row->endpoint = arena_copy(pager->arena, call->endpoint);
    row->request_id = arena_copy(pager->arena, call->request_id);
    if (pager->arena->overflow)
        return txn_no_memory(pager->txn, pager->arena);
    pager->page->count++;
    return ST_OK;
}

static bool is_full(const struct pager *pager)
{
    return pager->page->count == pager->page->limit || pager->read >= PAGE_CALLS_MAX;
}

/* The calls of one block in the wanted order, from behind the cursor when it stands in it. */
static status block_page(struct pager *pager, const struct key *key,
                         const struct store_usage_block *block)
{
    bool resumed = slice_eq(key_slice(key), key_slice(&pager->last));
    uint32_t count = (uint32_t)block->count, resume_at = pager->last_index;
    slice *calls = arena_array(&pager->txn->scratch, (size_t)count + 1, sizeof *calls);
    slice rest = block->calls;
    if (!calls || block->count > block->calls.len / 4)
        return txn_fail(pager->txn, ST_CORRUPT, "a block of usage records cannot be read");
    for (uint32_t i = 0; i < count; i++)
        TRY(block_take(pager->txn, &rest, &calls[i]));
    for (uint32_t n = 0; n < count && !is_full(pager); n++) {
        uint32_t i = pager->newest_first ? count - 1 - n : n;
        struct store_usage_call call;
        if (resumed && (pager->newest_first ? i >= resume_at : i <= resume_at))
            continue;
        TRY(call_decode(pager->txn, calls[i], &call));
        pager->read++;
        pager->last = *key;
        pager->last_index = i;
        if (call_wanted(pager->range, &call))
            TRY(row_keep(pager, &call));
    }
    return ST_OK;
}

/* Outside of the range on the side that the walk goes to: nothing more can come. */
static bool block_is_past(const struct pager *pager, int64_t block_ms)
{
    return pager->newest_first ? block_ms < pager->range->from_ms
                               : block_ms >= pager->range->to_ms + BLOCK_LATE_MS;
}

/* The key behind (or before, newest first) which the walk begins. */
static void walk_place(struct walk *walk, const struct pager *pager, const struct key *from)
{
    struct key at = *from;
    if (pager->newest_first) {
        if (!at.len)
            at = key_of_u64((uint64_t)pager->range->to_ms + BLOCK_LATE_MS);
        key_byte(&at, 255); /* the walk goes to the key before this one: the block itself */
    } else if (at.len) {    /* and here to the one behind: loops are fewer than 256 */
        if (at.bytes[BLOCK_KEY - 1] > 0)
            at.bytes[BLOCK_KEY - 1]--;
        else
            at.len = BLOCK_KEY - 2;
    } else {
        at = key_of_u64((uint64_t)pager->range->from_ms);
    }
    walk_from(walk, key_slice(&at));
}

static status page_walk(struct pager *pager, struct walk *walk)
{
    while (!is_full(pager) && walk_next(walk)) {
        struct store_usage_block block;
        struct key key = walk->at;
        if (block_is_past(pager, (int64_t)key_read_u64(walk->key, 0)))
            return ST_OK;
        struct arena_mark mark = arena_mark(&pager->txn->scratch);
        status rc = walk_row(walk, &pager->txn->scratch, &block);
        if (rc == ST_OK)
            rc = block_page(pager, &key, &block);
        arena_rewind(&pager->txn->scratch, mark);
        TRY(rc);
    }
    TRY(pager->txn->failed);
    return is_full(pager) ? cursor_write(pager) : ST_OK;
}

status store_usage_page(struct store_txn *txn, const struct store_usage_range *range,
                        struct store_page *page, struct arena *arena, struct store_usage_call **ret)
{
    struct pager pager = {.txn = txn,
                          .range = range,
                          .page = page,
                          .arena = arena,
                          .newest_first = page->newest_first};
    struct key from;
    struct walk walk;
    assert(range->from_ms >= 0);
    assert(range->to_ms >= 0);
    page->next = (slice){"", 0};
    page->count = 0;
    if (page->limit == 0 || page->limit > STORE_PAGE_MAX)
        page->limit = STORE_PAGE_MAX;
    key_init(&pager.last);
    TRY(cursor_read(&pager, &from));
    pager.rows = arena_array(arena, page->limit, sizeof *pager.rows);
    if (!pager.rows)
        return txn_no_memory(txn, arena);
    walk_begin(&walk, txn, TABLE_USAGE_RAW, NULL);
    walk.newest_first = page->newest_first;
    walk_place(&walk, &pager, &from);
    status rc = page_walk(&pager, &walk);
    walk_end(&walk);
    *ret = pager.rows;
    return rc == ST_OK ? txn->failed : rc;
}

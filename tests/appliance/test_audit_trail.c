/* Tests of the offline check of an exported audit log: 10,000 random manipulations, all found. */
#include "audit_trail.h"

#include "lib/main.h"

#include <ctype.h>
#include <string.h>

enum { ENTRIES = 60, EVERY = 10, LINE_MAX_BYTES = 2048, MANIPULATIONS = 10000 };

static char lines[ENTRIES][LINE_MAX_BYTES];
static char last_mark[LINE_MAX_BYTES];
static unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
static unsigned char secret[CRYPT_SIGN_SECRET_BYTES];

/* --- an honest log ------------------------------------------------------------------------------
 */

static void keys_make(void)
{
    static const unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {42};
    crypt_sign_keypair(public_key, secret, seed);
}

static struct store_audit_mark mark_on(const struct store_audit *entry, struct arena *arena)
{
    struct store_audit_mark mark = {
        .seq = entry->seq, .at_ms = entry->at_ms + 5, .hash = entry->hash};
    ck_assert_int_eq(checkpoint_sign(secret, public_key, &mark, arena), ST_OK);
    return mark;
}

static void entry_put(char *line, const struct store_audit *entry,
                      const struct store_audit_mark *mark, struct arena *arena)
{
    struct json_out w;
    struct buf out;
    buf_init_arena(&out, arena, LINE_MAX_BYTES - 1);
    json_out_init(&w, &out, 0);
    json_object(&w);
    audit_entry_write(&w, entry, mark);
    json_end(&w);
    ck_assert(!out.overflow);
    memcpy(line, out.ptr, out.len);
    line[out.len] = 0;
}

static void mark_put(const struct store_audit_mark *mark, struct arena *arena)
{
    struct json_out w;
    struct buf out;
    buf_init_arena(&out, arena, LINE_MAX_BYTES - 1);
    json_out_init(&w, &out, 0);
    json_object(&w);
    checkpoint_write(&w, mark);
    json_end(&w);
    memcpy(last_mark, out.ptr, out.len);
    last_mark[out.len] = 0;
}

/* Texts with quotes, line feeds and other scripts; a checkpoint in the log on every tenth entry,
 * and the last one kept elsewhere. */
static void log_make(void)
{
    static const char *const details[] = {"", "plan=pro role=user", "a \"quoted\" word",
                                          "两个\n行"};
    struct arena arena;
    struct crypt_hash hash = {{0}};
    arena_init(&arena, 8 << 20);
    keys_make();
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct crypt_hash next;
        struct store_audit entry = {
            .seq = i + 1,
            .at_ms = 1763464900000 + i * 977,
            .actor = arena_printf(&arena, "user:%u", i % 7 + 1),
            .action = i % 3 ? S("key.create") : S("user.change"),
            .object = arena_printf(&arena, "key:%u", i),
            .detail = slice_of(details[i % ARRAY_COUNT(details)]),
            .address = S("192.0.2.7"),
            .request_id = arena_printf(&arena, "req-%u", i),
            .prev_hash = i ? slice_make(hash.bytes, sizeof hash.bytes) : S(""),
        };
        store_audit_hash(&entry, &next);
        entry.hash = slice_make(next.bytes, sizeof next.bytes);
        struct store_audit_mark mark = mark_on(&entry, &arena);
        entry_put(lines[i], &entry, (i + 1) % EVERY == 0 ? &mark : NULL, &arena);
        if (i + 1 == ENTRIES)
            mark_put(&mark, &arena);
        hash = next;
    }
    arena_finish(&arena);
}

/* --- the check ----------------------------------------------------------------------------------
 */

/* Pointers into lines, so that a manipulation is cheap. */
struct copy {
    const char *line[ENTRIES + 1];
    size_t count;
};

static struct copy copy_make(void)
{
    struct copy copy = {.count = ENTRIES};
    for (size_t i = 0; i < ENTRIES; i++)
        copy.line[i] = lines[i];
    return copy;
}

static status verify(const struct copy *copy, const char *mark, const unsigned char *trusted,
                     struct error *err)
{
    struct arena arena;
    struct audit_trail trail;
    arena_init(&arena, 8 << 20);
    audit_trail_begin(&trail, &arena, trusted);
    status rc = mark ? audit_trail_checkpoint(&trail, slice_of(mark), err) : ST_OK;
    for (size_t i = 0; i < copy->count && rc == ST_OK; i++)
        rc = audit_trail_entry(&trail, slice_of(copy->line[i]), err);
    if (rc == ST_OK)
        rc = audit_trail_end(&trail, err);
    arena_finish(&arena);
    return rc;
}

START_TEST(an_honest_log_holds)
{
    struct error err = {0};
    log_make();
    struct copy copy = copy_make();
    ck_ok(verify(&copy, last_mark, public_key, &err));
    ck_ok(verify(&copy, last_mark, NULL, &err));
    ck_ok(verify(&copy, NULL, public_key, &err));
}
END_TEST

START_TEST(a_cut_end_shows_only_against_a_checkpoint_kept_elsewhere)
{
    struct error err = {0};
    log_make();
    struct copy copy = copy_make();
    copy.count = ENTRIES - 3;
    ck_ok(verify(&copy, NULL, public_key, &err));
    ck_assert_int_eq(verify(&copy, last_mark, public_key, &err), ST_VERIFY);
    ck_assert_str_eq(err.text, "the log ends with entry 57, but entry 60 has a checkpoint: the "
                               "end was cut off");
}
END_TEST

/* Whoever rewrites the whole chain has to sign its checkpoints with a key of their own. */
START_TEST(another_key_is_refused)
{
    struct error err = {0};
    unsigned char other[CRYPT_SIGN_PUBLIC_BYTES] = {1};
    log_make();
    struct copy copy = copy_make();
    ck_assert_int_eq(verify(&copy, NULL, other, &err), ST_VERIFY);
    ck_assert_str_eq(err.text, "the checkpoint on audit entry 10 is not signed by the key of this "
                               "appliance");
}
END_TEST

/* --- manipulations ------------------------------------------------------------------------------
 */

static uint64_t state = 20261127;

static size_t chance(size_t below)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(state >> 33) % below;
}

static void drop(struct copy *copy, size_t at, size_t n)
{
    n = n < copy->count - at ? n : copy->count - at;
    memmove(&copy->line[at], &copy->line[at + n], (copy->count - at - n) * sizeof copy->line[0]);
    copy->count -= n;
}

static void swap(struct copy *copy)
{
    size_t a = chance(copy->count);
    size_t b = (a + 1 + chance(copy->count - 1)) % copy->count;
    const char *line = copy->line[a];
    copy->line[a] = copy->line[b];
    copy->line[b] = line;
}

static void repeat(struct copy *copy)
{
    size_t from = chance(copy->count);
    size_t to = chance(copy->count + 1);
    memmove(&copy->line[to + 1], &copy->line[to], (copy->count - to) * sizeof copy->line[0]);
    copy->line[to] = lines[from];
    copy->count++;
}

/* One byte becomes another, goes, or comes. */
static void edit(struct copy *copy)
{
    static char changed[LINE_MAX_BYTES + 1];
    size_t at = chance(copy->count);
    size_t len = strlen(lines[at]);
    size_t byte = chance(len);
    memcpy(changed, lines[at], len + 1);
    switch (chance(3)) {
    case 0:
        do
            changed[byte] = (char)(33 + chance(94)); /* no blank: JSON allows some of them */
        while (changed[byte] == lines[at][byte]);
        break;
    case 1:
        memmove(changed + byte, changed + byte + 1, len - byte);
        break;
    default:
        memmove(changed + byte + 1, changed + byte, len - byte + 1);
        changed[byte] = (char)(33 + chance(94));
    }
    copy->line[at] = changed;
}

START_TEST(every_random_manipulation_is_found)
{
    unsigned kinds[5] = {0};
    log_make();
    for (int i = 0; i < MANIPULATIONS; i++) {
        struct error err = {0};
        struct copy copy = copy_make();
        size_t kind = chance(5);
        if (kind == 0)
            drop(&copy, chance(ENTRIES), 1 + chance(5));
        else if (kind == 1)
            swap(&copy);
        else if (kind == 2)
            edit(&copy);
        else if (kind == 3)
            copy.count = chance(ENTRIES);
        else
            repeat(&copy);
        kinds[kind]++;
        status rc = verify(&copy, last_mark, public_key, &err);
        ck_assert_msg(rc == ST_VERIFY, "manipulation %d of kind %zu went unseen", i, kind);
        ck_assert_uint_gt(strlen(err.text), 0);
    }
    printf("found: %u dropped, %u swapped, %u edited, %u cut off, %u added\n", kinds[0], kinds[1],
           kinds[2], kinds[3], kinds[4]);
}
END_TEST

TEST_MAIN("audit_trail", an_honest_log_holds,
          a_cut_end_shows_only_against_a_checkpoint_kept_elsewhere, another_key_is_refused,
          every_random_manipulation_is_found)

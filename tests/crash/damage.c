/* Damages the file of a store in thousands of random ways: none may go unnoticed, none may kill.
 *
 *   damage [COUNT [SEED]]   4000 damages
 *
 * One store with rows of every kind is made. Each round writes a damaged copy and checks it in a
 * child: pages first, then, if they are clean, values and invariants, then every row is compared
 * with the original through a digest. "Harmless" means that no row differs (free pages, unused
 * bytes); "silent" means that a row differs and nothing was reported. */
#include "lib/temp_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum outcome { REPORTED, HARMLESS, SILENT, DIED, OUTCOMES };
enum damage {
    BIT,
    BYTE,
    SECTOR_ZERO,
    SECTOR_RANDOM,
    PAGE_ZERO,
    PAGE_COPY,
    PAGE_SWAP,
    TRUNCATE,
    DAMAGES
};

static const char *const damage_names[DAMAGES] = {"bit flip",      "byte",        "sector zeroed",
                                                  "sector noise",  "page zeroed", "page over page",
                                                  "pages swapped", "cut short"};
enum { PAGE = 4096, SECTOR = 512 };

static uint64_t rng_state;

static uint64_t rng(uint64_t bound) /* reproducible from the seed */
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (rng_state >> 33) % bound;
}

/* --- the store that is damaged ---------------------------------------------------------------- */

static void fill_user(struct temp_store *t, unsigned i)
{
    static char big[9000];
    char email[64], id[STORE_ID_MAX];
    (void)snprintf(email, sizeof email, "user%u@example.org", i);
    uint64_t user = temp_user(t, email, i == 0 ? STORE_ROLE_ADMIN : STORE_ROLE_USER);
    struct store_txn *txn = temp_write(t);
    struct store_api_key key = {.id = i + 1, .user_id = user, .hash = temp_hash_slice(t, i)};
    struct store_session session = {
        .id = S("ses_1"), .user_id = user, .hash = temp_hash_slice(t, i), .expires_ms = T0_MS + i};
    struct store_analysis analysis = {.id = store_id_make(id, "ana", T0_MS),
                                      .user_id = user,
                                      .report = {big, i % 8 ? 200 : sizeof big}};
    struct store_audit audit = {.actor = S("system"), .action = S("user.create")};
    struct store_spend spend = {
        .user_id = user, .at_ms = T0_MS, .count = 1, .limit = 10, .endpoint = S("/api/detect")};
    struct store_job job = {.id = S("job_1"), .user_id = user, .kind = S("detect")};
    ck_status(store_key_add(txn, &key), ST_OK);
    ck_status(store_session_put(txn, &session), ST_OK);
    ck_status(store_analysis_add(txn, &analysis), ST_OK);
    ck_status(store_audit_add(txn, &audit), ST_OK);
    ck_status(store_analyses_add(txn, &spend, NULL), ST_OK);
    ck_status(store_job_add(txn, &job, 1000), ST_OK);
}

static void fill(struct temp_store *t)
{
    for (unsigned i = 0; i < 120; i++) {
        fill_user(t, i);
        if (i % 10 == 9)
            temp_commit(t);
    }
    for (uint64_t i = 30; i < 50; i++)
        ck_status(store_user_del(temp_write(t), i), ST_OK);
    temp_commit(t);
}

/* --- one damaged copy ------------------------------------------------------------------------- */

static bool digest_failed;

static void digest_table(struct store_txn *txn, enum table_id table, struct crypt_hash *digest)
{
    struct walk walk;
    struct arena arena;
    arena_init(&arena, 64 << 20);
    for (walk_begin(&walk, txn, table, NULL); walk_next(&walk);) {
        struct crypt_hash row;
        slice plain, stored = slice_make(walk.value.mv_data, walk.value.mv_size);
        struct arena_mark mark = arena_mark(&arena);
        if (txn_open_value(txn, table, walk.key, stored, &arena, &plain) != ST_OK) {
            digest_failed = true;
            break;
        }
        crypt_hash(&row, slice_make(digest->bytes, sizeof digest->bytes), walk.key);
        crypt_hash(digest, slice_make(row.bytes, sizeof row.bytes), plain);
        arena_rewind(&arena, mark);
    }
    walk_end(&walk);
    arena_finish(&arena);
}

static struct crypt_hash digest_of(struct temp_store *t)
{
    struct crypt_hash digest = {{1}};
    digest_failed = false;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        digest_table(temp_read(t), (enum table_id)i, &digest);
    return digest;
}

static void write_file(const char *path, const unsigned char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        abort();
    (void)close(fd);
}

/* Child: REPORTED, HARMLESS or SILENT. */
static enum outcome judge(struct temp_store *t, const char *path, const struct crypt_hash *original)
{
    struct error err = {0};
    struct store_check check = {0};
    struct store_options options = temp_options(t);
    if (store_check_pages(path, &check, &err) != ST_OK || check.problems > 0)
        return REPORTED;
    if (store_open(&options, &t->store, &err) != ST_OK ||
        store_check(t->store, &check, &err) != ST_OK || check.problems > 0)
        return REPORTED;
    if (store_reader_create(t->store, &t->reader, &err) != ST_OK)
        return DIED;
    struct crypt_hash digest = digest_of(t);
    bool same = !digest_failed && memcmp(&digest, original, sizeof digest) == 0;
    return same ? HARMLESS : SILENT;
}

static enum outcome judge_in_child(struct temp_store *t, const char *path,
                                   const struct crypt_hash *original)
{
    int how;
    pid_t child = fork();
    if (child == 0) {
        (void)close(STDERR_FILENO);
        _exit((int)judge(t, path, original));
    }
    if (waitpid(child, &how, 0) != child || !WIFEXITED(how) || WEXITSTATUS(how) >= DIED)
        return DIED;
    return (enum outcome)WEXITSTATUS(how);
}

static size_t damage_apply(enum damage kind, unsigned char *bytes, size_t len)
{
    size_t pages = len / PAGE, at = rng(len);
    unsigned char *sector = bytes + at / SECTOR * SECTOR, *page = bytes + at / PAGE * PAGE;
    unsigned char *other = bytes + rng(pages) * PAGE, temp[PAGE];
    switch (kind) {
    case BIT:
        bytes[at] = (unsigned char)(bytes[at] ^ 1u << rng(8));
        return len;
    case BYTE:
        bytes[at] = (unsigned char)rng(256);
        return len;
    case SECTOR_ZERO:
        memset(sector, 0, SECTOR);
        return len;
    case SECTOR_RANDOM:
        for (size_t i = 0; i < SECTOR; i++)
            sector[i] = (unsigned char)rng(256);
        return len;
    case PAGE_ZERO:
        memset(page, 0, PAGE);
        return len;
    case PAGE_COPY:
        memmove(other, page, PAGE);
        return len;
    case PAGE_SWAP:
        memcpy(temp, page, PAGE);
        memmove(page, other, PAGE);
        memcpy(other, temp, PAGE);
        return len;
    case TRUNCATE:
    case DAMAGES:
        break;
    }
    return at;
}

static uint64_t damage_count = 4000, seed = 1;
static uint64_t counts[DAMAGES][OUTCOMES];

static uint64_t print_counts(size_t file_bytes)
{
    uint64_t bad = 0;
    (void)printf("%-16s %9s %9s %7s %5s   file of %zu bytes, seed %llu\n", "damage", "reported",
                 "harmless", "silent", "died", file_bytes, (unsigned long long)seed);
    for (size_t k = 0; k < DAMAGES; k++) {
        const uint64_t *n = counts[k];
        (void)printf("%-16s %9llu %9llu %7llu %5llu\n", damage_names[k],
                     (unsigned long long)n[REPORTED], (unsigned long long)n[HARMLESS],
                     (unsigned long long)n[SILENT], (unsigned long long)n[DIED]);
        bad += n[SILENT] + n[DIED];
    }
    (void)printf("figure: %llu damages, %llu silent or fatal\n", (unsigned long long)damage_count,
                 (unsigned long long)bad);
    return bad;
}

START_TEST(no_damage_is_silent_and_none_kills_the_check)
{
    struct temp_store t;
    struct stat st;
    char path[128];
    rng_state = seed;
    temp_open(&t);
    fill(&t);
    struct crypt_hash original = digest_of(&t);
    temp_shut(&t);
    (void)snprintf(path, sizeof path, "%s/db/data.mdb", t.dir);
    ck_assert_int_eq(stat(path, &st), 0);
    size_t len = (size_t)st.st_size;
    unsigned char *good = malloc(len), *copy = malloc(len);
    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(read(fd, good, len), (ssize_t)len);
    (void)close(fd);
    ck_assert_int_eq(judge_in_child(&t, path, &original), HARMLESS); /* undamaged */
    for (uint64_t i = 0; i < damage_count; i++) {
        enum damage kind = (enum damage)(i % DAMAGES);
        memcpy(copy, good, len);
        write_file(path, copy, damage_apply(kind, copy, len));
        counts[kind][judge_in_child(&t, path, &original)]++;
    }
    free(good);
    free(copy);
    temp_remove(&t);
    ck_assert_uint_eq(print_counts(len), 0);
}
END_TEST

/* Not TEST_MAIN: thousands of rounds have no business under a unit test's timeout. */
int main(int argc, char **argv)
{
    struct error err;
    if (crypt_init(&err) != ST_OK ||
        (argc > 1 && !slice_to_u64(slice_of(argv[1]), &damage_count)) ||
        (argc > 2 && !slice_to_u64(slice_of(argv[2]), &seed)))
        return 64;
    Suite *suite = suite_create("damage");
    TCase *tcase = tcase_create("damage");
    tcase_add_test(tcase, no_damage_is_silent_and_none_kills_the_check);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

/* Kills a process in a storm of key creations, again and again, and looks for what it promised.
 *
 *   crash [KILLS]         100 kills; each: start, kill -9 at a random moment, reopen, compare,
 * check
 *
 * The storm prints the number of a key only after its commit returned. After the kill the parent
 * opens the store itself: every printed key must be there, and the whole check must be clean.
 * Afterwards the same with a storm that lies, printing before the commit: keys must be lost then,
 * or the harness could not see a loss. `storm DIR FIRST honest|liar` is the process that dies. */
#include "storage/storage.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN_FLIGHT = 32, ACKS_MAX = 1 << 20, KILL_AFTER_MS_MAX = 60, KILLS_PER_STORE = 25 };

static const unsigned char master[CRYPT_KEY_BYTES] = "crash test, not a secret at all";

static struct crypt_hash hash_of(uint64_t number)
{
    struct crypt_hash hash;
    crypt_hash(&hash, (slice){0}, slice_make(&number, sizeof number));
    return hash;
}

static void die(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "%s: %s\n", what, err ? err->text : strerror(errno));
    exit(2);
}

static struct store *open_store(const char *dir)
{
    struct error err = {0};
    struct store *store;
    struct store_options options = {.dir = dir, .master_key = master};
    if (store_open(&options, &store, &err) != ST_OK)
        die("open", &err);
    return store;
}

/* --- the process that dies -------------------------------------------------------------------- */

struct creation {
    struct store *store;
    struct store_op op;
    uint64_t number;
    struct crypt_hash hash;
};

static atomic_uint_fast64_t next_number;
static bool is_liar;

static void promise(const struct creation *creation)
{
    if (write(STDOUT_FILENO, &creation->number, sizeof creation->number) != 8)
        _exit(0);
}

static status create_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct creation *creation = arg;
    struct store_api_key key = {.user_id = 1, .name = S("storm"), .created_ms = 1};
    struct store_audit audit = {.at_ms = 1, .actor = S("system"), .action = S("key.create")};
    (void)err;
    key.hash = slice_make(creation->hash.bytes, sizeof creation->hash.bytes);
    TRY(store_next_id(txn, "api_key", &key.id));
    TRY(store_key_add(txn, &key));
    if (is_liar)
        promise(creation);
    return store_audit_add(txn, &audit);
}

static void submit(struct creation *creation)
{
    creation->number = atomic_fetch_add(&next_number, 1);
    creation->hash = hash_of(creation->number);
    if (store_submit(creation->store, &creation->op) != ST_OK)
        die("submit", NULL);
}

/* Writer thread: the commit has returned, so the promise may be made; then the next one. */
static void create_done(void *arg, status rc, const struct error *err)
{
    struct creation *creation = arg;
    if (rc != ST_OK)
        die("create", err);
    if (!is_liar)
        promise(creation);
    submit(creation);
}

static status first_user(struct store_txn *txn, void *arg, struct error *err)
{
    struct arena *arena = arg;
    struct store_user user = {.email = S("storm@example.org"), .enabled = true};
    (void)err;
    status rc = store_user_find(txn, user.email, arena, &user);
    return rc == ST_NOT_FOUND ? store_user_add(txn, &user) : rc;
}

static int storm(const char *dir, const char *first)
{
    static struct creation creations[IN_FLIGHT];
    struct error err = {0};
    struct arena arena;
    struct store *store = open_store(dir);
    uint64_t number;
    if (!slice_to_u64(slice_of(first), &number))
        return 64;
    arena_init(&arena, 1 << 20);
    atomic_store(&next_number, number);
    if (store_apply(store, first_user, &arena, &err) != ST_OK ||
        store_writer_start(store, IN_FLIGHT * 2, &err) != ST_OK)
        die("start", &err);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        creations[i].store = store;
        creations[i].op =
            (struct store_op){.apply = create_apply, .done = create_done, .arg = &creations[i]};
        submit(&creations[i]);
    }
    for (;;)
        (void)pause();
}

/* --- the process that kills ------------------------------------------------------------------- */

struct run {
    char dir[64];
    uint64_t *acks;
    size_t ack_count;
    uint64_t total_acks, lost, problems;
    int64_t reopen_max_us, reopen_sum_us;
};

static void read_until(struct run *run, int fd, int64_t deadline)
{
    char *bytes = (char *)run->acks;
    size_t used = run->ack_count * 8;
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - clock_mono_ms();
        if (deadline && (left <= 0 || poll(&wait, 1, (int)left) == 0))
            break;
        ssize_t n = read(fd, bytes + used, ACKS_MAX * 8 - used);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    run->ack_count = used / 8;
}

static void storm_and_kill(struct run *run, const char *self, const char *honesty)
{
    int pipes[2];
    char first[32];
    uint64_t random;
    (void)snprintf(first, sizeof first, "%llu",
                   run->ack_count ? (unsigned long long)run->acks[run->ack_count - 1] + 1000
                                  : 1ull);
    if (pipe(pipes) != 0)
        die("pipe", NULL);
    pid_t child = fork(); /* no store is open here */
    if (child == 0) {
        (void)dup2(pipes[1], STDOUT_FILENO);
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        (void)execl(self, self, "storm", run->dir, first, honesty, (char *)NULL);
        _exit(127);
    }
    (void)close(pipes[1]);
    crypt_random(&random, sizeof random);
    int64_t moment = 1 + (int64_t)(random % KILL_AFTER_MS_MAX);
    size_t before = run->ack_count;
    struct pollfd started = {.fd = pipes[0], .events = POLLIN};
    (void)poll(&started, 1, 10000); /* the first promise: the storm is on */
    read_until(run, pipes[0], clock_mono_ms() + moment);
    (void)kill(child, SIGKILL);
    read_until(run, pipes[0], 0);
    (void)close(pipes[0]);
    (void)waitpid(child, NULL, 0);
    run->total_acks += run->ack_count - before;
}

static void print_problem(void *arg, const struct error *what)
{
    (void)arg;
    (void)fprintf(stderr, "problem: %s\n", what->text);
}

static void reopen_and_compare(struct run *run)
{
    struct error err = {0};
    struct store_reader *reader;
    struct store_txn *txn;
    struct arena arena;
    int64_t begin = clock_mono_us();
    struct store *store = open_store(run->dir);
    int64_t us = clock_mono_us() - begin;
    run->reopen_sum_us += us;
    run->reopen_max_us = us > run->reopen_max_us ? us : run->reopen_max_us;
    if (store_reader_create(store, &reader, &err) != ST_OK ||
        store_read_begin(reader, &txn, &err) != ST_OK)
        die("read", &err);
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < run->ack_count; i++) {
        struct crypt_hash hash = hash_of(run->acks[i]);
        struct store_api_key key;
        struct arena_mark mark = arena_mark(&arena);
        run->lost += store_key_get(txn, &hash, &arena, &key) != ST_OK;
        arena_rewind(&arena, mark);
    }
    store_read_end(&txn);
    store_reader_destroy(&reader);
    arena_finish(&arena);
    struct store_check check = {.problem = print_problem};
    if (store_check(store, &check, &err) != ST_OK)
        die("check", &err);
    run->problems += check.problems;
    store_close(&store);
}

static void remove_store(const char *dir)
{
    static const char *const names[] = {"db/data.mdb", "db/lock.mdb", "db", "owner", ""};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
}

static void new_store(struct run *run)
{
    if (run->dir[0])
        remove_store(run->dir);
    (void)snprintf(run->dir, sizeof run->dir, "/tmp/sleuth-crash-XXXXXX");
    if (!mkdtemp(run->dir))
        die("mkdtemp", NULL);
    run->ack_count = 0;
}

static void run_kills(struct run *run, const char *self, const char *honesty, uint64_t kills)
{
    for (uint64_t i = 0; i < kills; i++) {
        if (i % KILLS_PER_STORE == 0)
            new_store(run);
        storm_and_kill(run, self, honesty);
        reopen_and_compare(run);
    }
    (void)printf("figure: crash, %s: %llu kills, %llu acknowledged keys, %llu lost, %llu problems, reopen "
                 "mean %.1f ms, max %.1f ms\n",
                 honesty, (unsigned long long)kills, (unsigned long long)run->total_acks,
                 (unsigned long long)run->lost, (unsigned long long)run->problems,
                 (double)run->reopen_sum_us / 1000 / (double)kills,
                 (double)run->reopen_max_us / 1000);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct run honest = {0}, liar = {0};
    uint64_t kills = 100;
    if (crypt_init(&err) != ST_OK)
        die("crypt", &err);
    if (argc == 5 && strcmp(argv[1], "storm") == 0) {
        is_liar = strcmp(argv[4], "liar") == 0;
        return storm(argv[2], argv[3]);
    }
    if (argc > 2 || (argc == 2 && !slice_to_u64(slice_of(argv[1]), &kills)) || kills == 0)
        return 64;
    honest.acks = liar.acks = malloc((size_t)ACKS_MAX * 8);
    if (!honest.acks)
        die("malloc", NULL);
    run_kills(&honest, argv[0], "honest", kills);
    run_kills(&liar, argv[0], "liar", 10);
    remove_store(honest.dir);
    remove_store(liar.dir);
    free(honest.acks);
    return honest.lost || honest.problems || honest.total_acks == 0 || liar.lost == 0 ||
           liar.problems;
}

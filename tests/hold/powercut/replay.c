/* Cuts the power at every event of a trace, in several ways, and judges every disk that is left.
 *
 *   replay TRACE ACKS SCRATCH [--step N] [--rounds N] [--images N]
 *
 * --step: only every n-th event behind the first start (1); --rounds: random images of each kind
 * per cut (2); --images: stop after so many different ones (no limit). Ends with 1 when anything
 * was lost or damaged. */
#include "judge.h"

#include "base/crypt.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SET_BITS = 20, SHOWN_MAX = 8, SECONDS_MAX = 60 };
enum { FIRST_START = 60 }; /* events: secrets, store, directories */

struct tally {
    uint64_t images, judged, faulty, lost, died;
};

struct run {
    struct trace trace;
    struct acks acks;
    struct model model;
    struct image final;
    const char *scratch;
    struct verdict *verdict; /* shared with the child */
    struct tally tally[CUT_VARIANTS];
    uint64_t step, rounds, images_max, images, cuts, shown;
    uint64_t *seen; /* hashes of images, open addressing; 0 = free */
    uint64_t *seen_due;
};

/* Is the image new? *ret_again: seen, but more had been acknowledged since. */
static bool is_new(struct run *run, uint64_t hash, size_t due, bool *ret_again)
{
    uint64_t mask = (UINT64_C(1) << SET_BITS) - 1;
    hash |= 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
        *ret_again = run->seen[at] == hash && run->seen_due[at] < due;
        if (run->seen[at] == 0 || *ret_again) {
            bool fresh = run->seen[at] == 0;
            run->seen[at] = hash;
            run->seen_due[at] = due;
            return fresh;
        }
        if (run->seen[at] == hash)
            return false;
    }
}

static void judge_in_child(struct run *run, enum variant variant, struct judging *judging,
                           size_t event)
{
    struct tally *tally = &run->tally[variant];
    int how;
    *run->verdict = (struct verdict){0};
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(SECONDS_MAX);
        judge(judging);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &how, 0) != child)
        exit(2);
    tally->judged++;
    bool died = !WIFEXITED(how) || WEXITSTATUS(how) != 0;
    tally->died += died;
    tally->faulty += run->verdict->faults > 0;
    tally->lost += run->verdict->lost > 0;
    if ((died || run->verdict->faults || run->verdict->lost) && run->shown++ < SHOWN_MAX)
        (void)printf("event %zu, %s, %zu acknowledged: %s%s\n", event, variant_names[variant],
                     judging->due, died ? "the check died; " : "", run->verdict->why);
}

static void cut(struct run *run, size_t event, size_t due)
{
    run->cuts++;
    for (enum variant v = CUT_NONE; v < CUT_VARIANTS; v++) {
        uint64_t rounds = v < CUT_PAGES ? 1 : run->rounds;
        for (uint64_t round = 0; round < rounds && run->images < run->images_max; round++) {
            struct image image;
            bool again;
            image_make(&run->model, v, (event * 64 + round) * 977 + v + 1, &image);
            bool fresh = is_new(run, image_hash(&image), due, &again);
            struct judging judging = {.image = &image,
                                      .final = &run->final,
                                      .acks = &run->acks,
                                      .due = due,
                                      .scratch = run->scratch,
                                      .verdict = run->verdict};
            run->images += fresh;
            run->tally[v].images += fresh;
            if (fresh || again)
                judge_in_child(run, v, &judging, event);
            image_free(&image);
        }
    }
}

/* The disk when all was written: what files must look like that do not change any more. */
static void play_to_the_end(struct run *run)
{
    static struct model model;
    model_init(&model);
    for (size_t i = 0; i < run->trace.count; i++)
        model_step(&model, &run->trace.events[i]);
    image_make(&model, CUT_ALL, 1, &run->final);
}

static void play(struct run *run)
{
    size_t due = 0;
    model_init(&run->model);
    cut(run, 0, 0);
    for (size_t i = 0; i < run->trace.count && run->images < run->images_max; i++) {
        model_step(&run->model, &run->trace.events[i]);
        while (due < run->acks.count && run->acks.rows[due].position <= i)
            due++;
        if (i < FIRST_START || i % run->step == 0)
            cut(run, i + 1, due);
    }
}

static uint64_t print(const struct run *run)
{
    struct tally sum = {0};
    (void)printf("%-13s %8s %8s %8s %8s %8s\n", "after the cut", "images", "judged", "faulty",
                 "lost", "died");
    for (int v = 0; v < CUT_VARIANTS; v++) {
        const struct tally *t = &run->tally[v];
        (void)printf("%-13s %8llu %8llu %8llu %8llu %8llu\n", variant_names[v],
                     (unsigned long long)t->images, (unsigned long long)t->judged,
                     (unsigned long long)t->faulty, (unsigned long long)t->lost,
                     (unsigned long long)t->died);
        sum.faulty += t->faulty;
        sum.lost += t->lost;
        sum.died += t->died;
    }
    (void)printf("%llu different images of %llu cuts in %zu events, %zu acknowledgements: %llu "
                 "faulty, %llu with losses, %llu killed the check\n",
                 (unsigned long long)run->images, (unsigned long long)run->cuts, run->trace.count,
                 run->acks.count, (unsigned long long)sum.faulty, (unsigned long long)sum.lost,
                 (unsigned long long)sum.died);
    return sum.faulty + sum.lost + sum.died;
}

static bool flag(int count, char **words, const char *name, uint64_t *ret)
{
    for (int i = 4; i + 1 < count; i += 2)
        if (strcmp(words[i], name) == 0)
            return slice_to_u64(slice_of(words[i + 1]), ret) && *ret > 0;
    return true;
}

int main(int count, char **words)
{
    static struct run run = {.step = 1, .rounds = 2, .images_max = UINT64_MAX};
    struct error err;
    if (count < 4 || !flag(count, words, "--step", &run.step) ||
        !flag(count, words, "--rounds", &run.rounds) ||
        !flag(count, words, "--images", &run.images_max) || crypt_init(&err) != ST_OK)
        return 64;
    run.scratch = words[3];
    run.seen = calloc(UINT64_C(1) << SET_BITS, sizeof *run.seen);
    run.seen_due = calloc(UINT64_C(1) << SET_BITS, sizeof *run.seen_due);
    run.verdict =
        mmap(NULL, sizeof *run.verdict, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!run.seen || !run.seen_due || run.verdict == MAP_FAILED)
        return 2;
    trace_load(words[1], &run.trace);
    acks_load(words[2], &run.trace, &run.acks);
    play_to_the_end(&run);
    play(&run);
    return print(&run) > 0;
}

/* Judges one image; see judge.h. */
#include "judge.h"

#include "base/clock.h"
#include "base/file.h"
#include "storage/internal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FACTS_MAX = 1 << 16, FACT_BYTES = 96, PATH_BYTES = 512 };

/* --- what was acknowledged -------------------------------------------------------------------- */

static const char *const kind_names[] = {"user", "key",       "revoked", "analysis", "job",
                                         "file", "file_gone", "part",    "backup"};

static void stop(const char *what, const char *subject)
{
    (void)fprintf(stderr, "powercut: %s: %s\n", what, subject);
    exit(2);
}

static void copy_text(char *to, size_t room, slice text)
{
    if (text.len >= room)
        stop("a field of the acknowledgements is too long", "");
    if (text.len)
        memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
}

static void ack_read(slice line, struct ack *ret)
{
    slice number, kind, id = S(""), sha256 = S("");
    if (!slice_split(&line, ' ', &number) || !slice_split(&line, ' ', &kind) ||
        !slice_to_u64(number, &ret->request))
        stop("not an acknowledgement", "");
    (void)slice_split(&line, ' ', &id);
    (void)slice_split(&line, ' ', &sha256);
    size_t at = 0;
    while (at < ARRAY_COUNT(kind_names) && !slice_eq(kind, slice_of(kind_names[at])))
        at++;
    if (at == ARRAY_COUNT(kind_names))
        stop("no kind of acknowledgement", "");
    ret->kind = (enum ack_kind)at;
    copy_text(ret->id, sizeof ret->id, id);
    copy_text(ret->sha256, sizeof ret->sha256, sha256);
}

/* The number in "x-request-id: pc-17" of an answer 2xx; false for others. */
static bool answer_request(slice data, uint64_t *ret)
{
    size_t at, end;
    if (!slice_has_prefix(data, S("HTTP/1.1 2")) || !slice_find(data, S("x-request-id: pc-"), &at))
        return false;
    slice number = slice_from(data, at + strlen("x-request-id: pc-"));
    return slice_find_byte(number, '\r', &end) && slice_to_u64(slice_sub(number, 0, end), ret);
}

static int by_position(const void *a, const void *b)
{
    const struct ack *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

static void acks_place(const struct trace *trace, struct acks *ret)
{
    for (size_t i = 0; i < trace->count; i++) {
        uint64_t request;
        if (trace->events[i].kind != EVENT_ANSWER ||
            !answer_request(trace->events[i].data, &request))
            continue;
        for (size_t k = 0; k < ret->count; k++)
            if (ret->rows[k].request == request)
                ret->rows[k].position = i;
    }
    for (size_t k = 0; k < ret->count; k++)
        if (ret->rows[k].position == 0)
            stop("no answer in the trace acknowledges", ret->rows[k].id);
    qsort(ret->rows, ret->count, sizeof *ret->rows, by_position);
}

void acks_load(const char *path, const struct trace *trace, struct acks *ret)
{
    struct arena arena;
    struct error err;
    slice text, line;
    arena_init(&arena, 64 << 20);
    if (file_read(path, 32 << 20, &arena, &text, &err) != ST_OK)
        stop("acknowledgements", err.text);
    *ret = (struct acks){.rows = calloc(text.len / 4 + 1, sizeof *ret->rows)};
    while (slice_split(&text, '\n', &line))
        if (line.len)
            ack_read(line, &ret->rows[ret->count++]);
    if (trace)
        acks_place(trace, ret);
    arena_finish(&arena);
}

/* --- the verdict ------------------------------------------------------------------------------ */

static void note(struct judging *j, uint32_t *counter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct judging *j, uint32_t *counter, const char *format, ...)
{
    va_list args;
    if (j->verdict->faults + j->verdict->lost == 0) {
        va_start(args, format);
        (void)vsnprintf(j->verdict->why, sizeof j->verdict->why, format, args);
        va_end(args);
    }
    ++*counter;
}

static void fault(void *arg, const struct error *what)
{
    struct judging *j = arg;
    note(j, &j->verdict->faults, "%s", what->text);
}

/* --- the image on a disk ---------------------------------------------------------------------- */

static bool scratch_path(const struct judging *j, slice name, char ret[static PATH_BYTES])
{
    return snprintf(ret, PATH_BYTES, "%s/" SLICE_FMT, j->scratch, SLICE_ARG(name)) < PATH_BYTES;
}

static void put_file(const struct judging *j, slice name, slice bytes)
{
    char path[PATH_BYTES];
    struct error err;
    if (!scratch_path(j, name, path))
        stop("path", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || file_write_all(fd, bytes, path, &err) != ST_OK)
        stop("cannot write", path);
    (void)close(fd);
}

/* Only the database is opened; the rest is compared in memory. */
static void put_database(const struct judging *j)
{
    static const char *const old[] = {"db/creating/data.mdb",
                                      "db/creating/lock.mdb",
                                      "db/data.mdb",
                                      "db/lock.mdb",
                                      "db/creating",
                                      "db",
                                      "owner"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < ARRAY_COUNT(old); i++)
        if (scratch_path(j, slice_of(old[i]), path))
            (void)remove(path);
    if (scratch_path(j, S("db"), path))
        (void)mkdir(path, 0700);
    slice made = image_file(j->image, S("data/db/data.mdb"));
    slice creating = image_file(j->image, S("data/db/creating/data.mdb"));
    if (made.ptr)
        put_file(j, S("db/data.mdb"), made);
    if (creating.ptr && scratch_path(j, S("db/creating"), path)) {
        (void)mkdir(path, 0700);
        put_file(j, S("db/creating/data.mdb"), creating);
    }
}

/* --- what the store says ---------------------------------------------------------------------- */

struct facts {
    char (*rows)[FACT_BYTES];
    size_t count;
    uint64_t audit_seq; /* newest */
    struct judging *judging;
};

static void fact(struct facts *facts, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fact(struct facts *facts, const char *format, ...)
{
    va_list args;
    if (facts->count == FACTS_MAX)
        stop("too many rows", "judge");
    va_start(args, format);
    (void)vsnprintf(facts->rows[facts->count++], FACT_BYTES, format, args);
    va_end(args);
}

static void each_user(void *arg, const struct key *key, const void *row)
{
    (void)key;
    fact(arg, "user %llu", (unsigned long long)((const struct store_user *)row)->id);
}

static void each_key(void *arg, const struct key *key, const void *row)
{
    const struct store_api_key *api_key = row;
    (void)key;
    fact(arg, "key %llu", (unsigned long long)api_key->id);
    if (api_key->revoked_ms)
        fact(arg, "revoked %llu", (unsigned long long)api_key->id);
}

static void each_analysis(void *arg, const struct key *key, const void *row)
{
    (void)key;
    fact(arg, "analysis " SLICE_FMT, SLICE_ARG(((const struct store_analysis *)row)->id));
}

static void each_job(void *arg, const struct key *key, const void *row)
{
    (void)key;
    fact(arg, "job " SLICE_FMT, SLICE_ARG(((const struct store_job *)row)->id));
}

/* Parts of an upload that the store calls written, with what stands in the spool. */
static void each_part(struct facts *facts, const struct store_stored_file *file)
{
    char path[160], hex[2 * CRYPT_HASH_BYTES + 1];
    struct crypt_hash sum;
    (void)snprintf(path, sizeof path, "data/spool/up-%llu-" SLICE_FMT,
                   (unsigned long long)file->user_id, SLICE_ARG(file->id));
    slice spool = image_file(facts->judging->image, slice_of(path));
    for (size_t i = 0; i < file->parts.len; i++) {
        if (!file->parts.ptr[i])
            continue;
        crypt_sha256(&sum, slice_sub(spool, i * file->part_bytes, file->part_bytes));
        (void)crypt_hex(hex, sum.bytes, sizeof sum.bytes);
        fact(facts, "part " SLICE_FMT "/%zu %.16s", SLICE_ARG(file->id), i + 1, hex);
    }
}

static void each_file(void *arg, const struct key *key, const void *row)
{
    const struct store_stored_file *file = row;
    (void)key;
    fact(arg, "file " SLICE_FMT, SLICE_ARG(file->id));
    if (file->state == STORE_FILE_UPLOADING)
        each_part(arg, file);
    else
        fact(arg, "complete " SLICE_FMT, SLICE_ARG(file->id));
}

static void each_audit(void *arg, const struct key *key, const void *row)
{
    const struct store_audit *audit = row;
    struct facts *facts = arg;
    (void)key;
    facts->audit_seq = audit->seq > facts->audit_seq ? audit->seq : facts->audit_seq;
    fact(facts, "audit " SLICE_FMT, SLICE_ARG(audit->request_id));
}

/* A blob that a row names is a file with that content: it was made durable before the row. */
static void each_blob(void *arg, const struct key *key, const void *row)
{
    const struct store_blob *blob = row;
    struct judging *j = ((struct facts *)arg)->judging;
    char hex[2 * CRYPT_HASH_BYTES + 1], path[128];
    struct crypt_hash found;
    (void)key;
    if (blob->refs == 0)
        return;
    (void)crypt_hex(hex, blob->sha256.ptr, CRYPT_HASH_BYTES);
    (void)snprintf(path, sizeof path, "data/blobs/%.2s/%.2s/%s", hex, hex + 2, hex);
    slice content = image_file(j->image, slice_of(path));
    crypt_sha256(&found, content);
    if (!content.ptr || memcmp(found.bytes, blob->sha256.ptr, CRYPT_HASH_BYTES) != 0)
        note(j, &j->verdict->faults, "blob %.12s is named by the store and %s", hex,
             content.ptr ? "damaged" : "not there");
    else
        fact(arg, "blob %s", hex);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void facts_read(struct judging *j, struct store *store, struct facts *facts)
{
    static const struct {
        enum table_id table;
        void (*each)(void *, const struct key *, const void *);
    } walks[] = {{TABLE_USER, each_user},         {TABLE_API_KEY, each_key},
                 {TABLE_ANALYSIS, each_analysis}, {TABLE_JOB, each_job},
                 {TABLE_FILE, each_file},         {TABLE_AUDIT, each_audit},
                 {TABLE_BLOB, each_blob}};
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    struct error err;
    if (store_reader_create(store, &reader, &err) != ST_OK ||
        store_read_begin(reader, &txn, &err) != ST_OK)
        stop("read", err.text);
    for (size_t i = 0; i < ARRAY_COUNT(walks); i++)
        check_each(txn, walks[i].table, walks[i].each, facts);
    if (store_txn_status(txn) != ST_OK)
        note(j, &j->verdict->faults, "%s", store_txn_error(txn)->text);
    store_read_end(&txn);
    store_reader_destroy(&reader);
    qsort(facts->rows, facts->count, FACT_BYTES, by_text);
}

static bool holds(const struct facts *facts, const char *kind, const char *id)
{
    char wanted[FACT_BYTES] = "";
    (void)snprintf(wanted, sizeof wanted, "%s %s", kind, id);
    return bsearch(wanted, facts->rows, facts->count, FACT_BYTES, by_text) != NULL;
}

/* --- promises --------------------------------------------------------------------------------- */

static bool is_audited(const struct ack *ack)
{
    return ack->kind != ACK_ANALYSIS && ack->kind != ACK_BACKUP && ack->kind != ACK_PART &&
           strcmp(ack->sha256, "-") != 0; /* an upload that has only begun is not */
}

/* As it was sent, or its whole file is complete by now. */
static bool part_holds(const struct facts *facts, const struct ack *ack)
{
    char part[sizeof ack->id + 20], file[sizeof ack->id];
    const char *slash = strchr(ack->id, '/');
    (void)snprintf(part, sizeof part, "%s %.16s", ack->id, ack->sha256);
    (void)snprintf(file, sizeof file, "%.*s", slash ? (int)(slash - ack->id) : 0, ack->id);
    return holds(facts, "part", part) || holds(facts, "complete", file);
}

static void ack_check(struct judging *j, const struct facts *facts, const struct ack *ack)
{
    char request[32];
    bool there = holds(facts, kind_names[ack->kind], ack->id);
    (void)snprintf(request, sizeof request, "pc-%llu", (unsigned long long)ack->request);
    if (ack->kind == ACK_FILE && strcmp(ack->sha256, "-") != 0)
        there = there && holds(facts, "blob", ack->sha256);
    if (ack->kind == ACK_PART)
        there = part_holds(facts, ack);
    if (ack->kind == ACK_FILE_GONE)
        there = !holds(facts, "file", ack->id);
    if (!there)
        note(j, &j->verdict->lost, "lost: %s %s, acknowledged at event %zu", kind_names[ack->kind],
             ack->id, ack->position);
    else if (is_audited(ack) && !holds(facts, "audit", request))
        note(j, &j->verdict->lost, "lost: the audit record of request %s", request);
}

/* Removed files are acknowledged twice: as made and as gone. */
static bool is_superseded(const struct judging *j, size_t at)
{
    const struct ack *ack = &j->acks->rows[at];
    if (ack->kind != ACK_FILE)
        return false;
    for (size_t i = 0; i < j->acks->count; i++)
        if (j->acks->rows[i].kind == ACK_FILE_GONE && strcmp(j->acks->rows[i].id, ack->id) == 0)
            return true; /* perhaps on its way: neither answer is wrong */
    return false;
}

/* A file of the final disk must be there, whole, from its first use on. */
static void same_as_final(struct judging *j, slice path, uint32_t *counter)
{
    slice wanted = image_file(j->final, path), found = image_file(j->image, path);
    if (!found.ptr || !slice_eq(found, wanted))
        note(j, counter, SLICE_FMT " is %s", SLICE_ARG(path), found.ptr ? "damaged" : "not there");
}

/* Every file of that directory of `image` whose name ends so is as it was in the end. */
static void dir_check(struct judging *j, const struct image *image, const char *dir, slice suffix,
                      uint32_t *counter)
{
    char path[256];
    int number = image_dir(image, slice_of(dir));
    for (size_t i = 0; i < image->name_count; i++) {
        const struct name *name = &image->names[i];
        if (number < 0 || name->parent != number || name->file < 0 ||
            !slice_has_suffix(name->leaf, suffix))
            continue;
        (void)snprintf(path, sizeof path, "%s/" SLICE_FMT, dir, SLICE_ARG(name->leaf));
        same_as_final(j, slice_of(path), counter);
    }
}

/* A backup that has its name is whole, and one that was told is there. */
static void backups_check(struct judging *j)
{
    char path[160];
    dir_check(j, j->image, "data/backups", S(".backup"), &j->verdict->faults);
    for (size_t i = 0; i < j->due; i++) {
        if (j->acks->rows[i].kind != ACK_BACKUP)
            continue;
        (void)snprintf(path, sizeof path, "data/backups/%s", j->acks->rows[i].id);
        same_as_final(j, slice_of(path), &j->verdict->lost);
    }
}

/* After a restore the store is older than what stands beside it. */
static bool is_restored(const struct image *image)
{
    int data = image_dir(image, S("data"));
    for (size_t i = 0; i < image->name_count; i++)
        if (image->names[i].parent == data &&
            slice_has_prefix(image->names[i].leaf, S("db.pre-restore")))
            return true;
    return false;
}

/* A checkpoint outside of the store never tells of audit records that are not in it: a verifier
 * would take a power cut for a forgery. */
static void checkpoints_check(struct judging *j, const struct facts *facts)
{
    slice text = image_file(j->image, S("data/audit-checkpoints.jsonl")), line;
    while (!is_restored(j->image) && slice_split(&text, '\n', &line)) {
        size_t at, end;
        uint64_t seq = 0;
        if (!text.ptr || !slice_find(line, S("\"seq\":"), &at))
            continue; /* the last line may be cut short, a sector of it may be missing */
        line = slice_from(line, at + strlen("\"seq\":"));
        if (slice_find_byte(line, ',', &end) && slice_to_u64(slice_sub(line, 0, end), &seq) &&
            seq > facts->audit_seq)
            note(j, &j->verdict->faults,
                 "a checkpoint tells of audit record %llu, the newest is %llu",
                 (unsigned long long)seq, (unsigned long long)facts->audit_seq);
    }
}

static void store_judge(struct judging *j, const unsigned char *master)
{
    struct store *store = NULL;
    struct error err = {0};
    struct store_check check = {.problem = fault, .arg = j};
    char path[PATH_BYTES];
    const struct store_options options = {.dir = j->scratch, .master_key = master};
    bool is_made = scratch_path(j, S("db/data.mdb"), path) && access(path, F_OK) == 0;
    if (is_made && store_check_pages(path, &check, &err) != ST_OK)
        note(j, &j->verdict->faults, "the pages cannot be walked: %s", err.text);
    if (j->verdict->faults)
        return;
    if (store_open(&options, &store, &err) != ST_OK) {
        note(j, &j->verdict->faults, "the store does not open: %s", err.text);
        return;
    }
    if (store_check(store, &check, &err) != ST_OK)
        note(j, &j->verdict->faults, "the check cannot be made: %s", err.text);
    struct facts facts = {.rows = calloc(FACTS_MAX, FACT_BYTES), .judging = j};
    facts_read(j, store, &facts);
    for (size_t i = 0; i < j->due; i++)
        if (j->acks->rows[i].kind != ACK_BACKUP && !is_superseded(j, i))
            ack_check(j, &facts, &j->acks->rows[i]);
    checkpoints_check(j, &facts);
    store_close(&store);
}

void judge(struct judging *j)
{
    unsigned char master[CRYPT_KEY_BYTES];
    slice text = slice_trim(image_file(j->image, S("data/secrets/master.key")));
    bool has_key = crypt_hex_decode(master, sizeof master, text);
    bool has_store = image_file(j->image, S("data/db/data.mdb")).ptr != NULL;
    if (!has_key && has_store)
        note(j, &j->verdict->faults, "a store without its master key: no start can open it");
    if (!has_key && text.len)
        note(j, &j->verdict->faults, "the master key is damaged: no start goes on");
    if (!has_key && j->due)
        note(j, &j->verdict->lost, "lost: the master key");
    if (j->due)
        dir_check(j, j->final, "data/secrets", S(""), &j->verdict->lost);
    backups_check(j);
    if (!has_key)
        return;
    put_database(j);
    store_judge(j, master);
}

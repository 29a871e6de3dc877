/* libFuzzer target: any bytes as a backup, and a genuine backup that is edited.
 *
 * The checksum is right exactly when a second sum over the file says so; a head that reads has its
 * texts within bounds; and nothing but the genuine bytes opens with the key. The first byte
 * chooses: the rest is the file, or edits (place, byte) of the genuine one. */
#include "fuzz.h"

#include "storage/backup_file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SUM = CRYPT_HASH_BYTES, FILE_MAX = 8192 };
/* The linker leads the buffers of a reader here (fuzz.mk): a megabyte from the sanitizer's malloc
 * takes longer than all the rest. Its red zones stand around these, too. */
static unsigned char plain_room[BACKUP_PIECE_BYTES], sealed_room[BACKUP_SEALED_BYTES];
void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void __real_free(void *ptr);
void __wrap_free(void *ptr);

void *__wrap_malloc(size_t bytes)
{
    if (bytes == sizeof plain_room)
        return plain_room;
    return bytes == sizeof sealed_room ? sealed_room : __real_malloc(bytes);
}

void __wrap_free(void *ptr)
{
    if (ptr != plain_room && ptr != sealed_room)
        __real_free(ptr);
}

#define CONTENT "what a backup holds, in one piece"
static const unsigned char master[CRYPT_KEY_BYTES] = "fuzz test, no secret at all....";
static char path[64], genuine[FILE_MAX];
static size_t genuine_len;
static int fd = -1;

static void prepare(void)
{
    struct error err;
    struct arena arena;
    unsigned char key[CRYPT_KEY_BYTES];
    const struct backup_seal seal = {.kind = STORE_BACKUP_MASTER, .master = master};
    struct store_backup_head head = {.program = S("1"), .schema = 2, .created_ms = 1, .txn = 9};
    fuzz_need(crypt_init(&err) == ST_OK);
    fd = memfd_create("backup", MFD_CLOEXEC);
    fuzz_need(fd >= 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    arena_init(&arena, 1 << 16);
    fuzz_need(backup_key_make(&seal, &arena, key, &head, &err) == ST_OK);
    struct backup_writer writer = {.fd = fd, .path = path};
    fuzz_need(backup_writer_begin(&writer, &head, key, &err) == ST_OK &&
              backup_writer_put(&writer, S(CONTENT), &err) == ST_OK &&
              backup_writer_end(&writer, &err) == ST_OK);
    backup_writer_finish(&writer);
    arena_finish(&arena);
    ssize_t got = pread(fd, genuine, sizeof genuine, 0);
    fuzz_need(got > 0 && got < FILE_MAX);
    genuine_len = (size_t)got;
}

static void check_sum(slice file)
{
    struct error err = {0};
    struct crypt_hash sum;
    status rc = store_backup_sum_check(path, &err);
    if (file.len < SUM) {
        fuzz_need(rc != ST_OK);
        return;
    }
    crypt_sha256(&sum, slice_sub(file, 0, file.len - SUM));
    bool same = memcmp(sum.bytes, file.ptr + file.len - SUM, SUM) == 0;
    bool is_backup = slice_has_prefix(file, S("sleuth backup 1\n"));
    fuzz_need((rc == ST_OK) == (same && is_backup && file.len >= 20 + SUM));
    fuzz_need(rc == ST_OK || err.text[0]);
}

/* Everything but the sum, which needs no key, is authenticated. */
static bool is_genuine(slice file)
{
    return file.len == genuine_len && memcmp(file.ptr, genuine, genuine_len - SUM) == 0;
}

static bool content_opens(const struct store_backup_head *head, struct backup_reader *reader)
{
    unsigned char key[CRYPT_KEY_BYTES];
    char content[sizeof CONTENT - 1];
    const struct store_backup_keys keys = {.master = master};
    struct error err = {0};
    slice rest;
    if (backup_key_open(head, &keys, key, &err) != ST_OK)
        return false;
    if (backup_reader_begin(reader, head, key, &err) != ST_OK ||
        backup_reader_get(reader, content, sizeof content, &err) != ST_OK)
        return false;
    fuzz_need(memcmp(content, CONTENT, sizeof content) == 0);
    return backup_reader_some(reader, 1, &rest, &err) == ST_OK && rest.len == 0;
}

static void check(slice file)
{
    struct backup_reader reader = {.fd = -1};
    struct store_backup_head head = {0};
    struct arena arena;
    struct error err = {0};
    fuzz_need(ftruncate(fd, 0) == 0);
    fuzz_need(pwrite(fd, file.ptr, file.len, 0) == (ssize_t)file.len);
    check_sum(file);
    arena_init(&arena, 1 << 16);
    status rc = backup_reader_open(&reader, path, &arena, &head, &err);
    fuzz_need(rc == ST_OK || err.text[0]);
    if (rc == ST_OK) {
        const slice texts[] = {head.program, head.instance, head.key_id, head.master_id,
                               head.salt,    head.wrapped,  head.stream};
        for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
            fuzz_need(texts[i].len <= STORE_BACKUP_HEAD_MAX);
        fuzz_need(reader.left + 20 + SUM <= file.len);
        head.salt = head.kind == STORE_BACKUP_PASSPHRASE ? S("") : head.salt; /* Argon2 is slow */
        fuzz_need(content_opens(&head, &reader) == is_genuine(file));
    }
    backup_reader_finish(&reader);
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static char edited[FILE_MAX];
    slice input = slice_make(data, size < FILE_MAX ? size : FILE_MAX);
    if (fd < 0)
        prepare();
    unsigned mode = fuzz_choice(&input);
    if (!(mode & 1)) {
        check(input);
        return 0;
    }
    size_t len = genuine_len;
    memcpy(edited, genuine, len);
    if (mode & 2)
        len = input.len ? len - fuzz_choice(&input) % len : len;
    for (; input.len >= 3; input = slice_from(input, 3))
        edited[((unsigned char)input.ptr[0] << 8 | (unsigned char)input.ptr[1]) % len] =
            input.ptr[2];
    check(slice_make(edited, len));
    return 0;
}

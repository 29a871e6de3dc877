/* Output of bundles, signing keys, bundles of files and directories. */
#include "tools/dataset_pack.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUMS_BYTES_MAX = 4 << 20, KEY_BYTES_MAX = 4096 };

/* --- output -------------------------------------------------------------------------------------
 */

status pack_out_open(const char *path, struct pack_file_out *ret, struct error *err)
{
    const char *dir = getenv("TMPDIR");
    *ret = (struct pack_file_out){.path = path, .fd = -1};
    if (!path) {
        ret->fd = open(dir && dir[0] ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (ret->fd < 0)
            return error_set(err, ST_IO, "cannot make a temporary file: %s", errno_text(errno));
        return ST_OK;
    }
    if (snprintf(ret->part, sizeof ret->part, "%s.part", path) >= (int)sizeof ret->part)
        return error_set(err, ST_INVALID, "the name of the output file is too long");
    ret->fd = open(ret->part, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (ret->fd < 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", ret->part, errno_text(errno));
    return ST_OK;
}

status pack_out_close(struct pack_file_out *out, bool complete, struct error *err)
{
    if (out->fd < 0)
        return ST_OK;
    fd_close(&out->fd);
    if (!out->path)
        return ST_OK;
    if (complete && rename(out->part, out->path) == 0)
        return ST_OK;
    int why = errno;
    (void)unlink(out->part); /* what is incomplete has no use */
    if (!complete)
        return ST_OK;
    return error_set(err, ST_IO, "cannot create '%s': %s", out->path, errno_text(why));
}

/* The Ed25519 secret key made from the seed in --sign FILE. The caller wipes it. */
static status signer_read(struct cli *cli, unsigned char ret[static CRYPT_SIGN_SECRET_BYTES],
                          bool *ret_has, struct error *err)
{
    const char *path = cli_text(cli, "sign");
    unsigned char seed[CRYPT_SIGN_SEED_BYTES], public_key[CRYPT_SIGN_PUBLIC_BYTES];
    slice text;
    *ret_has = path != NULL;
    if (!path)
        return ST_OK;
    TRY(file_read(path, KEY_BYTES_MAX, &cli->arena, &text, err));
    if (!crypt_hex_decode(seed, sizeof seed, slice_trim(text)))
        return error_set(err, ST_INVALID, "'%s' is not a signing key of 'sleuth dataset key'",
                         path);
    crypt_sign_keypair(public_key, ret, seed);
    crypt_wipe(seed, sizeof seed);
    return ST_OK;
}

status pack_finish(struct cli *cli, struct pack_writer *writer, struct error *err)
{
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    bool signs;
    TRY(signer_read(cli, secret, &signs, err));
    status rc = pack_write_end(writer, signs ? secret : NULL, err);
    crypt_wipe(secret, sizeof secret);
    return rc;
}

status pack_signer_check(struct cli *cli, struct error *err)
{
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    bool signs;
    TRY(signer_read(cli, secret, &signs, err));
    crypt_wipe(secret, sizeof secret);
    return ST_OK;
}

/* --- files and directories ----------------------------------------------------------------------
 */

struct found {
    slice key;
    const char *path;
    uint64_t bytes;
};

struct finding {
    struct cli *cli;
    struct found *files;
    size_t count;
    const char *sums; /* SHA256SUMS or md5sums */
    bool sums_are_md5;
};

static bool is_sums(const char *name, bool *ret_md5)
{
    static const char *const sha[] = {"SHA256SUMS", "sha256sums", "SHA256SUMS.txt",
                                      "sha256sum.txt"};
    static const char *const md5[] = {"MD5SUMS", "md5sums", "md5sum.txt", "md5sums.txt"};
    for (size_t i = 0; i < ARRAY_COUNT(sha); i++) {
        *ret_md5 = strcmp(name, md5[i]) == 0;
        if (*ret_md5 || strcmp(name, sha[i]) == 0)
            return true;
    }
    return false;
}

static status found_add(struct finding *finding, const FTSENT *entry, slice key, struct error *err)
{
    bool md5;
    if (entry->fts_level <= 1 && is_sums(entry->fts_name, &md5)) {
        if (!finding->sums || !md5) /* the stronger one wins */
            finding->sums_are_md5 = md5;
        if (!finding->sums || !md5)
            finding->sums = arena_copy(&finding->cli->arena, slice_of(entry->fts_path)).ptr;
        return ST_OK;
    }
    if (finding->count == PACK_FILES_MAX)
        return error_set(err, ST_TOO_LARGE, "a bundle holds at most %d files", PACK_FILES_MAX);
    finding->files[finding->count++] =
        (struct found){.key = arena_copy(&finding->cli->arena, key),
                       .path = arena_copy(&finding->cli->arena, slice_of(entry->fts_path)).ptr,
                       .bytes = (uint64_t)entry->fts_statp->st_size};
    return ST_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Names are relative to the directory that was given; a single file is called by its last part. */
static status path_find(struct finding *finding, const char *path, struct error *err)
{
    char *const paths[] = {(char *)(uintptr_t)path, NULL};
    FTSENT *entry;
    status rc = ST_OK;
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
    while (rc == ST_OK && (entry = fts_read(tree))) {
        slice key = slice_of(entry->fts_path);
        if (entry->fts_info == FTS_F && entry->fts_level > 0) {
            key = slice_from(key, strlen(path));
            while (slice_has_prefix(key, S("/")))
                key = slice_from(key, 1);
            rc = found_add(finding, entry, key, err);
        } else if (entry->fts_info == FTS_F) {
            rc = found_add(finding, entry, slice_of(entry->fts_name), err);
        } else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP) {
            rc = error_set(err, ST_INVALID, "'%s' is not a plain file", entry->fts_path);
        }
    }
    (void)fts_close(tree); /* only read from */
    return rc;
}

static status file_put(struct pack_writer *writer, size_t index, const char *path,
                       struct error *err)
{
    char chunk[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    pack_write_file(writer, index);
    status rc = ST_OK;
    do {
        n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            rc = pack_write_take(writer, slice_make(chunk, (size_t)n), err);
    } while (n > 0 && rc == ST_OK);
    if (n < 0 && rc == ST_OK)
        rc = error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
    fd_close(&fd);
    return rc == ST_OK ? pack_write_file_end(writer, err) : rc;
}

/* The sum of the file in a list such as sha256sum writes: "HEX  name", "HEX *name". */
static bool sum_find(slice list, slice key, slice *ret)
{
    slice line;
    while (slice_split(&list, '\n', &line)) {
        size_t at;
        if (!slice_find_byte(line, ' ', &at) || line.len < at + 3)
            continue;
        slice name = slice_trim(slice_from(line, at + 2));
        if (slice_has_prefix(name, S("./")))
            name = slice_from(name, 2);
        *ret = slice_sub(line, 0, at);
        if (slice_eq(name, key))
            return true;
    }
    return false;
}

static status sums_check(struct cli *cli, const struct finding *finding, const struct pack *pack,
                         struct error *err)
{
    slice list, sum;
    if (!finding->sums) {
        cli_hint(cli, N_("make one with: sha256sum * > SHA256SUMS"));
        return error_code(err, ST_VERIFY, "checksum_missing",
                          "the directory has no SHA256SUMS or md5sums to compare with");
    }
    TRY(file_read(finding->sums, SUMS_BYTES_MAX, &cli->arena, &list, err));
    for (size_t i = 0; i < pack->file_count; i++) {
        const struct pack_file *file = &pack->files[i];
        unsigned char want[CRYPT_HASH_BYTES];
        size_t len = finding->sums_are_md5 ? MD5_BYTES : CRYPT_HASH_BYTES;
        const unsigned char *have = finding->sums_are_md5 ? file->md5 : file->sha256;
        if (!sum_find(list, file->key, &sum))
            return error_code(err, ST_VERIFY, "checksum_missing", "'%.*s' is not listed in '%s'",
                              SLICE_ARG(file->key), finding->sums);
        if (!crypt_hex_decode(want, len, sum) || memcmp(want, have, len) != 0)
            return error_code(err, ST_VERIFY, "checksum_mismatch",
                              "'%.*s' does not match its checksum in '%s'", SLICE_ARG(file->key),
                              finding->sums);
    }
    return ST_OK;
}

static slice flag_text(const struct cli *cli, const char *name)
{
    const char *text = cli_text(cli, name);
    return text ? slice_of(text) : S("");
}

static status paths_describe(struct cli *cli, struct pack *ret, struct error *err)
{
    char time[TIME_TEXT_MAX];
    ret->created = arena_copy(&cli->arena, time_rfc3339(clock_wall_ms() / 1000 * 1000, time));
    ret->retrieved_at = ret->created;
    ret->tool = S("sleuth " VERSION);
    ret->title = flag_text(cli, "title");
    ret->license = flag_text(cli, "license");
    ret->doi = flag_text(cli, "doi");
    ret->base_url = ret->record_id = ret->concept_doi = ret->version = ret->etag = S("");
    if (ret->doi.len > 0 && !slice_has_prefix(ret->doi, S("10.")))
        return cli_usage(cli, err, N_("'%s' is not a DOI such as 10.5281/zenodo.17637303"),
                         cli_text(cli, "doi"));
    return ST_OK;
}

status pack_from_paths(struct cli *cli, const char *const *paths, size_t count, bool checked,
                       int fd, struct pack *ret, struct error *err)
{
    struct finding finding = {.cli = cli};
    struct pack_writer writer;
    struct progress progress;
    *ret = (struct pack){0};
    TRY(paths_describe(cli, ret, err));
    finding.files = (struct found *)arena_array(&cli->arena, PACK_FILES_MAX, sizeof *finding.files);
    ret->files = (struct pack_file *)arena_array(&cli->arena, PACK_FILES_MAX, sizeof *ret->files);
    TRY(arena_check(&cli->arena, err));
    for (size_t i = 0; i < count; i++)
        TRY(path_find(&finding, paths[i], err));
    for (size_t i = 0; i < finding.count; i++)
        ret->files[i] =
            (struct pack_file){.key = finding.files[i].key, .bytes = finding.files[i].bytes};
    ret->file_count = finding.count;
    TRY(pack_write_begin(&writer, fd, ret, err));
    progress_begin(&progress, cli, cli_tr(cli, N_("packing")));
    for (size_t i = 0; i < finding.count; i++) {
        TRY(file_put(&writer, i, finding.files[i].path, err));
        progress_show(&progress, i + 1, finding.count);
    }
    progress_end(&progress);
    if (checked)
        TRY(sums_check(cli, &finding, ret, err));
    return pack_finish(cli, &writer, err);
}

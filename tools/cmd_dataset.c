/* sleuth dataset: data sets of this appliance, and the bundles in which they travel. */
#include "tools/client.h"
#include "tools/config_file.h"
#include "tools/dataset_pack.h"
#include "tools/dataset_run.h"
#include "tools/report_file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- list, show, rm -----------------------------------------------------------------------------
 */

static const struct view list_view = {"datasets", dataset_columns, DATASET_COLUMNS};
static const struct column show_columns[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"title", N_("TITLE"), COLUMN_TEXT},
    {"creators", N_("CREATORS"), COLUMN_TEXT},
    {"doi", "DOI", COLUMN_TEXT},
    {"version", N_("VERSION"), COLUMN_TEXT},
    {"license", N_("LICENCE"), COLUMN_TEXT},
    {"file_key", N_("FILE"), COLUMN_TEXT},
    {"size", N_("BYTES"), COLUMN_NUMBER},
    {"md5", "MD5", COLUMN_TEXT},
    {"sha256", N_("SHA-256"), COLUMN_TEXT},
    {"source", N_("SOURCE"), COLUMN_TEXT},
    {"origin", N_("ORIGIN"), COLUMN_TEXT},
    {"signed", N_("SIGNED"), COLUMN_TEXT},
    {"fetched_at", N_("FETCHED"), COLUMN_TIME},
};
static const struct view show_view = {NULL, show_columns, ARRAY_COUNT(show_columns)};

static status list_run(struct cli *cli, struct error *err)
{
    return client_list(cli, S("/api/host/datasets"), S(""), &list_view, err);
}

/* "name/file" → the path of the name, and the query of the file. */
static void row_path(struct cli *cli, const char *word, slice *ret_path, slice *ret_query)
{
    struct buf path, query;
    slice rest = slice_of(word), name;
    (void)slice_split(&rest, '/', &name); /* words are never empty */
    buf_init_arena(&path, &cli->arena, 4096);
    buf_init_arena(&query, &cli->arena, 4096);
    buf_put_str(&path, "/api/host/datasets/");
    url_encode(&path, name);
    if (rest.len > 0)
        buf_put_str(&query, "file=");
    url_encode(&query, rest);
    *ret_path = buf_slice(&path);
    *ret_query = buf_slice(&query);
}

static status show_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.method = METHOD_GET, .body = S("")};
    row_path(cli, cli->words[0], &request.path, &request.query);
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &show_view, root, err);
}

static status rm_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.method = METHOD_GET, .body = S("")};
    row_path(cli, cli->words[0], &request.path, &request.query);
    TRY(client_call(cli, &request, &root, err)); /* is it there? */
    TRY(confirm(cli, err, N_("remove the data set '%s'?"), cli->words[0]));
    if (cli->dry_run)
        return ST_OK;
    request.method = METHOD_DELETE;
    return client_call(cli, &request, &root, err);
}

/* --- verify -------------------------------------------------------------------------------------
 */

/* --key, else the trusted keys of the configuration. */
static status keys_choose(struct cli *cli, struct pack_key keys[static PACK_KEYS_MAX],
                          size_t *ret_count, struct error *err)
{
    struct config config;
    const char *text;
    *ret_count = 0;
    for (size_t i = 0; *ret_count < PACK_KEYS_MAX && (text = cli_text_at(cli, "key", i)); i++)
        TRY(public_key_read(cli, text, keys[(*ret_count)++].bytes, err));
    if (*ret_count > 0)
        return ST_OK;
    TRY(config_now(cli, cli->config, &config, err));
    slice dir = config.datasets_trusted_keys_dir;
    if (dir.len == 0)
        dir = arena_printf(&cli->arena, "%.*s/trusted_keys.d",
                           SLICE_ARG(config_data_dir(&config, &cli->arena)));
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK)
        rc = pack_keys_load(dir.ptr, keys, ret_count, err);
    config_finish(&config);
    return rc;
}

static status signature_tell(struct cli *cli, const struct pack *pack, struct error *err)
{
    struct pack_key keys[PACK_KEYS_MAX];
    size_t count, which;
    struct error why;
    error_clear(&why);
    TRY(keys_choose(cli, keys, &count, err));
    enum status_code rc = pack_trust(pack, keys, count, &which, &why);
    if (rc == ST_OK) {
        cli_note(cli, N_("signed by the trusted key %s"), pack->key_id);
        return ST_OK;
    }
    if (cli_flag(cli, "require-signature") || strcmp(why.code, "signature_invalid") == 0 ||
        cli_flag(cli, "key")) {
        *err = why;
        return rc;
    }
    cli_warn(cli, "%s", cli->lang == LANG_ZH ? why.text_zh : why.text);
    return ST_OK;
}

static status bundle_verify(struct cli *cli, int fd, struct error *err)
{
    struct pack_input in;
    struct pack pack;
    struct progress progress;
    TRY(pack_input_fd(&fd, &in, err));
    TRY(pack_open(&in, &cli->arena, &pack, err));
    progress_begin(&progress, cli, cli_tr(cli, N_("checking")));
    status rc = ST_OK;
    for (size_t i = 0; i < pack.file_count && rc == ST_OK; i++) {
        rc = pack_file_read(&in, &pack.files[i], NULL, NULL, err);
        progress_show(&progress, i + 1, pack.file_count);
    }
    progress_end(&progress);
    TRY(rc);
    TRY(signature_tell(cli, &pack, err));
    if (pack.license.len > 0)
        cli_note(cli, N_("licence: %.*s"), SLICE_ARG(pack.license));
    return dataset_pack_print(cli, &pack, err);
}

static status verify_run(struct cli *cli, struct error *err)
{
    const char *path = cli->words[0];
    struct stat info;
    struct pack_file_out out;
    struct pack pack;
    struct error ignored;
    if (stat(path, &info) != 0)
        return error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "cannot open '%s': %s", path,
                         errno_text(errno));
    if (!S_ISDIR(info.st_mode)) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
        status rc = bundle_verify(cli, fd, err);
        fd_close(&fd);
        return rc;
    }
    TRY(pack_out_open(NULL, &out, err));
    status rc = pack_from_paths(cli, &path, 1, /* checked= */ true, out.fd, &pack, err);
    (void)pack_out_close(&out, false, &ignored); /* a temporary file has no name to fail with */
    return rc == ST_OK ? dataset_pack_print(cli, &pack, err) : rc;
}

/* --- key ----------------------------------------------------------------------------------------
 */

static status key_run(struct cli *cli, struct error *err)
{
    unsigned char seed[CRYPT_SIGN_SEED_BYTES], secret[CRYPT_SIGN_SECRET_BYTES];
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
    char text[2 * CRYPT_SIGN_SEED_BYTES + 2], hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    char id[PACK_KEY_ID_LEN + 1];
    if (access(cli->words[0], F_OK) == 0)
        return error_set(err, ST_CONFLICT, "'%s' exists already", cli->words[0]);
    crypt_random(seed, sizeof seed);
    crypt_sign_keypair(public_key, secret, seed);
    crypt_wipe(secret, sizeof secret);
    (void)crypt_hex(text, seed, sizeof seed);
    (void)crypt_hex(hex, public_key, sizeof public_key);
    text[2 * CRYPT_SIGN_SEED_BYTES] = '\n';
    status rc =
        file_replace(cli->words[0], slice_make(text, 2 * CRYPT_SIGN_SEED_BYTES + 1), 0600, err);
    crypt_wipe(seed, sizeof seed);
    crypt_wipe(text, sizeof text);
    TRY(rc);
    pack_key_id(public_key, id);
    buf_printf(&cli->out, "%s\n", hex);
    cli_note(cli,
             N_("this is the public key %s; put it into trusted_keys.d/NAME.pub where bundles "
                "are imported"),
             id);
    return ST_OK;
}

/* --- the table ----------------------------------------------------------------------------------
 */

/* clang-format off */
#define SIGN_FLAG {.name = "sign", .kind = FLAG_TEXT, .value = "KEYFILE", .summary = N_("sign with this key of 'sleuth dataset key'")}
#define OUTPUT_FLAG {.name = "output", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("write a bundle there")}
#define NAME_FLAG {.name = "name", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("name for 'dataset:NAME' (default zenodo-ID)")}
#define REQUIRE_FLAG {.name = "require-signature", .summary = N_("refuse a bundle without the signature of a trusted key")}
#define PAPER_FLAGS \
    {.name = "doi", .kind = FLAG_TEXT, .value = "DOI", .summary = N_("DOI of files that come without a record")}, \
    {.name = "license", .kind = FLAG_TEXT, .value = "ID", .summary = N_("licence of files that come without a record")}, \
    {.name = "title", .kind = FLAG_TEXT, .value = "TEXT", .summary = N_("title of files that come without a record")}
/* clang-format on */

static const struct flag fetch_flags[] = {
    {.name = "files",
     .kind = FLAG_TEXT,
     .value = "GLOB",
     .repeatable = true,
     .summary = N_("which files of the record (default: the largest CSV)")},
    OUTPUT_FLAG,
    SIGN_FLAG,
    NAME_FLAG,
    REQUIRE_FLAG,
    {0},
};
static const struct flag pack_flags[] = {OUTPUT_FLAG, SIGN_FLAG,    PAPER_FLAGS,
                                         NAME_FLAG,   REQUIRE_FLAG, {0}};
static const struct flag import_flags[] = {NAME_FLAG, REQUIRE_FLAG, PAPER_FLAGS, SIGN_FLAG, {0}};
static const struct flag export_flags[] = {
    OUTPUT_FLAG,
    {.name = "to",
     .kind = FLAG_TEXT,
     .value = "DIRECTORY",
     .summary = N_("write plain files there")},
    SIGN_FLAG,
    NAME_FLAG,
    REQUIRE_FLAG,
    {0},
};
static const struct flag verify_flags[] = {
    REQUIRE_FLAG,
    {.name = "key",
     .kind = FLAG_TEXT,
     .value = "PUB",
     .repeatable = true,
     .summary = N_("public key to trust: 64 hex digits, or a file that holds them")},
    PAPER_FLAGS,
    SIGN_FLAG,
    {0},
};

static const struct example fetch_examples[] = {
    {"sleuth dataset fetch zenodo://17637303", N_("download, compare, keep")},
    {"sleuth dataset fetch zenodo://17637303 --files '*.csv' --output cbd.sleuthpack",
     N_("a bundle for a machine without network")},
    {0},
};
static const struct example pack_examples[] = {
    {"sleuth dataset pack results/ --output logs.sleuthpack --sign me.key",
     N_("evaluation logs travel the same way")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth dataset verify cbd.sleuthpack",
     N_("structure, checksums, signature; needs no server")},
    {"sleuth dataset verify ./data", N_("a directory with SHA256SUMS or md5sums")},
    {0},
};
static const struct example import_examples[] = {
    {"sleuth dataset import cbd.sleuthpack", N_("all of its files, or none")},
    {"sleuth dataset import ./data --doi 10.5281/zenodo.17637303 --name cbd",
     N_("plain files with their checksums")},
    {0},
};
static const struct example list_examples[] = {{"sleuth dataset list", N_("what is here")}, {0}};
static const struct example show_examples[] = {
    {"sleuth dataset show zenodo-17637303", N_("origin, checksums, licence")}, {0}};
static const struct example export_examples[] = {
    {"sleuth dataset export zenodo-17637303 --output cbd.sleuthpack", N_("the bundle again")},
    {"sleuth dataset export logs.sleuthpack --to logs/", N_("the files of a bundle")},
    {0},
};
static const struct example rm_examples[] = {
    {"sleuth dataset rm zenodo-17637303/eval.csv --yes", N_("one file of a record")}, {0}};
static const struct example key_examples[] = {
    {"sleuth dataset key me.key > me.pub", N_("a key pair for signing bundles")}, {0}};

/* clang-format off */
static const struct command commands[] = {
    {.noun = "dataset", .verb = "export", .usage = "NAME|FILE", .word_min = 1, .word_max = 1,
     .summary = N_("Write a data set as a bundle or as plain files."), .examples = export_examples,
     .flags = export_flags, .run = dataset_export_run},
    {.noun = "dataset", .verb = "fetch", .usage = "SOURCE", .word_min = 1, .word_max = 1,
     .summary = N_("Download a record of Zenodo, compare its checksums, keep it."),
     .details = N_("SOURCE is zenodo://ID[/VERSION][/FILE], doi:10.5281/zenodo.ID, or an id. Without --output the files go into the data directory; with it, into a bundle, which needs neither account nor server."),
     .examples = fetch_examples, .flags = fetch_flags, .run = dataset_fetch_run},
    {.noun = "dataset", .verb = "import", .usage = "FILE|DIRECTORY", .word_min = 1, .word_max = 1,
     .summary = N_("Import a bundle, or a directory with checksums."),
     .details = N_("Sizes, MD5 and SHA-256 of every file are compared before anything is visible. Exit code 3: verification failed; 4: refused by the signature policy."),
     .examples = import_examples, .flags = import_flags, .run = dataset_import_run},
    {.noun = "dataset", .verb = "key", .usage = "FILE", .word_min = 1, .word_max = 1,
     .summary = N_("Make a key for signing bundles; prints the public part."), .examples = key_examples, .run = key_run},
    {.noun = "dataset", .verb = "list", .summary = N_("List the stored data sets."),
     .examples = list_examples, .run = list_run},
    {.noun = "dataset", .verb = "pack", .usage = "PATH…", .word_min = 1, .word_max = 10000,
     .summary = N_("Put files and directories into a bundle."), .examples = pack_examples,
     .flags = pack_flags, .run = dataset_pack_run},
    {.noun = "dataset", .verb = "rm", .usage = "NAME[/FILE]", .word_min = 1, .word_max = 1,
     .summary = N_("Remove a stored data set."), .examples = rm_examples, .run = rm_run},
    {.noun = "dataset", .verb = "show", .usage = "NAME[/FILE]", .word_min = 1, .word_max = 1,
     .summary = N_("Show a stored data set."), .examples = show_examples, .run = show_run},
    {.noun = "dataset", .verb = "verify", .usage = "FILE|DIRECTORY", .word_min = 1, .word_max = 1,
     .summary = N_("Check a bundle without importing it."), .examples = verify_examples,
     .flags = verify_flags, .run = verify_run},
    {0},
};
/* clang-format on */

const struct noun noun_dataset = {.name = "dataset",
                                  .summary = N_("data sets of Zenodo, and bundles of them"),
                                  .group = N_("Analysis"),
                                  .commands = commands};

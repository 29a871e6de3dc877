/* Makes a temporary instance usable: its directory, one administrator, one key, both printed. */
#include "dev.h"

#include "app.h"
#include "base/crypt.h"
#include "host.h"
#include "json.h"
#include "storage/storage.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BYTES = 1 << 20, PASSWORD_RANDOM_BYTES = 18, DEPTH_MAX = 16 };

#define ADMIN_EMAIL "admin@localhost.localdomain"

status dev_dir_make(char dir[static DEV_DIR_MAX], struct error *err)
{
    const char *base = getenv("TMPDIR");
    if (!base || base[0] != '/')
        base = "/tmp";
    if (snprintf(dir, DEV_DIR_MAX, "%s/sleuth-dev-XXXXXX", base) >= DEV_DIR_MAX || !mkdtemp(dir)) {
        int number = errno;
        dir[0] = '\0';
        return error_set(err, ST_IO, "cannot make a directory in '%s': %s", base,
                         errno_text(number));
    }
    return ST_OK;
}

static int drop(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)ftw;
    /* What stays behind is a temporary file in a temporary directory. Not remove(): it tries to
     * unlink directories first, which the sandbox forbids in a way that it does not know. */
    (void)(kind == FTW_DP ? rmdir(path) : unlink(path));
    return 0;
}

void dev_dir_remove(const char *dir)
{
    if (dir[0] != '\0')
        (void)nftw(dir, drop, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

/* One call; its JSON answer. */
static status post(const struct host_local *local, slice path, slice body, struct arena *arena,
                   const struct json **ret, struct error *err)
{
    struct host_reply reply;
    const struct host_request request = {.method = METHOD_POST, .path = path, .body = body};
    TRY(host_call_local(local, &request, arena, &reply, err));
    TRY(host_status(&reply, err));
    return json_parse(reply.body, arena, ret, err);
}

static status admin_make(const struct host_local *local, struct arena *arena, slice *ret_key,
                         slice password, struct error *err)
{
    const struct json *answer, *id, *key;
    uint64_t user_id;
    slice body = arena_printf(arena,
                              "{\"email\":\"" ADMIN_EMAIL "\",\"name\":\"Developer\","
                              "\"role\":\"admin\",\"plan\":\"enterprise\","
                              "\"password\":\"%.*s\"}",
                              SLICE_ARG(password));
    TRY(post(local, S("/api/admin/users"), body, arena, &answer, err));
    id = json_at(answer, "id") ? json_at(answer, "id") : json_at(answer, "user.id");
    if (!json_to_u64(id, &user_id))
        return error_set(err, ST_INTERNAL, "the new administrator has no id");
    slice path = arena_printf(arena, "/api/admin/users/%llu/keys", (unsigned long long)user_id);
    TRY(post(local, path, S("{\"name\":\"dev\",\"livemode\":false}"), arena, &answer, err));
    key = json_at(answer, "key");
    if (!key || key->kind != JSON_STRING)
        return error_set(err, ST_INTERNAL, "the new key has no text");
    *ret_key = key->text;
    return ST_OK;
}

status dev_set_up(struct app *app, struct error *err)
{
    char password[40];
    unsigned char random[PASSWORD_RANDOM_BYTES];
    struct arena arena;
    slice key = S("");
    struct host_local local = {.app = app, .actor = S("system:dev"), .lang = LANG_EN};
    arena_init(&arena, ARENA_BYTES);
    arena.wipe = true;
    crypt_random(random, sizeof random);
    slice text = crypt_base64url(password, random, sizeof random);
    status rc = store_reader_create(app->store, &local.reader, err);
    if (rc == ST_OK)
        rc = admin_make(&local, &arena, &key, text, err);
    if (rc == ST_OK)
        (void)printf("admin " ADMIN_EMAIL "\npassword %.*s\nkey %.*s\n", SLICE_ARG(text),
                     SLICE_ARG(key));
    store_reader_destroy(&local.reader);
    arena_finish(&arena);
    crypt_wipe(password, sizeof password);
    crypt_wipe(random, sizeof random);
    return rc;
}

/* Carries out the answers of `sleuth setup`; every step may be repeated. */
#include "tools/setup.h"

#include "tools/config_file.h"

#include "base/crypt.h"
#include "base/file.h"

#include <stdio.h>
#include <unistd.h>

enum { ANSWERS_BYTES_MAX = 1 << 16, NAME_MAX_BYTES = 96, PASSWORD_BYTES = 18 };

bool setup_has(const struct setup *setup, const char *name)
{
    for (size_t i = 0; i < setup->setting_count; i++)
        if (slice_eq(setup->settings[i].name, slice_of(name)))
            return true;
    return false;
}

void setup_set(struct setup *setup, const char *name, const char *value)
{
    for (size_t i = 0; i < setup->setting_count; i++) {
        if (slice_eq(setup->settings[i].name, slice_of(name))) {
            setup->settings[i].value = value;
            return;
        }
    }
    if (setup->setting_count < SETUP_SETTINGS_MAX)
        setup->settings[setup->setting_count++] = (struct setup_setting){slice_of(name), value};
}

/* --- answers --- */

static status answer_take(void *context, slice section, slice key, slice value, int line, bool more,
                          struct error *err)
{
    struct setup *setup = context;
    struct arena *arena = &setup->cli->arena;
    slice name = arena_printf(arena, SLICE_FMT "." SLICE_FMT, SLICE_ARG(section), SLICE_ARG(key));
    slice text = arena_copy(arena, value);
    TRY(arena_check(arena, err));
    if (more)
        return error_set(err, ST_CONFIG, N_("line %d: one answer is one line"), line);
    if (slice_eq(name, S("admin.email")))
        setup->admin_email = text;
    else if (slice_eq(name, S("admin.password_file")))
        setup->password_file = text;
    else
        setup_set(setup, name.ptr, text.ptr);
    return ST_OK;
}

status setup_answers_read(struct setup *setup, const char *path, struct error *err)
{
    slice text;
    TRY(file_read(path, ANSWERS_BYTES_MAX, &setup->cli->arena, &text, err));
    return config_ini(text, path, answer_take, setup, err);
}

static status password_make(struct setup *setup, struct error *err)
{
    unsigned char bytes[PASSWORD_BYTES];
    char text[PASSWORD_BYTES * 2];
    crypt_random(bytes, sizeof bytes);
    setup->password = arena_copy(&setup->cli->arena, crypt_base64url(text, bytes, sizeof bytes));
    crypt_wipe(bytes, sizeof bytes);
    crypt_wipe(text, sizeof text);
    return arena_check(&setup->cli->arena, err);
}

status setup_password(struct setup *setup, struct error *err)
{
    const char *file = setup->password_file.len ? setup->password_file.ptr : NULL;
    if (setup->generate_password)
        return password_make(setup, err);
    return prompt_secret(setup->cli, N_("Password of the first administrator"), file,
                         /* confirm= */ true, &setup->password, err);
}

/* --- configuration --- */

status setup_config_write(struct setup *setup, struct error *err)
{
    struct cli *cli = setup->cli;
    slice before;
    if (setup->setting_count == 0)
        return ST_OK;
    TRY(config_text_read(cli, &before, err));
    slice text = before;
    for (size_t i = 0; i < setup->setting_count; i++) {
        const struct config_option *option;
        TRY(config_option_find(cli, setup->settings[i].name.ptr, &option, err));
        TRY(config_text_set(cli, &text, option, setup->settings[i].value, err));
    }
    if (slice_eq(before, text))
        return ST_OK;
    status rc = config_text_write(cli, text, err);
    if (rc == ST_IO)
        cli_hint(cli, N_("run it as root, or name another file with --config"));
    return rc;
}

/* --- administrator --- */

static status admin_promote(struct setup *setup, struct error *err)
{
    const struct json *root;
    struct buf path;
    buf_init_arena(&path, &setup->cli->arena, 1 << 12);
    buf_put_str(&path, "/api/admin/users/");
    url_encode(&path, setup->admin_email);
    struct request request = {METHOD_PATCH, buf_slice(&path), S(""),
                              S("{\"role\":\"admin\",\"enabled\":true}")};
    setup->admin_existed = true;
    error_clear(err);
    return client_call(setup->cli, &request, &root, err);
}

status setup_admin_create(struct setup *setup, struct error *err)
{
    const struct json *root;
    struct json_out w;
    struct buf body;
    if (setup->cli->dry_run)
        return ST_OK;
    setup->cli->may_create_data = true;
    buf_init_arena(&body, &setup->cli->arena, 1 << 14);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "email", setup->admin_email);
    json_key_str(&w, "password", setup->password);
    json_key_str(&w, "role", S("admin"));
    json_end(&w);
    struct request request = {METHOD_POST, S("/api/admin/users"), S(""), buf_slice(&body)};
    status rc = client_call(setup->cli, &request, &root, err);
    return rc == ST_CONFLICT ? admin_promote(setup, err) : rc;
}

/* --- the end --- */

static void places_tell(struct cli *cli, const struct config *config)
{
    slice data = config_data_dir(config, &cli->arena);
    const char *scheme = config->http_tls ? "https" : "http";
    if (config->http_public_url.len)
        cli_note(cli, N_("  address   %.*s"), SLICE_ARG(config->http_public_url));
    else
        cli_note(cli, N_("  address   %s://%.*s"), scheme, SLICE_ARG(config->http_listen));
    cli_note(cli, N_("  data      %.*s"), SLICE_ARG(data));
    cli_note(cli, N_("  backups   %.*s/backups"), SLICE_ARG(data));
    cli_note(cli,
             N_("  logs      standard error of the server; under systemd: journalctl -u sleuth"));
}

void setup_tell(const struct setup *setup)
{
    struct cli *cli = setup->cli;
    struct config config;
    if (cli->dry_run) {
        cli_note(cli, N_("nothing was changed"));
        return;
    }
    cli_note(cli,
             setup->admin_existed ? N_("'%.*s' exists already and is an administrator")
                                  : N_("administrator '%.*s' created"),
             SLICE_ARG(setup->admin_email));
    if (setup->generate_password && !setup->admin_existed)
        buf_printf(&cli->out, SLICE_FMT "\n", SLICE_ARG(setup->password));
    if (config_now(cli, NULL, &config, NULL) == ST_OK) {
        places_tell(cli, &config);
        config_finish(&config);
    }
    cli_note(cli, N_("next: restart the server so that it reads the new configuration"));
}

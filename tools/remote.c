/* Reads where another appliance is and which key opens it. */
#include "tools/remote.h"

#include "base/crypt.h"

#include <stdlib.h>

enum { KEY_BYTES_MAX = 200 };

/* The environment shows to other processes of the same user: overwritten once it was read. */
static status key_from_environment(struct cli *cli, slice *ret, struct error *err)
{
    char *value = getenv("SLEUTH_API_KEY");
    if (!value || !value[0])
        return cli_usage(cli, err, N_("--server needs a key: --key-file FILE or SLEUTH_API_KEY"));
    slice text = slice_of(value);
    if (text.len > KEY_BYTES_MAX)
        return error_set(err, ST_INVALID, N_("'%s' is too long for an API key"), "SLEUTH_API_KEY");
    *ret = arena_copy(&cli->arena, slice_trim(text));
    TRY(arena_check(&cli->arena, err));
    crypt_wipe(value, text.len);
    return ST_OK;
}

status remote_choose(struct cli *cli, struct error *err)
{
    const char *server = cli_text(cli, "server");
    const char *key_file = cli_text(cli, "key-file");
    const char *ca_file = cli_text(cli, "ca-file");
    if (!server)
        server = getenv("SLEUTH_SERVER");
    if (!server || !server[0]) {
        if (key_file || ca_file)
            return cli_usage(cli, err, N_("--key-file and --ca-file belong to --server"));
        return ST_OK;
    }
    cli->server = slice_of(server);
    cli->ca_file = slice_of(ca_file);
    if (!key_file)
        return key_from_environment(cli, &cli->api_key, err);
    TRY(prompt_secret(cli, N_("API key"), key_file, /* confirm= */ false, &cli->api_key, err));
    cli->api_key = slice_trim(cli->api_key);
    return ST_OK;
}

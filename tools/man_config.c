/* sleuth.conf(5): every option of the configuration with its default, from the option table. */
#include "tools/man.h"

#include "config.h"

#include <stdio.h>

enum { LABEL_MAX = 160, DEFAULT_MAX = 200 };

static void option_default(const struct cli *cli, const struct config_option *o,
                           char text[static DEFAULT_MAX])
{
    const char *value = o->value[0] ? o->value : cli_tr(cli, N_("empty"));
    if (o->type == CONFIG_INT)
        (void)snprintf(text, DEFAULT_MAX, "%s: %s; %lld … %lld", cli_tr(cli, N_("default")), value,
                       (long long)o->min, (long long)o->max);
    else if (o->type == CONFIG_SECRET)
        (void)snprintf(text, DEFAULT_MAX, "%s", cli_tr(cli, N_("secret: use the _file twin")));
    else
        (void)snprintf(text, DEFAULT_MAX, "%s: %s", cli_tr(cli, N_("default")), value);
}

static void option_item(const struct cli *cli, const struct config_option *o, struct buf *out)
{
    char label[LABEL_MAX];
    char text[DEFAULT_MAX];
    (void)snprintf(label, sizeof label, "%s%s%s", o->key, o->choices ? " = " : "",
                   o->choices ? o->choices : "");
    man_item(out, label, cli_tr(cli, o->help));
    option_default(cli, o, text);
    buf_put_str(out, ".br\n(");
    man_text(out, text);
    buf_put_str(out, ")\n");
}

void man_config(const struct cli *cli, struct buf *out)
{
    man_head(cli, out, "sleuth.conf", 5, cli_tr(cli, N_("configuration of the appliance")));
    man_section(cli, out, N_("Description"));
    man_text(out,
             cli_tr(cli, N_("Lines are 'key = value' below a '[section]'; a semicolon begins a "
                            "comment. Weakest first: built-in default, sleuth.conf, "
                            "conf.d/*.conf in byte order, environment, flags. The variable "
                            "of 'listen' in section 'http' is SLEUTH_HTTP_LISTEN. Every "
                            "secret has a twin whose name ends in _file and holds a path. "
                            "A line holds at most 198 bytes; an indented line continues it.")));
    buf_put_byte(out, '\n');
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *o = &config_options[i];
        if (i == 0 || strcmp(o->section, config_options[i - 1].section) != 0)
            buf_printf(out, ".SH \"[%s]\"\n", o->section);
        option_item(cli, o, out);
    }
}

/* The steps of `sleuth setup`: answers, configuration file, first administrator. */
#ifndef TOOLS_SETUP_H
#define TOOLS_SETUP_H

#include "tools/client.h"

enum { SETUP_SETTINGS_MAX = 64 };

struct setup_setting {
    slice name; /* "http.public_url" */
    const char *value;
};

struct setup {
    struct cli *cli;
    struct setup_setting settings[SETUP_SETTINGS_MAX];
    size_t setting_count;
    slice admin_email;
    slice password_file; /* empty: asked for, or generated */
    bool generate_password;
    slice password;
    bool admin_existed;
};

/* A later value wins. */
void setup_set(struct setup *setup, const char *name, const char *value);
bool setup_has(const struct setup *setup, const char *name);

/* INI: [admin] email, password_file; every other section as in sleuth.conf. */
status setup_answers_read(struct setup *setup, const char *path, struct error *err);
status setup_password(struct setup *setup, struct error *err);
/* Edits the configuration file when there is something to write and checks the result. */
status setup_config_write(struct setup *setup, struct error *err);
/* An address that exists already keeps its password and becomes an administrator. */
status setup_admin_create(struct setup *setup, struct error *err);
void setup_tell(const struct setup *setup);

#endif

/* The command table of `sleuth`: one line per noun in nouns.def, one file cmd_<noun>.c for each. */
#include "tools/cli.h"

#define NOUN(name) extern const struct noun noun_##name;
#include "tools/nouns.def"
#undef NOUN

static const struct noun *const nouns[] = {
#define NOUN(name) &noun_##name,
#include "tools/nouns.def"
#undef NOUN
    NULL,
};

int cli_main(int argc, char **argv)
{
    return cli_run(nouns, argc, argv);
}

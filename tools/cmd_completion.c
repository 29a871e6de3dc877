/* sleuth completion: the script that teaches a shell to complete; the binary itself knows what. */
#include "tools/cli.h"

static const char bash_script[] =
    "# bash completion of sleuth; put it into /usr/share/bash-completion/completions/sleuth\n"
    "_sleuth() {\n"
    "    local line cur=\"${COMP_WORDS[COMP_CWORD]}\"\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r line _; do\n"
    "        if [ \"$line\" = :files ]; then\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r line; do COMPREPLY+=(\"$line\"); done "
    "< <(compgen -f -- \"$cur\")\n"
    "        else\n"
    "            COMPREPLY+=(\"$line\")\n"
    "        fi\n"
    "    done < <(sleuth complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "}\n"
    "# an e-mail address is one word\n"
    "COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}\n"
    "complete -F _sleuth sleuth\n";

static const char zsh_script[] =
    "#compdef sleuth\n"
    "# zsh completion of sleuth; put it into a directory of $fpath as _sleuth\n"
    "_sleuth() {\n"
    "    local -a found\n"
    "    local name text files=0\n"
    "    while IFS=$'\\t' read -r name text; do\n"
    "        if [[ $name == :files ]]; then files=1; "
    "else found+=(\"${name//:/\\\\:}:${text}\"); fi\n"
    "    done < <(sleuth complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
    "    (( files )) && _files\n"
    "    (( ${#found} )) && _describe sleuth found\n"
    "}\n"
    "compdef _sleuth sleuth\n";

static const char fish_script[] =
    "# fish completion of sleuth; put it into ~/.config/fish/completions/sleuth.fish\n"
    "function __sleuth_complete\n"
    "    set -l done (commandline -opc)\n"
    "    set -l cur (commandline -ct)\n"
    "    set -l out (sleuth complete -- $done[2..] \"$cur\" 2>/dev/null)\n"
    "    if contains -- :files $out\n"
    "        __fish_complete_path \"$cur\"\n"
    "    else\n"
    "        printf '%s\\n' $out\n"
    "    end\n"
    "end\n"
    "complete -c sleuth -f -a '(__sleuth_complete)'\n";

static status completion_run(struct cli *cli, struct error *err)
{
    static const struct {
        const char *shell;
        const char *script;
    } shells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    for (size_t i = 0; i < ARRAY_COUNT(shells); i++) {
        if (strcmp(cli->words[0], shells[i].shell) == 0) {
            buf_put_str(&cli->out, shells[i].script);
            return ST_OK;
        }
    }
    cli_hint(cli, N_("bash, zsh or fish"));
    return cli_usage(cli, err, N_("there is no completion for '%s'"), cli->words[0]);
}

static const struct example examples[] = {
    {"source <(sleuth completion bash)", N_("in this shell, now")},
    {"sleuth completion bash > /usr/share/bash-completion/completions/sleuth",
     N_("for everybody on this host")},
    {0},
};

static const struct command commands[] = {
    {.noun = "completion",
     .usage = "bash|zsh|fish",
     .word_min = 1,
     .word_max = 1,
     .summary = N_("Print the completion script of a shell."),
     .details = N_("Beside commands and flags it completes e-mail addresses, key prefixes and "
                   "job ids of the appliance."),
     .examples = examples,
     .run = completion_run},
    {0},
};

const struct noun noun_completion = {.name = "completion",
                                     .summary = N_("completion script of a shell"),
                                     .group = N_("This program"),
                                     .commands = commands};

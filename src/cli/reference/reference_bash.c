/* reference_bash.c - completion for bash: what there is of each command, and a function that looks
 * it up. */
#include "cli/reference/reference.h"

#include <string.h>

static const char head[] = "# bash completion for onecycle, written by `onecycle reference bash`\n"
                           "\n"
                           "# COMMAND: its members, its options, and of those the ones that take "
                           "KEY=VALUE or other values\n"
                           "_onecycle_about()\n"
                           "{\n"
                           "    members='' options='' keys='' values=''\n"
                           "    case $1 in\n";

static const char middle[] = "    esac\n"
                             "}\n"
                             "\n"
                             "# KEY: the words that this key of a recipe can be\n"
                             "_onecycle_words()\n"
                             "{\n"
                             "    case $1 in\n";

static const char tail[] =
    "    esac\n"
    "}\n"
    "\n"
    "_onecycle()\n"
    "{\n"
    "    local members options keys values command=${COMP_WORDS[1]} first=2\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) words=''\n"
    "    # NAME=VALUE is three words here; NAME= is two\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur='' at=$COMP_CWORD\n"
    "    fi\n"
    "    local before=${COMP_WORDS[at]}\n"
    "    if [[ $before == = ]]; then\n"
    "        before=${COMP_WORDS[at - 1]}\n"
    "    fi\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)) || [[ $command == help ]]; then\n"
    "        command=''\n"
    "    fi\n"
    "    _onecycle_about \"$command\"\n"
    "    if [[ $members && $command ]] && ((COMP_CWORD > 2)); then\n"
    "        command+=\" ${COMP_WORDS[2]}\" first=3\n"
    "        _onecycle_about \"$command\"\n"
    "    fi\n"
    "    if [[ ${COMP_WORDS[at]} == = && $before != -* ]]; then\n"
    "        words=$(_onecycle_words \"$before\")\n"
    "    elif [[ \" $keys \" == *\" $before \"* ]]; then\n"
    "        words=$_onecycle_keys\n"
    "    elif [[ \" $values \" == *\" $before \"* ]]; then\n"
    "        if [[ $before == --model || ($before == -m && $options == *--model*) ]]; then\n"
    "            words=$(_onecycle_words model.name)\n"
    "        fi\n"
    "    elif [[ $members ]]; then\n"
    "        words=$members\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        words=$options\n"
    "    elif [[ $command == sweep ]] && ((COMP_CWORD > first)); then\n"
    "        words=$_onecycle_keys\n"
    "    fi\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
    "    if [[ ${COMPREPLY[0]} == *= ]]; then\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "}\n"
    "complete -o bashdefault -o default -F _onecycle onecycle # files, where there are no words\n";

/* " --set -s" of the options that take so, or with `all` the long form of every one. */
static void put_options(FILE *out, const oc_reference_command *command, oc_option_takes takes,
                        int all)
{
    for (size_t i = 0; i < command->options; i++) {
        const struct argp_option *const o = &command->option[i];
        if (!oc_option_is_one(o) || (!all && oc_option_takes_what(o) != takes))
            continue;
        fprintf(out, " --%s", o->name);
        if (oc_option_letter(o) && !all)
            fprintf(out, " -%c", oc_option_letter(o));
    }
}

static void put_command(FILE *out, const oc_reference_command *command)
{
    fprintf(out, "    '%s')\n", command->name);
    if (command->is_family) {
        fputs("        members='", out);
        for (size_t i = 0; i < command->options; i++)
            if (oc_option_is_member(&command->option[i]))
                fprintf(out, "%s ", command->option[i].name);
        fputs("--help' ;;\n", out);
        return;
    }
    fputs("        options='", out);
    put_options(out, command, OC_TAKES_NOTHING, 1);
    fputs("'\n        keys='", out);
    put_options(out, command, OC_TAKES_KEY, 0);
    fputs("'\n        values='", out);
    put_options(out, command, OC_TAKES_VALUE, 0);
    fputs("' ;;\n", out);
}

void oc_reference_bash(FILE *out, const oc_reference *reference)
{
    oc_recipe_key key;
    fputs(head, out);
    fputs("    '')\n        members='", out);
    for (size_t i = 0; i < reference->commands; i++)
        if (oc_reference_is_member(&reference->command[i], NULL))
            fprintf(out, "%s ", reference->command[i].name);
    fputs("help --help --version' ;;\n", out);
    for (size_t i = 0; i < reference->commands; i++)
        put_command(out, &reference->command[i]);
    fputs(middle, out);
    oc_reference_put_words(out, "echo '", "'");
    fputs(tail, out);
    fputs("_onecycle_keys='", out);
    for (size_t i = 0; oc_reference_next_key(&i, &key);)
        fprintf(out, " %s=", key.path);
    fputs("'\n", out);
}

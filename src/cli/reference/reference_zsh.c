/* reference_zsh.c - completion for zsh: each command's options as zsh's _arguments wants them. */
#include "cli/reference/reference.h"

#include <string.h>

static const char head[] = "#compdef onecycle\n"
                           "# zsh completion for onecycle, written by `onecycle reference zsh`\n"
                           "\n"
                           "# the words that a key of a recipe can be\n"
                           "_onecycle_words() {\n"
                           "    words_of_key=()\n"
                           "    case $1 in\n";

static const char keys[] =
    "    esac\n"
    "}\n"
    "\n"
    "_onecycle_model() {\n"
    "    local -a words_of_key\n"
    "    _onecycle_words model.name\n"
    "    compadd -a words_of_key\n"
    "}\n"
    "\n"
    "_onecycle_key() {\n"
    "    local -a words_of_key\n"
    "    if compset -P 1 '*='; then\n"
    "        _onecycle_words ${${IPREFIX%=}##*=}\n"
    "        if (( $#words_of_key )); then compadd -a words_of_key; else _files; fi\n"
    "        return\n"
    "    fi\n"
    "    words_of_key=(";

static const char commands[] = ")\n"
                               "    compadd -S = -q -a words_of_key\n"
                               "}\n"
                               "\n"
                               "_onecycle() {\n"
                               "    local curcontext=$curcontext state line\n"
                               "    local -a members\n"
                               "    if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then\n"
                               "        members=(\n";

static const char start[] = "        'help:show the help of a command')\n"
                            "        _describe command members\n"
                            "        return\n"
                            "    fi\n"
                            "    shift words\n"
                            "    (( CURRENT-- ))\n"
                            "    case $words[1] in\n";

/* The beginning of a text, up to its first pause, for single quotes; [ ] : are zsh's own. */
static void put_brief(FILE *out, const char *text)
{
    const size_t length = oc_help_brief(text);
    for (size_t i = 0; i < length; i++)
        if (!strchr("'`", text[i]))
            fprintf(out, "%s%c", strchr("[]:\\", text[i]) ? "\\" : "", text[i]);
}

static void put_members(FILE *out, const oc_reference *reference,
                        const oc_reference_command *family)
{
    for (size_t i = 0; i < reference->commands; i++) {
        const oc_reference_command *const c = &reference->command[i];
        if (!oc_reference_is_member(c, family))
            continue;
        const char *const space = strrchr(c->name, ' ');
        fprintf(out, "        '%s:", space ? space + 1 : c->name);
        put_brief(out, c->summary);
        fputs("'\n", out);
    }
}

static void put_option(FILE *out, const struct argp_option *o)
{
    static const char *const actions[] = {[OC_TAKES_NOTHING] = "",
                                          [OC_TAKES_VALUE] = ": ",
                                          [OC_TAKES_FILE] = ":_files",
                                          [OC_TAKES_KEY] = ":_onecycle_key"};
    const oc_option_takes takes = oc_option_takes_what(o);
    const int letter = oc_option_letter(o), is_model = strcmp(o->name, "model") == 0;
    const char *const again = takes == OC_TAKES_KEY ? "'*'" : "";
    if (letter)
        fprintf(out, "            %s{-%c%s,--%s%s}'[", again, letter, o->arg ? "+" : "", o->name,
                o->arg ? "=" : "");
    else
        fprintf(out, "            %s--%s%s'[", again, o->name, o->arg ? "=" : "");
    put_brief(out, o->doc ? o->doc : "");
    fputc(']', out);
    if (o->arg) {
        fputc(':', out);
        put_brief(out, o->arg);
        fputs(is_model ? ":_onecycle_model" : actions[takes], out);
    }
    fputs("' \\\n", out);
}

static void put_command(FILE *out, const oc_reference *reference,
                        const oc_reference_command *command)
{
    const char *const space = strrchr(command->name, ' ');
    fprintf(out, "    %s)\n", space ? space + 1 : command->name);
    if (command->is_family) {
        fputs("        if (( CURRENT == 2 )); then\n        members=(\n", out);
        put_members(out, reference, command);
        fputs("        )\n        _describe command members\n        return\n        fi\n"
              "        shift words\n        (( CURRENT-- ))\n        case $words[1] in\n",
              out);
        for (size_t i = 0; i < reference->commands; i++)
            if (oc_reference_is_member(&reference->command[i], command))
                put_command(out, reference, &reference->command[i]);
        fputs("        esac ;;\n", out);
        return;
    }
    fputs("        _arguments -s \\\n", out);
    for (size_t i = 0; i < command->options; i++)
        if (oc_option_is_one(&command->option[i]))
            put_option(out, &command->option[i]);
    if (strcmp(command->name, "sweep") == 0)
        fputs("            ':recipe:_files' '*:key:_onecycle_key' ;;\n", out);
    else
        fputs("            '*:file:_files' ;;\n", out);
}

void oc_reference_zsh(FILE *out, const oc_reference *reference)
{
    oc_recipe_key key;
    fputs(head, out);
    oc_reference_put_words(out, "words_of_key=(", ")");
    fputs(keys, out);
    for (size_t i = 0, n = 0; oc_reference_next_key(&i, &key); n++)
        fprintf(out, "%s%s", n ? " " : "", key.path);
    fputs(commands, out);
    put_members(out, reference, NULL);
    fputs(start, out);
    for (size_t i = 0; i < reference->commands; i++)
        if (oc_reference_is_member(&reference->command[i], NULL))
            put_command(out, reference, &reference->command[i]);
    fputs("    esac\n}\n\n_onecycle \"$@\"\n", out);
}

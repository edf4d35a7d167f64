/* reference_fish.c - completion for fish: a line for each command and option. */
#include "cli/reference/reference.h"

#include <string.h>

static const char head[] =
    "# fish completion for onecycle, written by `onecycle reference fish`\n"
    "\n"
    "function __onecycle_is -d 'does the command line begin with these commands?'\n"
    "    set -l words (commandline -opc)\n"
    "    set -l wanted (count $argv)\n"
    "    test (count $words) -gt $wanted; or return 1\n"
    "    set -l last (math 1 + $wanted)\n"
    "    test $wanted -eq 0; or test \"$words[2..$last]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "function __onecycle_expects -d 'is the next word a command behind these?'\n"
    "    test (count (commandline -opc)) -eq (math 1 + (count $argv)); and __onecycle_is $argv\n"
    "end\n"
    "\n"
    "function __onecycle_keys -d 'KEY= of recipes, and KEY=WORD where words are known'\n"
    "    printf '%s\\n'";

static void put_brief(FILE *out, const char *text)
{
    const size_t length = oc_help_brief(text);
    for (size_t i = 0; i < length; i++)
        if (!strchr("'`\\", text[i]))
            fputc(text[i], out);
}

static void put_command(FILE *out, const oc_reference_command *command)
{
    const char *const space = strrchr(command->name, ' ');
    const int family = space ? (int)(space - command->name) : 0;
    fprintf(out, "complete -c onecycle -n '__onecycle_expects%s%.*s' -f -a %s -d '",
            family ? " " : "", family, command->name, space ? space + 1 : command->name);
    put_brief(out, command->summary);
    fputs("'\n", out);
    for (size_t i = 0; i < command->options; i++) {
        const struct argp_option *const o = &command->option[i];
        const oc_option_takes takes = oc_option_takes_what(o);
        if (!oc_option_is_one(o))
            continue;
        fprintf(out, "complete -c onecycle -n '__onecycle_is %s' -l %s", command->name, o->name);
        if (oc_option_letter(o))
            fprintf(out, " -s %c", oc_option_letter(o));
        fputs(takes == OC_TAKES_KEY     ? " -x -a '(__onecycle_keys)'"
              : takes == OC_TAKES_FILE  ? " -r -F"
              : takes == OC_TAKES_VALUE ? " -x"
                                        : "",
              out);
        fputs(" -d '", out);
        put_brief(out, o->doc ? o->doc : "");
        fputs("'\n", out);
    }
}

void oc_reference_fish(FILE *out, const oc_reference *reference)
{
    oc_recipe_key key;
    fputs(head, out);
    for (size_t i = 0; oc_reference_next_key(&i, &key);) {
        fprintf(out, " %s=", key.path);
        for (size_t k = 0; key.words && key.words[k]; k++)
            fprintf(out, " %s=%s", key.path, key.words[k]);
    }
    fputs("\nend\n\n", out);
    for (size_t i = 0; i < reference->commands; i++)
        put_command(out, &reference->command[i]);
    fputs("complete -c onecycle -n '__onecycle_is sweep' -a '(__onecycle_keys)'\n", out);
    fputs(
        "complete -c onecycle -n '__onecycle_expects' -f -a help -d 'show the help of a command'\n",
        out);
}

/* command_reference.c - onecycle reference FORMAT: all commands and recipe keys, as Markdown,
 * manual pages or completion. */
#include "base/file.h"
#include "cli/common/cli.h"
#include "cli/reference/reference.h"

#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *format, *folder;
} arguments;

static const struct {
    const char *name;
    void (*put)(FILE *out, const oc_reference *reference); /* NULL: pages in a folder */
} formats[] = {
    {"markdown", oc_reference_markdown}, {"man", NULL},
    {"bash", oc_reference_bash},         {"zsh", oc_reference_zsh},
    {"fish", oc_reference_fish},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static const char doc[] =
    "Print all commands and recipe keys as markdown, or completion for bash, zsh or fish; or write "
    "the manual pages to DIR/man1 and DIR/man5.\v"
    "Examples:\n"
    "  source <(onecycle reference bash)\n"
    "  onecycle reference fish > ~/.config/fish/completions/onecycle.fish\n"
    "  onecycle reference man /usr/local/share/man";

static int find_format(const char *name)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return i;
    return -1;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    arguments *const a = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            a->format = argument;
        else if (state->arg_num == 1)
            a->folder = argument;
        else
            argp_error(state, "%s: one argument too many", argument);
        return 0;
    case ARGP_KEY_END:
        if (!a->format || find_format(a->format) < 0)
            argp_error(state, "%sexpected markdown, man, bash, zsh or fish",
                       a->format ? "unknown format; " : "");
        else if (!formats[find_format(a->format)].put != !!a->folder)
            argp_error(state, "expected DIR with man, and with nothing else");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

oc_status oc_command_reference(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {
        NULL, parse_option, "man DIR\nmarkdown|bash|zsh|fish", doc, NULL, NULL, NULL};
    arguments a = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    oc_reference *const reference = malloc(sizeof *reference);
    status = reference ? oc_reference_collect(reference, comm)
                       : oc_fail(OC_ERR_MEMORY, "reference: out of memory");
    if (status == OC_OK && a.folder)
        status = oc_reference_man(a.folder, reference);
    else if (status == OC_OK)
        formats[find_format(a.format)].put(stdout, reference);
    free(reference);
    return status;
}

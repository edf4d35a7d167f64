/* cli.c - argp as the commands want it: the same answer on every rank, text from rank 0 only,
 * and errors as messages for main instead of lines printed and an exit. */
#include "cli/common/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 32, OPTION_HELP = 'h' };

static const struct argp_option help_option = {
    "help", OPTION_HELP, NULL, 0, "Show this help and exit", -1};

static struct {
    void (*tell)(void *context, const struct argp *argp);
    void *context;
} listener;

void oc_cli_tell_help(void (*tell)(void *context, const struct argp *argp), void *context)
{
    listener.tell = tell;
    listener.context = context;
}

typedef struct context {
    const struct argp *argp; /* the command's own */
    const struct argp *full; /* with --help */
    void *input;
    const char *name;
    int speaks; /* this rank prints */
    int *done;
    FILE *errors;   /* takes what argp_error says */
    int stopped_at; /* index of the argument behind the one that failed */
} context;

/* Wraps the command's parser, so that argp_error can be heard. argp gets ARGP_NO_ERRS, or
 * getopt would print; from the first argument on argp_error may speak, into a buffer. */
static error_t parse(int key, char *argument, struct argp_state *state)
{
    context *const c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = c->errors;
        break;
    case ARGP_KEY_ERROR:
        c->stopped_at = state->next;
        break;
    case OPTION_HELP:
        if (listener.tell)
            listener.tell(listener.context, c->full);
        else if (c->speaks)
            argp_help(c->full, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC,
                      state->name);
        *c->done = 1;
        return ECANCELED; /* ends argp_parse at once */
    default:
        state->flags &= ~(unsigned)ARGP_NO_ERRS;
        break;
    }
    state->input = c->input;
    return c->argp->parser(key, argument, state);
}

/* What argp_error wrote ("NAME: text", then a hint) as a message; or else what getopt found. */
static oc_status usage_error(const context *c, char *said, int argc, char **argv)
{
    const char *const command = strchr(c->name, ' ') ? strchr(c->name, ' ') + 1 : c->name;
    const size_t length = strlen(c->name);
    if (strncmp(said, c->name, length) == 0 && strncmp(said + length, ": ", 2) == 0) {
        said += length + 2;
        said[strcspn(said, "\n")] = '\0';
        return oc_fail(OC_ERR_USAGE, "%s: %s (see `%s --help`)", command, said, c->name);
    }
    const char *const bad =
        c->stopped_at > 0 && c->stopped_at <= argc ? argv[c->stopped_at - 1] : "the arguments";
    return oc_fail(OC_ERR_USAGE,
                   "%s: %s: unknown option, or its value is missing or unexpected "
                   "(see `%s --help`)",
                   command, bad, c->name);
}

oc_status oc_cli_parse(const struct argp *argp, oc_comm *comm, int argc, char **argv, void *input,
                       int *done)
{
    struct argp_option options[MOST_OPTIONS + 2] = {{0}};
    size_t count = 0;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++)
        if (count < MOST_OPTIONS)
            options[count++] = *o;
    options[count] = help_option;
    struct argp full = *argp;
    full.options = options;
    full.parser = parse;

    char *said = NULL;
    size_t said_length = 0;
    context c = {.argp = argp,
                 .full = &full,
                 .input = input,
                 .name = argv[0],
                 .speaks = oc_comm_rank(comm) == 0,
                 .done = done,
                 .errors = open_memstream(&said, &said_length)};
    if (!c.errors)
        return oc_fail(OC_ERR_INTERNAL, "%s: out of memory", argv[0]);
    *done = 0;
    const error_t error =
        argp_parse(&full, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &c);
    oc_status status =
        fclose(c.errors) == 0 ? OC_OK : oc_fail(OC_ERR_INTERNAL, "%s: out of memory", argv[0]);
    if (status == OC_OK && !*done && (error != 0 || said_length > 0))
        status = usage_error(&c, said, argc, argv);
    free(said);
    return status;
}

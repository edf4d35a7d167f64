/* command_list.c - see command_list.h. */
#include "cli/command_list.h"

#include "base/suggest.h"
#include "cli/common/cli.h"

#include <stdio.h>
#include <string.h>

static const oc_command commands[] = {
#define OC_COMMAND(symbol, name, ranks, summary) {name, oc_command_##symbol, ranks, summary},
#include "cli/commands.def"
#undef OC_COMMAND
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fputs("onecycle " ONECYCLE_VERSION
          " - train neural networks on CPU clusters with the 1cycle policy\n\n"
          "Usage: onecycle COMMAND [ARGUMENTS]\n"
          "       onecycle help COMMAND\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fputs("\ntrain, fine-tune, range-test, sweep, eval and bench run on many ranks:\n"
          "  mpirun -n 2 onecycle train recipe.yaml\n\n"
          "Exit codes: 0 done; 64 wrong usage or recipe; 65 bad data; 70 internal error\n"
          "or out of memory; 71 lost a peer (submit again); 72 diverged; 73 replicas\n"
          "differ; 74 input/output; 75 stopped and saved (submit again).\n",
          out);
}

/* onecycle help [COMMAND], --help, --version: one rank. `run` gets argv from the command on. */
static oc_status show_help(oc_comm *comm, int argc, char **argv);

static oc_status show_version(oc_comm *comm, int argc, char **argv)
{
    (void)comm, (void)argc, (void)argv;
    puts("onecycle " ONECYCLE_VERSION);
    return OC_OK;
}

static const oc_command helpers[] = {
    {"help", show_help, 0, ""},         {"--help", show_help, 0, ""}, {"-h", show_help, 0, ""},
    {"--version", show_version, 0, ""}, {"-V", show_version, 0, ""},
};

static const oc_command *find(const oc_command *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

static oc_status unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *const meant = oc_nearest(name, names, COMMANDS);
    if (meant)
        return oc_fail(OC_ERR_USAGE, "%.60s: unknown command; did you mean %s?", name, meant);
    return oc_fail(OC_ERR_USAGE, "%.60s: unknown command (see `onecycle help`)", name);
}

static oc_status show_help(oc_comm *comm, int argc, char **argv)
{
    if (argc < 2) {
        print_help(stdout);
        return OC_OK;
    }
    const oc_command *const about = find(commands, COMMANDS, argv[1]);
    if (!about)
        return unknown_command(argv[1]);
    char name[OC_COMMAND_NAME], help[] = "--help";
    snprintf(name, sizeof name, "onecycle %s", about->name);
    char *arguments[] = {name, help, NULL};
    return about->run(comm, 2, arguments);
}

static oc_status no_command(oc_comm *comm, int argc, char **argv)
{
    (void)comm, (void)argc, (void)argv;
    print_help(stderr);
    return oc_fail(OC_ERR_USAGE, "the command is missing");
}

static oc_status wrong_command(oc_comm *comm, int argc, char **argv)
{
    (void)comm, (void)argc;
    return unknown_command(argv[0]);
}

const oc_command *oc_command_choose(int argc, char **argv)
{
    static const oc_command missing = {"", no_command, 0, ""}, wrong = {"", wrong_command, 0, ""};
    if (argc < 2)
        return &missing;
    const oc_command *chosen = find(commands, COMMANDS, argv[1]);
    if (!chosen)
        chosen = find(helpers, sizeof helpers / sizeof helpers[0], argv[1]);
    return chosen ? chosen : &wrong;
}

const oc_command *oc_command_row(size_t i)
{
    return i < COMMANDS ? &commands[i] : NULL;
}

int oc_command_is_listed(const oc_command *command)
{
    return command >= commands && command < commands + COMMANDS;
}

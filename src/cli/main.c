/* main.c - finds the command, joins the job, prints the one message, leaves with its code. */
#include "base/log.h"
#include "base/memory.h"
#include "base/plain_text.h"
#include "base/suggest.h"
#include "cli/common/cli.h"
#include "cli/common/signals.h"
#include "job/allocation.h"
#include "job/launch.h"
#include "kernels/kernels.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { NAME_BYTES = 64 };

typedef struct command {
    const char *name;
    oc_status (*run)(oc_comm *comm, int argc, char **argv);
    int ranks; /* as in commands.def */
    const char *summary;
} command;

static const command commands[] = {
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
          "or no memory; 71 lost a peer (submit again); 72 diverged; 73 replicas differ;\n"
          "74 input/output; 75 stopped and saved (submit again).\n",
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

static const command helpers[] = {
    {"help", show_help, 0, ""},         {"--help", show_help, 0, ""}, {"-h", show_help, 0, ""},
    {"--version", show_version, 0, ""}, {"-V", show_version, 0, ""},
};

static const command *find(const command *list, size_t count, const char *name)
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
    const command *const about = find(commands, COMMANDS, argv[1]);
    if (!about)
        return unknown_command(argv[1]);
    char name[NAME_BYTES], help[] = "--help";
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

static const command *choose(int argc, char **argv)
{
    static const command missing = {"", no_command, 0, ""}, wrong = {"", wrong_command, 0, ""};
    if (argc < 2)
        return &missing;
    const command *chosen = find(commands, COMMANDS, argv[1]);
    if (!chosen)
        chosen = find(helpers, sizeof helpers / sizeof helpers[0], argv[1]);
    return chosen ? chosen : &wrong;
}

/* A full disk behind standard output shows here at the latest. */
static oc_status close_output(oc_status status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != OC_OK)
        return status;
    return oc_fail(OC_ERR_IO, "standard output: cannot write: %s", strerror(errno));
}

/* How much there is, and what needs less. */
static void advise_on_memory(void)
{
    struct rlimit limit;
    fprintf(stderr, "onecycle: %.0f MiB of memory are free",
            (double)oc_memory_available() / 0x1p20);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        fprintf(stderr, ", and this process may have %.0f MiB (ulimit -v)",
                (double)limit.rlim_cur / 0x1p20);
    fputs(
        "; less is needed with more batch.shards, a smaller batch.size, fewer compute.threads, "
        "compute.memory: low, a smaller data.memory (`onecycle inspect --model` shows what for)\n",
        stderr);
}

static void report(oc_status status)
{
    char plain[OC_PLAIN_TEXT]; /* it may hold a file's name */
    if (status != OC_OK && status != OC_STOPPED)
        fprintf(stderr, "onecycle: %s\n",
                oc_plain_text(oc_message()[0] ? oc_message() : oc_status_text(status), plain));
    if (status == OC_ERR_MEMORY)
        advise_on_memory();
}

/* The kernels, before any network is built: those that ONECYCLE_KERNELS names, or the best. One
 * BLAS thread a rank, unless the user knows better: ranks share the cores, and small products get
 * slower with a second thread. */
static oc_status choose_kernels(void)
{
    const char *const name = getenv("ONECYCLE_KERNELS");
    char message[512];
    if (!getenv("OPENBLAS_NUM_THREADS"))
        oc_kernels_set_blas_threads(1);
    const oc_status status = oc_kernels_select(name && name[0] ? name : NULL);
    if (status == OC_OK)
        return OC_OK;
    snprintf(message, sizeof message, "%s", oc_message());
    return oc_fail(status, "ONECYCLE_KERNELS: %s", message);
}

/* `train --help` needs no peers either. */
static int asks_for_help(int argc, char **argv)
{
    return argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
}

static oc_status run(const command *chosen, oc_comm *comm, int together, int argc, char **argv)
{
    char name[NAME_BYTES];
    oc_status status = choose_kernels();
    if (together)
        status = oc_comm_agree(comm, status); /* another host may have another processor */
    if (status != OC_OK)
        return status;
    if (argc > 1 && find(commands, COMMANDS, argv[1])) {
        snprintf(name, sizeof name, "onecycle %s", chosen->name);
        argv[1] = name;
    }
    return chosen->run(comm, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    oc_cli_started();
    const command *const chosen = choose(argc, argv);
    const int together = chosen->ranks > 0 && !asks_for_help(argc, argv);
    const int started_as = oc_cli_launch_rank();
    if (together && chosen->ranks == 2)
        oc_cli_catch_signals();
    else
        oc_cli_let_signals_in();
    signal(SIGPIPE, SIG_IGN); /* a reader that left is a write error, not a sudden death */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow */
    if (!together && started_as > 0)
        return 0; /* the first of those that were started together does it */
    oc_comm *comm = NULL;
    int launched = 0;
    oc_status status = together ? oc_cli_launched(&launched) : OC_OK;
    if (status == OC_OK)
        status = oc_comm_open(&comm, launched);
    if (status != OC_OK) {
        report(status);
        return oc_exit_code(status);
    }
    oc_log_configure(oc_comm_rank(comm), OC_LOG_INFO);
    status = close_output(run(chosen, comm, together, argc, argv));
    if (oc_comm_rank(comm) == 0 || oc_comm_is_broken(comm))
        report(status); /* a rank that lost the others speaks for itself */
    oc_comm_close(comm);
    return oc_exit_code(status);
}

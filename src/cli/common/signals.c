/* signals.c - see signals.h. */
#include "cli/common/signals.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static const int numbers[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT};
static volatile sig_atomic_t received, answers, answered;

static void answer(void)
{
    static const char line[] = "onecycle: stopping after this step; saved work is kept\n";
    if (answers && !answered) {
        answered = 1;
        if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
            answers = 0; /* nobody can be told; stopping is what counts */
    }
}

static void remember(int number)
{
    const int error = errno;
    if (number == SIGINT && received == SIGINT)
        _exit(128 + SIGINT);
    received = number;
    answer();
    errno = error;
}

void oc_cli_answer_signals(int speaks)
{
    answers = speaks;
    if (received)
        answer();
}

void oc_cli_let_signals_in(void)
{
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&held, numbers[i]);
    sigprocmask(SIG_UNBLOCK, &held, NULL);
}

void oc_cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&action.sa_mask, numbers[i]); /* one at a time: one answer */
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    oc_cli_let_signals_in();
}

const volatile sig_atomic_t *oc_cli_stop_signal(void)
{
    return &received;
}

oc_status oc_cli_stop_if_asked(oc_comm *comm)
{
    uint64_t asked = received != 0;
    const oc_status status = oc_comm_max_u64(comm, &asked, 1);
    return status == OC_OK && asked ? OC_STOPPED : status;
}

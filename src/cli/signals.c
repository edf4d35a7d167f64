/* signals.c - see signals.h. */
#include "cli/signals.h"

#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void remember(int number)
{
    if (number == SIGINT && received == SIGINT)
        _exit(128 + SIGINT);
    received = number;
}

const volatile sig_atomic_t *oc_cli_catch_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT};
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    return &received;
}

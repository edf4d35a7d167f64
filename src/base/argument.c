/* argument.c - see argument.h. */
#include "base/argument.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t oc_argument_whole(struct argp_state *state, const char *option, const char *text,
                           uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 10);
    if (errno || *end || text[0] < '0' || text[0] > '9' || value < least || value > most)
        argp_error(state, "--%s %s: expected a whole number from %llu to %llu", option, text,
                   (unsigned long long)least, (unsigned long long)most);
    return value;
}

static int read_real(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && !*end;
}

double oc_argument_real(struct argp_state *state, const char *option, const char *text,
                        double least, double most)
{
    double value;
    const int good = read_real(text, &value) && isfinite(value) && value >= least && value <= most;
    if (!good && isinf(most))
        argp_error(state, "--%s %s: expected a number of %g or more", option, text, least);
    else if (!good)
        argp_error(state, "--%s %s: expected a number from %g to %g", option, text, least, most);
    return value;
}

double oc_argument_fraction(struct argp_state *state, const char *option, const char *text)
{
    double value;
    if (!read_real(text, &value) || !(value > 0 && value < 1))
        argp_error(state, "--%s %s: expected a number above 0 and below 1", option, text);
    return value;
}

char oc_argument_delimiter(struct argp_state *state, const char *text)
{
    const char one = strcmp(text, "tab") == 0     ? '\t'
                     : strcmp(text, "space") == 0 ? ' '
                     : strlen(text) == 1          ? text[0]
                                                  : '\0';
    if (one == '\0' || one == '"' || one == '\n' || one == '\r')
        argp_error(state, "--delimiter %s: expected one character, or tab or space", text);
    return one;
}

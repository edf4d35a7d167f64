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

/* A unit as written, and what it counts. */
typedef struct unit {
    const char *name;
    double factor;
} unit;

/* A finite number, perhaps a space, a unit. Returns 0 if it is something else. */
static int read_quantity(const char *text, const unit *units, size_t count, double *value)
{
    char *end;
    const int is_number = (text[0] >= '0' && text[0] <= '9') || text[0] == '.';
    *value = is_number ? strtod(text, &end) : 0;
    if (!is_number || end == text || !isfinite(*value))
        return 0;
    end += *end == ' ';
    for (size_t i = 0; i < count; i++)
        if (strcmp(end, units[i].name) == 0) {
            *value *= units[i].factor;
            return isfinite(*value);
        }
    return 0;
}

/* To somebody who wrote a number alone. */
static const char *lacks_unit(const char *text)
{
    double value;
    return read_real(text, &value) ? "; a unit is missing" : "";
}

double oc_argument_time(struct argp_state *state, const char *option, const char *text)
{
    static const unit units[] = {
        {"ns", 1e-9}, {"us", 1e-6}, {"\xc2\xb5s", 1e-6}, {"ms", 1e-3}, {"s", 1}};
    double seconds;
    if (strcmp(text, "0") == 0)
        return 0;
    if (!read_quantity(text, units, sizeof units / sizeof units[0], &seconds))
        argp_error(state, "--%s %s: expected a time with a unit, ns, us, ms or s, such as 50us%s",
                   option, text, lacks_unit(text));
    return seconds;
}

double oc_argument_bandwidth(struct argp_state *state, const char *option, const char *text)
{
    static const unit units[] = {
        {"kbit", 1e3 / 8},   {"Mbit", 1e6 / 8},   {"Gbit", 1e9 / 8},   {"Tbit", 1e12 / 8},
        {"kbit/s", 1e3 / 8}, {"Mbit/s", 1e6 / 8}, {"Gbit/s", 1e9 / 8}, {"Tbit/s", 1e12 / 8},
        {"kB/s", 1e3},       {"MB/s", 1e6},       {"GB/s", 1e9},       {"TB/s", 1e12},
        {"KiB/s", 0x1p10},   {"MiB/s", 0x1p20},   {"GiB/s", 0x1p30},   {"TiB/s", 0x1p40}};
    double bytes;
    if (!read_quantity(text, units, sizeof units / sizeof units[0], &bytes) || bytes <= 0)
        argp_error(state,
                   "--%s %s: expected a rate above 0 with a unit, of bits such as 25Gbit or of "
                   "bytes such as 3GB/s%s",
                   option, text, lacks_unit(text));
    return bytes;
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

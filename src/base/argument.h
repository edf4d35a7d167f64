/* argument.h - values of command line options, for parsers of argp. What is wrong is said with
 * argp_error; whoever called argp_parse then fails. */
#ifndef OC_BASE_ARGUMENT_H
#define OC_BASE_ARGUMENT_H

#include <argp.h>
#include <stdint.h>

/* Local. The value of --OPTION: a whole decimal number in the bounds. */
uint64_t oc_argument_whole(struct argp_state *state, const char *option, const char *text,
                           uint64_t least, uint64_t most);

/* Local. A finite number in the bounds (most may be infinite); one above 0 and below 1. */
double oc_argument_real(struct argp_state *state, const char *option, const char *text,
                        double least, double most);
double oc_argument_fraction(struct argp_state *state, const char *option, const char *text);

/* Local. A time of 0 or more with a unit (ns, us, ms, s), in seconds; a rate above 0 with a unit,
 * bits (25Gbit) or bytes (3GB/s), in bytes a second. */
double oc_argument_time(struct argp_state *state, const char *option, const char *text);
double oc_argument_bandwidth(struct argp_state *state, const char *option, const char *text);

/* Local. --delimiter: a character, or tab or space. */
char oc_argument_delimiter(struct argp_state *state, const char *text);

#endif

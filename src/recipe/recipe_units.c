/* recipe_units.c - types of values that are numbers with a unit: bytes and times. */
#include "recipe/recipe_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int64_t bytes;
} units[] = {
    {"TiB", (int64_t)1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};
enum { UNITS = sizeof units / sizeof units[0] };

/* "512MiB", "512 MiB". */
static int parse_bytes(const char *text, int64_t *number)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15)
        return 0;
    const char *unit = text + digits;
    unit += *unit == ' ';
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(unit, units[i].name) == 0) {
            const int64_t count = strtoll(text, NULL, 10);
            *number = count * units[i].bytes;
            return count <= INT64_MAX / units[i].bytes;
        }
    return 0;
}

/* A hint to who wrote a number alone. */
static const char *lacks_unit(const char *item)
{
    double number;
    return oc_parse_real(item, &number) ? "; a unit is missing" : "";
}

void oc_bytes_expects(const oc_field *field, char *out, size_t size)
{
    const size_t length = oc_expects_words(field, out, size);
    snprintf(out + length, size - length,
             "bytes as a whole number with a unit: B, KiB, MiB, GiB or TiB");
}

oc_status oc_bytes_parse(const oc_reading *r, void *to)
{
    int64_t *const bytes = to;
    const char *item;
    oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    if (oc_value_is_auto(r->field, item))
        *bytes = 0;
    else if (!parse_bytes(item, bytes) || !oc_in_bounds(r->field, (double)*bytes))
        status = oc_value_unexpected(r, item, lacks_unit(item));
    return status;
}

void oc_bytes_print(FILE *out, const oc_field *field, const void *from)
{
    const int64_t bytes = *(const int64_t *)from;
    if (field->may_be_auto && bytes == 0) {
        fputs("auto", out);
        return;
    }
    for (size_t i = 0; i < UNITS; i++)
        if (bytes % units[i].bytes == 0 && (bytes > 0 || i == UNITS - 1)) {
            fprintf(out, "%lld%s", (long long)(bytes / units[i].bytes), units[i].name);
            return;
        }
}

static const struct {
    char name;
    double seconds;
} times[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { TIMES = sizeof times / sizeof times[0] };

/* "90s", "1.5 h", "0"; a word of the list is -1. */
static int parse_time(const oc_field *field, const char *text, double *seconds)
{
    char digits[40];
    const size_t length = strlen(text);
    for (size_t i = 0; field->names && field->names[i]; i++)
        if (strcmp(text, field->names[i]) == 0) {
            *seconds = -1;
            return 1;
        }
    if (strcmp(text, "0") == 0) {
        *seconds = 0;
        return oc_in_bounds(field, 0);
    }
    for (size_t i = 0; i < TIMES; i++)
        if (length > 1 && length < sizeof digits && text[length - 1] == times[i].name) {
            snprintf(digits, sizeof digits, "%.*s", (int)length - 1, text);
            if (length > 2 && digits[length - 2] == ' ')
                digits[length - 2] = '\0';
            if (!oc_parse_real(digits, seconds) || *seconds <= 0)
                return 0;
            *seconds *= times[i].seconds;
            return oc_in_bounds(field, *seconds);
        }
    return 0;
}

void oc_time_expects(const oc_field *field, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; field->names && field->names[i] && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s or ", field->names[i]);
    snprintf(out + length, size - length, "%sa number with a unit: s, m, h or d",
             oc_in_bounds(field, 0) ? "0 or " : "");
}

oc_status oc_time_parse(const oc_reading *r, void *to)
{
    const char *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    return parse_time(r->field, item, to) ? OC_OK : oc_value_unexpected(r, item, lacks_unit(item));
}

/* In the largest unit that gives a number without a fraction. */
void oc_time_print(FILE *out, const oc_field *field, const void *from)
{
    const double seconds = *(const double *)from;
    if (seconds <= 0) {
        fputs(seconds < 0 ? field->names[0] : "0", out);
        return;
    }
    size_t i = 0;
    while (i < TIMES - 1 && fmod(seconds, times[i].seconds) != 0)
        i++;
    oc_print_real(out, seconds / times[i].seconds);
    fputc(times[i].name, out);
}

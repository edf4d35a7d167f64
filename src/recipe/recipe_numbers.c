/* recipe_numbers.c - types of values that are plain numbers, and short lists of them. */
#include "recipe/recipe_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_whole(const char *text, int64_t *number)
{
    if (!text[0] || strspn(text, "0123456789+-") != strlen(text))
        return 0;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

/* "auto or a number from 1 to 2" */
static void number_expects(const oc_field *field, const char *kind, char *out, size_t size)
{
    const size_t length = oc_expects_words(field, out, size);
    snprintf(out + length, size - length, "%s %s %.15g %s%.15g", kind,
             field->above_min ? "above" : "from", field->min,
             field->above_min   ? field->below_max ? "and below " : "and up to "
             : field->below_max ? "to below "
                                : "to ",
             field->max);
}

/* ---- whole numbers ---- */

static oc_status parse_bounded(const oc_reading *r, int64_t *number)
{
    const char *item;
    oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    if (oc_value_is_auto(r->field, item))
        *number = (int64_t)r->field->automatic;
    else if (!parse_whole(item, number) || !oc_in_bounds(r->field, (double)*number))
        status = oc_value_unexpected(r, item, "");
    return status;
}

static void print_whole(FILE *out, const oc_field *field, int64_t number)
{
    if (field->may_be_auto && (double)number == field->automatic)
        fputs("auto", out);
    else
        fprintf(out, "%lld", (long long)number);
}

void oc_whole_expects(const oc_field *field, char *out, size_t size)
{
    number_expects(field, "a whole number", out, size);
}

oc_status oc_whole_parse(const oc_reading *r, void *to)
{
    return parse_bounded(r, to);
}

void oc_whole_print(FILE *out, const oc_field *field, const void *from)
{
    print_whole(out, field, *(const int64_t *)from);
}

void oc_int_expects(const oc_field *field, char *out, size_t size)
{
    number_expects(field, "a whole number", out, size);
}

oc_status oc_int_parse(const oc_reading *r, void *to)
{
    int64_t number = 0;
    const oc_status status = parse_bounded(r, &number);
    *(int *)to = (int)number;
    return status;
}

void oc_int_print(FILE *out, const oc_field *field, const void *from)
{
    print_whole(out, field, *(const int *)from);
}

void oc_seed_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "a whole number from 0 to 18446744073709551615");
}

oc_status oc_seed_parse(const oc_reading *r, void *to)
{
    const char *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    errno = 0;
    *(uint64_t *)to = strtoull(item, NULL, 10);
    return strspn(item, "0123456789") == strlen(item) && errno == 0
               ? OC_OK
               : oc_value_unexpected(r, item, "");
}

void oc_seed_print(FILE *out, const oc_field *field, const void *from)
{
    (void)field;
    fprintf(out, "%llu", (unsigned long long)*(const uint64_t *)from);
}

/* ---- real numbers ---- */

void oc_real_expects(const oc_field *field, char *out, size_t size)
{
    number_expects(field, "a number", out, size);
}

oc_status oc_real_parse(const oc_reading *r, void *to)
{
    const oc_field *const field = r->field;
    double *const real = to;
    const char *item;
    oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    if (oc_value_is_auto(field, item))
        *real = field->automatic;
    else if (field->zero && strcmp(item, field->zero) == 0)
        *real = 0;
    else if (!oc_parse_real(item, real) || !oc_in_bounds(field, *real))
        status = oc_value_unexpected(r, item, "");
    return status;
}

void oc_real_print(FILE *out, const oc_field *field, const void *from)
{
    const double real = *(const double *)from;
    if (field->may_be_auto && real == field->automatic)
        fputs("auto", out);
    else if (field->zero && real == 0)
        fputs(field->zero, out);
    else
        oc_print_real(out, real);
}

/* ---- one or two of them ---- */

void oc_pair_expects(const oc_field *field, char *out, size_t size)
{
    snprintf(out, size, "one or two numbers from %.15g to %s%.15g", field->min,
             field->below_max ? "below " : "", field->max);
}

oc_status oc_pair_parse(const oc_reading *r, void *to)
{
    double *const pair = to;
    const size_t count = r->value->count;
    if (count < 1 || count > 2)
        return oc_value_unexpected(r, NULL, "");
    for (size_t i = 0; i < 2; i++) {
        const char *const item = r->value->items[i < count ? i : 0];
        if (!oc_parse_real(item, &pair[i]) || !oc_in_bounds(r->field, pair[i]))
            return oc_value_unexpected(r, item, "");
    }
    return OC_OK;
}

void oc_pair_print(FILE *out, const oc_field *field, const void *from)
{
    const double *const pair = from;
    (void)field;
    fputc('[', out);
    oc_print_real(out, pair[0]);
    fputs(", ", out);
    oc_print_real(out, pair[1]);
    fputc(']', out);
}

/* Items [0, count) of the value, the first for all that are not there. */
static oc_status parse_ints(const oc_reading *r, int *ints, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *const item = r->value->items[i < r->value->count ? i : 0];
        int64_t whole = 0;
        if (!parse_whole(item, &whole) || !oc_in_bounds(r->field, (double)whole))
            return oc_value_unexpected(r, item, "");
        ints[i] = (int)whole;
    }
    return OC_OK;
}

void oc_sizes_expects(const oc_field *field, char *out, size_t size)
{
    snprintf(out, size, "one or two whole numbers from %.15g to %.15g", field->min, field->max);
}

oc_status oc_sizes_parse(const oc_reading *r, void *to)
{
    return r->value->count < 1 || r->value->count > 2 ? oc_value_unexpected(r, NULL, "")
                                                      : parse_ints(r, to, 2);
}

void oc_sizes_print(FILE *out, const oc_field *field, const void *from)
{
    const int *const sizes = from;
    (void)field;
    fprintf(out, "[%d, %d]", sizes[0], sizes[1]);
}

/* ---- the hidden layers of a network ---- */

void oc_widths_expects(const oc_field *field, char *out, size_t size)
{
    snprintf(out, size, "a list of up to %d whole numbers from %.15g to %.15g", OC_MAX_HIDDEN,
             field->min, field->max);
}

oc_status oc_widths_parse(const oc_reading *r, void *to)
{
    oc_model_config *const model = to;
    if (r->value->count > OC_MAX_HIDDEN)
        return oc_value_unexpected(r, NULL, "");
    model->hidden_count = (int)r->value->count;
    return parse_ints(r, model->hidden, r->value->count);
}

void oc_widths_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_model_config *const model = from;
    (void)field;
    fputc('[', out);
    for (int i = 0; i < model->hidden_count; i++)
        fprintf(out, "%s%d", i ? ", " : "", model->hidden[i]);
    fputc(']', out);
}

/* recipe_value.c - a value as written -> a checked value in the recipe, and back to text.
 * Numbers are read and written in the C locale (recipe.c sees to it). */
#include "base/suggest.h"
#include "base/utf8.h"
#include "recipe/recipe_private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const char *oc_clean(const char *text, char out[OC_CLEAN_BYTES])
{
    size_t length = 0;
    for (; text[length] && length < OC_CLEAN_BYTES - 4; length++)
        out[length] = (unsigned char)text[length] < ' ' || text[length] == 127 ? '?' : text[length];
    if (text[length]) {
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--; /* not inside a UTF-8 character */
        memcpy(out + length, "...", 3);
        length += 3;
    }
    out[length] = '\0';
    return out;
}

oc_status oc_value_fail(const oc_source *source, const oc_value *value, const char *format, ...)
{
    char text[900], clean[OC_CLEAN_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (value->set)
        return oc_fail(OC_ERR_USAGE, "--set %s: %s", oc_clean(value->set, clean), text);
    if (value->line > 0)
        return oc_fail(OC_ERR_USAGE, "%s:%d: %s", source->name, value->line, text);
    return oc_fail(OC_ERR_USAGE, "%s: %s", source->name, text);
}

void oc_field_expects(const oc_field *field, char *out, size_t size)
{
    size_t length = 0;
    const int is_whole = field->type == OC_FIELD_WHOLE || field->type == OC_FIELD_INT;
    const char *const kind = is_whole ? "a whole number" : "a number";
    char automatic[40];
    snprintf(automatic, sizeof automatic, "%s%s%s", field->may_be_auto ? "auto or " : "",
             field->zero ? field->zero : "", field->zero ? " or " : "");
    switch (field->type) {
    case OC_FIELD_NAME:
        for (size_t i = 0; field->names[i] && length < size; i++)
            length += (size_t)snprintf(out + length, size - length, "%s%s", i ? " or " : "",
                                       field->names[i]);
        return;
    case OC_FIELD_FILE:
        snprintf(out, size, "the path of a file");
        return;
    case OC_FIELD_TEXT:
        snprintf(out, size, "a name of at most %d bytes", OC_NAME_BYTES - 1);
        return;
    case OC_FIELD_BYTES:
        snprintf(out, size, "%sbytes as a whole number with a unit: B, KiB, MiB, GiB or TiB",
                 automatic);
        return;
    case OC_FIELD_TIME:
        for (size_t i = 0; field->names && field->names[i] && length < size; i++)
            length += (size_t)snprintf(out + length, size - length, "%s or ", field->names[i]);
        snprintf(out + length, size - length, "0 or a number with a unit: s, m, h or d");
        return;
    case OC_FIELD_SEED:
        snprintf(out, size, "a whole number from 0 to 18446744073709551615");
        return;
    case OC_FIELD_SWITCH:
        snprintf(out, size, "true or false");
        return;
    case OC_FIELD_LAYERS:
        snprintf(out, size, "a list of up to %d layers", OC_MAX_SPECS);
        return;
    case OC_FIELD_SIZES:
        snprintf(out, size, "one or two whole numbers from %.15g to %.15g", field->min, field->max);
        return;
    case OC_FIELD_WIDTHS:
        snprintf(out, size, "a list of up to %d whole numbers from %.15g to %.15g", OC_MAX_HIDDEN,
                 field->min, field->max);
        return;
    case OC_FIELD_PAIR:
        snprintf(out, size, "one or two numbers from %.15g to %s%.15g", field->min,
                 field->below_max ? "below " : "", field->max);
        return;
    case OC_FIELD_RATE:
    case OC_FIELD_SPAN:
    case OC_FIELD_SPANS:
    case OC_FIELD_NUMBERS:
    case OC_FIELD_PATTERNS:
        oc_span_expects(field, out, size);
        return;
    case OC_FIELD_WHOLE:
    case OC_FIELD_INT:
    case OC_FIELD_REAL:
        snprintf(out, size, "%s%s %s %.15g %s%.15g", automatic, kind,
                 field->above_min ? "above" : "from", field->min,
                 field->below_max   ? "to below "
                 : field->above_min ? "up to "
                                    : "to ",
                 field->max);
        return;
    }
}

oc_status oc_value_unexpected(const oc_source *source, const oc_value *value, const oc_field *field,
                              const char *item, const char *hint)
{
    char expects[320], clean[OC_CLEAN_BYTES];
    oc_field_expects(field, expects, sizeof expects);
    if (!item)
        return oc_value_fail(source, value, "%s: expected %s, found a list of %zu values%s",
                             field->path, expects, value->count, hint);
    if (!item[0])
        return oc_value_fail(source, value, "%s: expected %s, found nothing%s", field->path,
                             expects, hint);
    return oc_value_fail(source, value, "%s: expected %s, found \"%s\"%s", field->path, expects,
                         oc_clean(item, clean), hint);
}

int oc_in_bounds(const oc_field *field, double number)
{
    return (field->above_min ? number > field->min : number >= field->min) &&
           (field->below_max ? number < field->max : number <= field->max);
}

int oc_parse_real(const char *text, double *number)
{
    if (!text[0] || strspn(text, "0123456789+-.eE") != strlen(text))
        return 0;
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

static int parse_whole(const char *text, int64_t *number)
{
    if (!text[0] || strspn(text, "0123456789+-") != strlen(text))
        return 0;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

static oc_status store_text(const oc_source *source, const oc_value *value, const oc_field *field,
                            char *out)
{
    const char *const item = value->items[0];
    if (strlen(item) >= OC_NAME_BYTES)
        return oc_value_fail(source, value, "%s: the name has %zu bytes, expected below %d",
                             field->path, strlen(item), OC_NAME_BYTES);
    memset(out, 0, OC_NAME_BYTES);
    memcpy(out, item, strlen(item));
    for (const unsigned char *at = (const unsigned char *)out; *at;)
        if (oc_utf8_next(&at) < 0)
            return oc_value_fail(source, value, "%s: the name is not UTF-8", field->path);
    return OC_OK;
}

static int parse_seed(const char *text, uint64_t *number)
{
    if (!text[0] || strspn(text, "0123456789") != strlen(text))
        return 0;
    errno = 0;
    *number = strtoull(text, NULL, 10);
    return errno == 0;
}

static int parse_name(const oc_field *field, const char *text, int *kind)
{
    for (*kind = 0; field->names[*kind]; ++*kind)
        if (strcmp(field->names[*kind], text) == 0)
            return 1;
    return 0;
}

/* YAML 1.1 took more words for true and false: a hint to who uses them. */
static const char *other_truth(const char *item)
{
    static const struct {
        const char *word, *hint;
    } others[] = {{"yes", "; write true"}, {"on", "; write true"},   {"1", "; write true"},
                  {"no", "; write false"}, {"off", "; write false"}, {"0", "; write false"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(item, others[i].word) == 0)
            return others[i].hint;
    return "";
}

static oc_status store_file(const oc_source *source, const oc_value *value, const oc_field *field,
                            const char *folder, char *out)
{
    const char *const item = value->items[0];
    char here[OC_PATH_BYTES] = "";
    if (item[0] != '/' && value->set && !getcwd(here, sizeof here))
        return oc_fail(OC_ERR_IO, "the current folder: %s", strerror(errno));
    const char *const base = item[0] == '/' ? "" : value->set ? here : folder;
    const int length =
        snprintf(out, OC_PATH_BYTES, "%s%s%s", base, item[0] == '/' ? "" : "/", item);
    if (length >= OC_PATH_BYTES)
        return oc_value_fail(source, value, "%s: the path has %d bytes, expected below %d",
                             field->path, length, OC_PATH_BYTES);
    if (!oc_utf8_is_valid(out))
        return oc_value_fail(source, value, "%s: the path is not UTF-8: %s", field->path, out);
    return OC_OK;
}

static oc_status store_list(const oc_source *source, const oc_value *value, const oc_field *field,
                            void *to)
{
    oc_model_config *const model = to;
    int *const sizes = to;
    double *const pair = to;
    const int is_whole = field->type != OC_FIELD_PAIR, is_pair = field->type != OC_FIELD_WIDTHS;
    if (is_pair ? value->count < 1 || value->count > 2 : value->count > OC_MAX_HIDDEN)
        return oc_value_unexpected(source, value, field, NULL, "");
    for (size_t i = 0; i < value->count; i++) {
        int64_t whole = 0;
        double real = 0;
        const int good =
            is_whole ? parse_whole(value->items[i], &whole) : oc_parse_real(value->items[i], &real);
        if (!good || !oc_in_bounds(field, is_whole ? (double)whole : real))
            return oc_value_unexpected(source, value, field, value->items[i], "");
        for (size_t k = i; k < (is_pair ? 2 : i + 1); k++)
            if (field->type == OC_FIELD_WIDTHS)
                model->hidden[k] = (int)whole;
            else if (field->type == OC_FIELD_SIZES)
                sizes[k] = (int)whole;
            else
                pair[k] = real;
    }
    if (!is_pair)
        model->hidden_count = (int)value->count;
    return OC_OK;
}

oc_status oc_value_store(oc_source *source, const oc_value *value, const oc_field *field,
                         const char *folder, void *base)
{
    static const char *const truth[] = {"true", "True", "TRUE"};
    static const char *const lies[] = {"false", "False", "FALSE"};
    void *const to = (char *)base + field->offset;
    if (field->type == OC_FIELD_LAYERS)
        return oc_layers_store(source, value, to);
    if (field->type == OC_FIELD_PAIR || field->type == OC_FIELD_SIZES ||
        field->type == OC_FIELD_WIDTHS)
        return store_list(source, value, field, to);
    if (field->type >= OC_FIELD_RATE && field->type <= OC_FIELD_PATTERNS)
        return oc_span_store(source, value, field, to);
    if (value->count != 1)
        return oc_value_unexpected(source, value, field, NULL, "");
    const char *const item = value->items[0];
    if (field->type == OC_FIELD_TEXT)
        return store_text(source, value, field, to);
    if (!item[0] && field->type == OC_FIELD_FILE && field->may_be_empty)
        return OC_OK; /* as the recipe began */
    if (!item[0])
        return oc_value_unexpected(source, value, field, item, "");

    int64_t whole = 0;
    double real = 0;
    const int is_auto = field->may_be_auto && strcmp(item, "auto") == 0;
    switch (field->type) {
    case OC_FIELD_NAME: {
        size_t count = 0;
        while (field->names[count])
            count++;
        const char *const meant = oc_nearest(item, field->names, count);
        char hint[80] = "";
        if (meant && count > 1)
            snprintf(hint, sizeof hint, "; did you mean %s?", meant);
        return parse_name(field, item, to) ? OC_OK
                                           : oc_value_unexpected(source, value, field, item, hint);
    }
    case OC_FIELD_FILE:
        return store_file(source, value, field, folder, to);
    case OC_FIELD_WHOLE:
        if (!is_auto && (!parse_whole(item, &whole) || !oc_in_bounds(field, (double)whole)))
            return oc_value_unexpected(source, value, field, item, "");
        *(int64_t *)to = is_auto ? (int64_t)field->automatic : whole;
        return OC_OK;
    case OC_FIELD_BYTES:
        if (!is_auto && (!oc_parse_bytes(item, &whole) || !oc_in_bounds(field, (double)whole)))
            return oc_value_unexpected(source, value, field, item,
                                       parse_whole(item, &whole) ? "; a unit is missing" : "");
        *(int64_t *)to = whole;
        return OC_OK;
    case OC_FIELD_INT:
        if (!is_auto && (!parse_whole(item, &whole) || !oc_in_bounds(field, (double)whole)))
            return oc_value_unexpected(source, value, field, item, "");
        *(int *)to = (int)whole;
        return OC_OK;
    case OC_FIELD_TIME:
        return oc_parse_time(field, item, to)
                   ? OC_OK
                   : oc_value_unexpected(source, value, field, item,
                                         oc_parse_real(item, &real) ? "; a unit is missing" : "");
    case OC_FIELD_SEED:
        return parse_seed(item, to) ? OC_OK : oc_value_unexpected(source, value, field, item, "");
    case OC_FIELD_REAL:
        if (is_auto)
            real = field->automatic;
        else if (!(field->zero && strcmp(item, field->zero) == 0) &&
                 (!oc_parse_real(item, &real) || !oc_in_bounds(field, real)))
            return oc_value_unexpected(source, value, field, item, "");
        *(double *)to = real;
        return OC_OK;
    case OC_FIELD_SWITCH:
        for (size_t i = 0; i < sizeof truth / sizeof truth[0]; i++)
            if (strcmp(item, truth[i]) == 0 || strcmp(item, lies[i]) == 0) {
                *(int *)to = strcmp(item, truth[i]) == 0;
                return OC_OK;
            }
        return oc_value_unexpected(source, value, field, item, other_truth(item));
    case OC_FIELD_TEXT:
    case OC_FIELD_PAIR:
    case OC_FIELD_SIZES:
    case OC_FIELD_LAYERS:
    case OC_FIELD_WIDTHS:
    case OC_FIELD_RATE:
    case OC_FIELD_SPAN:
    case OC_FIELD_SPANS:
    case OC_FIELD_NUMBERS:
    case OC_FIELD_PATTERNS:
        break; /* dealt with above */
    }
    return oc_fail(OC_ERR_INTERNAL, "%s: unknown type of key", field->path);
}

/* The fewest digits that read back to the same bits; whole numbers without exponent. */
void oc_print_real(FILE *out, double number)
{
    char text[40];
    if (fabs(number) < 1e15 && number == floor(number)) {
        fprintf(out, "%.0f", number);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    fputs(text, out);
}

/* In double quotes, everything but plain ASCII escaped. */
void oc_print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        const int32_t point = oc_utf8_next(&at);
        if (point == '"' || point == '\\')
            fprintf(out, "\\%c", (char)point);
        else if (point >= ' ' && point < 127)
            fputc((char)point, out);
        else
            fprintf(out, "\\U%08lX", (unsigned long)(uint32_t)point);
    }
    fputc('"', out);
}

void oc_value_print(FILE *out, const oc_field *field, const void *base)
{
    const void *const from = (const char *)base + field->offset;
    const oc_model_config *const model = from;
    switch (field->type) {
    case OC_FIELD_NAME:
        fputs(field->names[*(const int *)from], out);
        return;
    case OC_FIELD_FILE:
    case OC_FIELD_TEXT:
        oc_print_quoted(out, from);
        return;
    case OC_FIELD_BYTES:
        if (field->may_be_auto && *(const int64_t *)from == 0)
            fputs("auto", out);
        else
            oc_print_bytes(out, *(const int64_t *)from);
        return;
    case OC_FIELD_WHOLE:
        if (field->may_be_auto && (double)*(const int64_t *)from == field->automatic)
            fputs("auto", out);
        else
            fprintf(out, "%lld", (long long)*(const int64_t *)from);
        return;
    case OC_FIELD_INT:
        if (field->may_be_auto && *(const int *)from == 0)
            fputs("auto", out);
        else
            fprintf(out, "%d", *(const int *)from);
        return;
    case OC_FIELD_SIZES:
        fprintf(out, "[%d, %d]", ((const int *)from)[0], ((const int *)from)[1]);
        return;
    case OC_FIELD_LAYERS:
        oc_layers_print(out, from);
        return;
    case OC_FIELD_TIME:
        oc_print_time(out, field, *(const double *)from);
        return;
    case OC_FIELD_SEED:
        fprintf(out, "%llu", (unsigned long long)*(const uint64_t *)from);
        return;
    case OC_FIELD_REAL:
        if (field->may_be_auto && *(const double *)from == field->automatic)
            fputs("auto", out);
        else if (field->zero && *(const double *)from == 0)
            fputs(field->zero, out);
        else
            oc_print_real(out, *(const double *)from);
        return;
    case OC_FIELD_PAIR:
        fputc('[', out);
        oc_print_real(out, ((const double *)from)[0]);
        fputs(", ", out);
        oc_print_real(out, ((const double *)from)[1]);
        fputc(']', out);
        return;
    case OC_FIELD_WIDTHS:
        fputc('[', out);
        for (int i = 0; i < model->hidden_count; i++)
            fprintf(out, "%s%d", i ? ", " : "", model->hidden[i]);
        fputc(']', out);
        return;
    case OC_FIELD_RATE:
    case OC_FIELD_SPAN:
    case OC_FIELD_SPANS:
    case OC_FIELD_NUMBERS:
    case OC_FIELD_PATTERNS:
        oc_span_print(out, field, from);
        return;
    case OC_FIELD_SWITCH:
        fputs(*(const int *)from ? "true" : "false", out);
        return;
    }
}

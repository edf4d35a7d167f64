/* recipe_spans.c - values with a form of their own: spans ("2 epochs"), rates ("slice(a, b)"),
 * lists of spans and numbers, lists of patterns. The rest is in recipe_value.c. */
#include "recipe/recipe_private.h"

#include <string.h>

static const struct {
    const char *word;
    oc_span_unit unit;
} units[] = {
    {"", OC_SPAN_STEPS},        {"steps", OC_SPAN_STEPS},  {"step", OC_SPAN_STEPS},
    {"epochs", OC_SPAN_EPOCHS}, {"epoch", OC_SPAN_EPOCHS}, {"%", OC_SPAN_PERCENT},
};

/* "2 epochs", "500", "30%" */
static int parse_span(const oc_field *field, const char *text, oc_span *span)
{
    char number[40];
    const size_t digits = strspn(text, "0123456789+-.eE"), all = strlen(text);
    size_t length = digits; /* the e of epochs is no exponent */
    while (length > 0 && strchr("eE", text[length - 1]))
        length--;
    if (length == 0 || length >= sizeof number || all > 64)
        return 0;
    snprintf(number, sizeof number, "%.*s", (int)length, text);
    const char *word = text + length;
    word += strspn(word, " ");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(word, units[i].word) == 0) {
            span->unit = units[i].unit;
            return oc_parse_real(number, &span->count) && oc_in_bounds(field, span->count);
        }
    return 0;
}

/* A number of `text` up to `end`, spaces around it allowed. */
static int parse_part(const oc_field *field, const char *text, const char *end, double *number)
{
    char part[40];
    text += strspn(text, " ");
    while (end > text && end[-1] == ' ')
        end--;
    if (end <= text || (size_t)(end - text) >= sizeof part)
        return 0;
    snprintf(part, sizeof part, "%.*s", (int)(end - text), text);
    return oc_parse_real(part, number) && oc_in_bounds(field, *number);
}

static int parse_rate(const oc_field *field, const char *text, oc_rate *rate)
{
    static const char slice[] = "slice(";
    const size_t all = strlen(text), prefix = sizeof slice - 1;
    rate->first = 0;
    rate->spread = OC_SPREAD_NONE;
    if (strncmp(text, slice, prefix) != 0 || text[all - 1] != ')')
        return oc_parse_real(text, &rate->last) && oc_in_bounds(field, rate->last);
    const char *const begin = text + prefix, *const end = text + all - 1;
    const char *const comma = strchr(begin, ',');
    rate->spread = comma ? OC_SPREAD_GEOMETRIC : OC_SPREAD_TENTH;
    return comma ? parse_part(field, begin, comma, &rate->first) &&
                       parse_part(field, comma + 1, end, &rate->last)
                 : parse_part(field, begin, end, &rate->last);
}

static int parse_pattern(const char *text, char *pattern)
{
    if (!text[0] || strlen(text) >= OC_PATTERN_BYTES)
        return 0;
    for (const char *at = text; *at; at++) /* what no name of a parameter has */
        if (*at <= ' ' || *at > '~')
            return 0;
    memcpy(pattern, text, strlen(text) + 1);
    return 1;
}

static size_t most_items(const oc_field *field)
{
    return field->type == OC_FIELD_PATTERNS ? OC_MAX_PATTERNS : OC_MAX_KNOTS;
}

static oc_status store_items(const oc_source *source, const oc_value *value, const oc_field *field,
                             void *to)
{
    oc_span_list *const spans = to;
    oc_number_list *const numbers = to;
    oc_pattern_list *const patterns = to;
    if (value->count > most_items(field) || (value->count == 0 && !field->may_be_empty))
        return oc_value_unexpected(source, value, field, NULL, "");
    for (size_t i = 0; i < value->count; i++) {
        const char *const item = value->items[i];
        const int good = field->type == OC_FIELD_SPANS     ? parse_span(field, item, &spans->at[i])
                         : field->type == OC_FIELD_NUMBERS ? oc_parse_real(item, &numbers->at[i]) &&
                                                                 oc_in_bounds(field, numbers->at[i])
                                                           : parse_pattern(item, patterns->at[i]);
        if (!good)
            return oc_value_unexpected(source, value, field, item, "");
    }
    if (field->type == OC_FIELD_SPANS)
        spans->count = (int64_t)value->count;
    else if (field->type == OC_FIELD_NUMBERS)
        numbers->count = (int64_t)value->count;
    else
        patterns->count = (int64_t)value->count;
    return OC_OK;
}

oc_status oc_span_store(const oc_source *source, const oc_value *value, const oc_field *field,
                        void *to)
{
    if (field->type != OC_FIELD_SPAN && field->type != OC_FIELD_RATE)
        return store_items(source, value, field, to);
    if (value->count != 1)
        return oc_value_unexpected(source, value, field, NULL, "");
    const char *const item = value->items[0];
    if (field->type == OC_FIELD_RATE)
        return parse_rate(field, item, to) ? OC_OK
                                           : oc_value_unexpected(source, value, field, item, "");
    if (field->may_be_auto && strcmp(item, "auto") == 0) {
        oc_span *const span = to;
        span->count = 0;
        span->unit = OC_SPAN_STEPS;
        return OC_OK;
    }
    return parse_span(field, item, to) ? OC_OK
                                       : oc_value_unexpected(source, value, field, item, "");
}

static void print_span(FILE *out, const oc_span *span)
{
    oc_print_real(out, span->count);
    fputs(span->unit == OC_SPAN_EPOCHS ? " epochs" : span->unit == OC_SPAN_PERCENT ? "%" : "", out);
}

static void print_rate(FILE *out, const oc_rate *rate)
{
    if (rate->spread == OC_SPREAD_NONE) {
        oc_print_real(out, rate->last);
        return;
    }
    fputs("\"slice(", out);
    if (rate->spread == OC_SPREAD_GEOMETRIC) {
        oc_print_real(out, rate->first);
        fputs(", ", out);
    }
    oc_print_real(out, rate->last);
    fputs(")\"", out);
}

void oc_span_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_span *const span = from;
    const oc_span_list *const spans = from;
    const oc_number_list *const numbers = from;
    const oc_pattern_list *const patterns = from;
    if (field->type == OC_FIELD_RATE) {
        print_rate(out, from);
        return;
    }
    if (field->type == OC_FIELD_SPAN) {
        if (field->may_be_auto && span->count == 0)
            fputs("auto", out);
        else
            print_span(out, span);
        return;
    }
    const int64_t count = field->type == OC_FIELD_SPANS     ? spans->count
                          : field->type == OC_FIELD_NUMBERS ? numbers->count
                                                            : patterns->count;
    fputc('[', out);
    for (int64_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", out);
        if (field->type == OC_FIELD_SPANS)
            print_span(out, &spans->at[i]);
        else if (field->type == OC_FIELD_NUMBERS)
            oc_print_real(out, numbers->at[i]);
        else
            oc_print_quoted(out, patterns->at[i]);
    }
    fputc(']', out);
}

void oc_span_expects(const oc_field *field, char *out, size_t size)
{
    char bounds[80];
    snprintf(bounds, sizeof bounds, "%s %.15g %s%.15g", field->above_min ? "above" : "from",
             field->min, field->above_min ? "up to " : "to ", field->max);
    switch (field->type) {
    case OC_FIELD_RATE:
        snprintf(out, size, "slice(a, b) or slice(b) or a number %s", bounds);
        return;
    case OC_FIELD_SPAN:
        snprintf(out, size, "%ssteps, or a number with \"epochs\" or %% of the run, %s",
                 field->may_be_auto ? "auto or " : "", bounds);
        return;
    case OC_FIELD_SPANS:
        snprintf(out, size, "a list of up to %d steps, or numbers with \"epochs\" or %% of the run",
                 OC_MAX_KNOTS);
        return;
    case OC_FIELD_NUMBERS:
        snprintf(out, size, "a list of up to %d numbers %s", OC_MAX_KNOTS, bounds);
        return;
    default:
        snprintf(out, size, "a list of up to %d patterns such as conv*", OC_MAX_PATTERNS);
        return;
    }
}

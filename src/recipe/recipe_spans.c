/* recipe_spans.c - types of values with a form of their own: spans ("2 epochs"), rates
 * ("slice(a, b)"), lists of spans, numbers and patterns. */
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

/* "from 1 to 2" */
static void print_bounds(const oc_field *field, char *out, size_t size)
{
    snprintf(out, size, "%s %.15g %s%.15g", field->above_min ? "above" : "from", field->min,
             field->above_min ? "and up to " : "to ", field->max);
}

/* ---- a learning rate ---- */

void oc_rate_expects(const oc_field *field, char *out, size_t size)
{
    char bounds[80];
    print_bounds(field, bounds, sizeof bounds);
    snprintf(out, size, "slice(a, b), slice(b) or a number %s", bounds);
}

oc_status oc_rate_parse(const oc_reading *r, void *to)
{
    const char *const item = r->value->count == 1 ? r->value->items[0] : NULL;
    return item && parse_rate(r->field, item, to) ? OC_OK : oc_value_unexpected(r, item, "");
}

void oc_rate_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_rate *const rate = from;
    (void)field;
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

/* ---- a stretch of the run ---- */

void oc_span_expects(const oc_field *field, char *out, size_t size)
{
    char bounds[80];
    print_bounds(field, bounds, sizeof bounds);
    const size_t length = oc_expects_words(field, out, size);
    snprintf(out + length, size - length, "steps, or a number with \"epochs\" or %% of the run, %s",
             bounds);
}

oc_status oc_span_parse(const oc_reading *r, void *to)
{
    const char *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    if (oc_value_is_auto(r->field, item)) {
        oc_span *const span = to;
        span->count = 0;
        span->unit = OC_SPAN_STEPS;
        return OC_OK;
    }
    return parse_span(r->field, item, to) ? OC_OK : oc_value_unexpected(r, item, "");
}

static void print_span(FILE *out, const oc_span *span)
{
    oc_print_real(out, span->count);
    fputs(span->unit == OC_SPAN_EPOCHS ? " epochs" : span->unit == OC_SPAN_PERCENT ? "%" : "", out);
}

void oc_span_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_span *const span = from;
    if (field->may_be_auto && span->count == 0)
        fputs("auto", out);
    else
        print_span(out, span);
}

/* ---- lists ---- */

/* Up to `most` values, each by `one` into the element of so many bytes. */
static oc_status parse_list(const oc_reading *r, size_t most, void *at, size_t bytes,
                            int (*one)(const oc_field *field, const char *text, void *to),
                            int64_t *count)
{
    const oc_value *const value = r->value;
    if (value->count > most || (value->count == 0 && !r->field->may_be_empty))
        return oc_value_unexpected(r, NULL, "");
    for (size_t i = 0; i < value->count; i++)
        if (!one(r->field, value->items[i], (char *)at + i * bytes))
            return oc_value_unexpected(r, value->items[i], "");
    *count = (int64_t)value->count;
    return OC_OK;
}

void oc_spans_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "a list of up to %d steps, or numbers with \"epochs\" or %% of the run",
             OC_MAX_KNOTS);
}

static int one_span(const oc_field *field, const char *text, void *to)
{
    return parse_span(field, text, to);
}

oc_status oc_spans_parse(const oc_reading *r, void *to)
{
    oc_span_list *const list = to;
    return parse_list(r, OC_MAX_KNOTS, list->at, sizeof list->at[0], one_span, &list->count);
}

void oc_spans_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_span_list *const list = from;
    (void)field;
    fputc('[', out);
    for (int64_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_span(out, &list->at[i]);
    }
    fputc(']', out);
}

void oc_numbers_expects(const oc_field *field, char *out, size_t size)
{
    char bounds[80];
    print_bounds(field, bounds, sizeof bounds);
    snprintf(out, size, "a list of up to %d numbers %s", OC_MAX_KNOTS, bounds);
}

static int one_number(const oc_field *field, const char *text, void *to)
{
    double *const number = to;
    return oc_parse_real(text, number) && oc_in_bounds(field, *number);
}

oc_status oc_numbers_parse(const oc_reading *r, void *to)
{
    oc_number_list *const list = to;
    return parse_list(r, OC_MAX_KNOTS, list->at, sizeof list->at[0], one_number, &list->count);
}

void oc_numbers_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_number_list *const list = from;
    (void)field;
    fputc('[', out);
    for (int64_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        oc_print_real(out, list->at[i]);
    }
    fputc(']', out);
}

void oc_patterns_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "a list of up to %d patterns such as conv*", OC_MAX_PATTERNS);
}

static int one_pattern(const oc_field *field, const char *text, void *to)
{
    (void)field;
    return parse_pattern(text, to);
}

oc_status oc_patterns_parse(const oc_reading *r, void *to)
{
    oc_pattern_list *const list = to;
    return parse_list(r, OC_MAX_PATTERNS, list->at, sizeof list->at[0], one_pattern, &list->count);
}

void oc_patterns_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_pattern_list *const list = from;
    (void)field;
    fputc('[', out);
    for (int64_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        oc_print_quoted(out, list->at[i]);
    }
    fputc(']', out);
}

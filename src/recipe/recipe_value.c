/* recipe_value.c - the table of types, and what their functions share. Numbers are read and written
 * in the C locale (recipe.c sees to it). */
#include "base/utf8.h"
#include "recipe/recipe_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const oc_field_type types[] = {
#define OC_TYPE(kind, name)                                                                        \
    [OC_FIELD_##kind] = {oc_##name##_expects, oc_##name##_parse, oc_##name##_print},
#include "recipe/types.def"
#undef OC_TYPE
};

void oc_field_expects(const oc_field *field, char *out, size_t size)
{
    types[field->type].expects(field, out, size);
}

oc_status oc_value_store(oc_source *source, const oc_value *value, const oc_field *field,
                         const char *folder, void *base)
{
    const oc_reading reading = {source, value, field, folder};
    return types[field->type].parse(&reading, (char *)base + field->offset);
}

void oc_value_print(FILE *out, const oc_field *field, const void *base)
{
    types[field->type].print(out, field, (const char *)base + field->offset);
}

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

oc_status oc_value_unexpected(const oc_reading *r, const char *item, const char *hint)
{
    char expects[320], clean[OC_CLEAN_BYTES];
    oc_field_expects(r->field, expects, sizeof expects);
    if (!item)
        return oc_value_fail(r->source, r->value, "%s: expected %s, found a list of %zu values%s",
                             r->field->path, expects, r->value->count, hint);
    if (!item[0])
        return oc_value_fail(r->source, r->value, "%s: expected %s, found nothing%s",
                             r->field->path, expects, hint);
    return oc_value_fail(r->source, r->value, "%s: expected %s, found \"%s\"%s", r->field->path,
                         expects, oc_clean(item, clean), hint);
}

oc_status oc_value_single(const oc_reading *r, const char **item)
{
    *item = r->value->count == 1 ? r->value->items[0] : NULL;
    return *item && (*item)[0] ? OC_OK : oc_value_unexpected(r, *item, "");
}

int oc_value_is_auto(const oc_field *field, const char *item)
{
    return field->may_be_auto && strcmp(item, "auto") == 0;
}

size_t oc_expects_words(const oc_field *field, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s%s%s", field->may_be_auto ? "auto or " : "",
                            field->zero ? field->zero : "", field->zero ? " or " : "");
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

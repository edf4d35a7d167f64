/* recipe_words.c - types of values that are words: names, true and false, texts, paths of files. */
#include "base/suggest.h"
#include "base/utf8.h"
#include "recipe/recipe_private.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- one of a list of words ---- */

void oc_name_expects(const oc_field *field, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; field->names[i] && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s",
                                   !i                    ? ""
                                   : field->names[i + 1] ? ", "
                                                         : " or ",
                                   field->names[i]);
}

oc_status oc_name_parse(const oc_reading *r, void *to)
{
    const char *const *const names = r->field->names, *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    size_t count = 0;
    for (; names[count]; count++)
        if (strcmp(names[count], item) == 0) {
            *(int *)to = (int)count;
            return OC_OK;
        }
    const char *const meant = oc_nearest(item, names, count);
    char hint[80] = "";
    if (meant && count > 1)
        snprintf(hint, sizeof hint, "; did you mean %s?", meant);
    return oc_value_unexpected(r, item, hint);
}

void oc_name_print(FILE *out, const oc_field *field, const void *from)
{
    fputs(field->names[*(const int *)from], out);
}

/* ---- true or false ---- */

void oc_switch_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "true or false");
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

oc_status oc_switch_parse(const oc_reading *r, void *to)
{
    static const char *const words[2][3] = {{"false", "False", "FALSE"}, {"true", "True", "TRUE"}};
    const char *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    for (int truth = 0; truth < 2; truth++)
        for (int i = 0; i < 3; i++)
            if (strcmp(item, words[truth][i]) == 0) {
                *(int *)to = truth;
                return OC_OK;
            }
    return oc_value_unexpected(r, item, other_truth(item));
}

void oc_switch_print(FILE *out, const oc_field *field, const void *from)
{
    (void)field;
    fputs(*(const int *)from ? "true" : "false", out);
}

/* ---- any name ---- */

void oc_text_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "a name of at most %d bytes", OC_NAME_BYTES - 1);
}

oc_status oc_text_parse(const oc_reading *r, void *to)
{
    char *const out = to;
    if (r->value->count != 1)
        return oc_value_unexpected(r, NULL, "");
    const char *const item = r->value->items[0];
    if (strlen(item) >= OC_NAME_BYTES)
        return oc_value_fail(r->source, r->value,
                             "%s: the name has %zu bytes, expected fewer than %d", r->field->path,
                             strlen(item), OC_NAME_BYTES);
    memset(out, 0, OC_NAME_BYTES);
    memcpy(out, item, strlen(item));
    if (!oc_utf8_is_valid(out))
        return oc_value_fail(r->source, r->value, "%s: the name is not UTF-8", r->field->path);
    return OC_OK;
}

void oc_text_print(FILE *out, const oc_field *field, const void *from)
{
    (void)field;
    oc_print_quoted(out, from);
}

/* ---- the path of a file ---- */

void oc_file_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "the path of a file");
}

oc_status oc_file_parse(const oc_reading *r, void *to)
{
    char *const out = to, here[OC_PATH_BYTES] = "";
    if (r->value->count == 1 && !r->value->items[0][0] && r->field->may_be_empty)
        return OC_OK; /* as the recipe began */
    const char *item;
    const oc_status status = oc_value_single(r, &item);
    if (status != OC_OK)
        return status;
    if (item[0] != '/' && r->value->set && !getcwd(here, sizeof here))
        return oc_fail(OC_ERR_IO, "the current directory: %s", strerror(errno));
    const char *const base = item[0] == '/' ? "" : r->value->set ? here : r->folder;
    const int length =
        snprintf(out, OC_PATH_BYTES, "%s%s%s", base, item[0] == '/' ? "" : "/", item);
    if (length >= OC_PATH_BYTES)
        return oc_value_fail(r->source, r->value,
                             "%s: the path has %d bytes, expected fewer than %d", r->field->path,
                             length, OC_PATH_BYTES);
    if (!oc_utf8_is_valid(out))
        return oc_value_fail(r->source, r->value, "%s: the path is not UTF-8: %s", r->field->path,
                             out);
    return OC_OK;
}

void oc_file_print(FILE *out, const oc_field *field, const void *from)
{
    (void)field;
    oc_print_quoted(out, from);
}

/* recipe_unknown.c - a key that there is not: which one was meant. */
#include "base/suggest.h"
#include "recipe/recipe_private.h"

#include <string.h>

/* The nearest key by its part behind the dot: in `section` only, or anywhere (NULL). */
static const char *nearest_key(const char *typed, const char *section)
{
    const char *found = NULL;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < oc_field_count; i++) {
        const char *const key = strchr(oc_fields[i].path, '.') + 1;
        if (section && strncmp(oc_fields[i].path, section, (size_t)(key - oc_fields[i].path)) != 0)
            continue;
        const size_t distance = oc_edit_distance(typed, key);
        if (distance < shortest && oc_is_near(typed, distance)) {
            shortest = distance;
            found = oc_fields[i].path;
        }
    }
    return found;
}

/* The keys of a section ("train." with its dot), or the sections (""), as "a, b, c". */
static void list_keys(const char *section, char *out, size_t size)
{
    const size_t prefix = strlen(section);
    const char *last = "";
    size_t last_length = 0, length = 0;
    for (size_t i = 0; i < oc_field_count && length < size; i++) {
        if (strncmp(oc_fields[i].path, section, prefix) != 0)
            continue;
        const char *const key = oc_fields[i].path + prefix;
        const size_t bytes = strcspn(key, ".");
        if (bytes == last_length && strncmp(key, last, bytes) == 0)
            continue;
        length += (size_t)snprintf(out + length, size - length, "%s%.*s", length ? ", " : "",
                                   (int)bytes, key);
        last = key;
        last_length = bytes;
    }
}

/* A section that is none: another section was meant, or a key without its section. */
static oc_status unknown_section(const oc_source *source, const oc_value *value, const char *typed)
{
    char clean[OC_CLEAN_BYTES], sections[256] = "";
    oc_clean(typed, clean);
    const char *meant = NULL;
    size_t shortest = SIZE_MAX, length = 0;
    for (size_t i = 0; i < oc_field_count; i++) {
        char section[32];
        const size_t bytes = strcspn(oc_fields[i].path, ".");
        snprintf(section, sizeof section, "%.*s", (int)bytes, oc_fields[i].path);
        const size_t distance = oc_edit_distance(typed, section);
        if (distance < shortest && oc_is_near(typed, distance)) {
            shortest = distance;
            meant = oc_fields[i].path;
            length = bytes;
        }
    }
    if (!meant && (meant = nearest_key(typed, NULL)) != NULL)
        length = strlen(meant);
    if (meant)
        return oc_value_fail(source, value, "%s: unknown section; did you mean %.*s?", clean,
                             (int)length, meant);
    list_keys("", sections, sizeof sections);
    return oc_value_fail(source, value, "%s: unknown section; there are %s", clean, sections);
}

oc_status oc_field_unknown(const oc_source *source, const oc_value *value, const char *path)
{
    char clean[OC_CLEAN_BYTES], section[OC_CLEAN_BYTES], keys[512] = "";
    const char *const dot = strchr(path, '.');
    if (!dot || (size_t)(dot - path) + 2 > sizeof section)
        return unknown_section(source, value, path);
    snprintf(section, sizeof section, "%.*s", (int)(dot - path + 1), path);
    list_keys(section, keys, sizeof keys);
    if (!keys[0]) {
        section[dot - path] = '\0';
        return unknown_section(source, value, section);
    }
    oc_clean(path, clean);
    const char *meant = nearest_key(dot + 1, section);
    if (meant && strcmp(meant, path) == 0) /* only --set writes a key in one */
        return oc_value_fail(source, value, "%s: unknown key; did you mean %.*s: {%s: ...}?", clean,
                             (int)(dot - path), path, dot + 1);
    if (!meant)
        meant = nearest_key(dot + 1, NULL);
    if (meant)
        return oc_value_fail(source, value, "%s: unknown key; did you mean %s?", clean, meant);
    return oc_value_fail(source, value, "%s: unknown key; %.*s has %s", clean, (int)(dot - path),
                         path, keys);
}

/* recipe_layers.c - model.layers: the keys of each type of layer in one table, checking them, names
 * and `from`, and writing layers out. Whether shapes fit is found when the network is built. */
#include "base/suggest.h"
#include "recipe/recipe_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
#define OC_LAYER(kind, name) #name,
#include "layers/layers.def"
#undef OC_LAYER
    NULL};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(member) offsetof(oc_layer_config, member)
#define TYPE(kind) (1U << OC_LAYER_##kind)
#define POOLS (TYPE(MAX_POOL) | TYPE(AVG_POOL))
#define WINDOWS (POOLS | TYPE(CONV2D))
#define PRODUCTS (TYPE(CONV2D) | TYPE(LINEAR))
#define NORMS (TYPE(BATCH_NORM) | TYPE(GROUP_NORM))
#define LRN TYPE(LOCAL_RESPONSE_NORM)

enum { LARGEST = 1 << 20 };

static const oc_field keys[] = {
#include "recipe/keys/layers.def"
};
enum { KEYS = sizeof keys / sizeof keys[0] };
static_assert(OC_LAYER_COUNT <= 32, "a bit for each type in oc_field.kinds");

static const char *const common[] = {"type", "name", "from"};
enum { TYPE_KEY, NAME_KEY, FROM_KEY, COMMON };

/* One layer's keys as written: entries [first, last), its place in the file, and its own name. */
typedef struct written {
    oc_source *source;
    const oc_value *place;
    size_t first, last;
    const char *name; /* for messages; "" while it is not known */
} written;

static const oc_entry *find(const written *w, const char *key)
{
    for (size_t i = w->first; i < w->last; i++)
        if (strcmp(w->source->entry[i].key, key) == 0)
            return &w->source->entry[i];
    return NULL;
}

/* "model.layers.conv1.kernel" */
static const char *path_of(const written *w, const char *key, char path[OC_CLEAN_BYTES * 2])
{
    snprintf(path, OC_CLEAN_BYTES * 2, "model.layers%s%s.%s", w->name[0] ? "." : "", w->name, key);
    return path;
}

static int belongs(const oc_field *key, int kind)
{
    return (int)(key->kinds >> (unsigned)kind & 1U);
}

/* Some keys have a meaning only with a value of `initial`, which stands before them: the word for
 * that, else NULL. */
static const char *only_with(const oc_field *key, int *initial)
{
    if (key->offset == AT(deviation)) {
        *initial = OC_INITIAL_NORMAL;
        return "normal";
    }
    *initial = OC_INITIAL_WHITEN;
    return key->offset == AT(epsilon) && belongs(key, OC_LAYER_CONV2D) ? "whiten" : NULL;
}

static int has_meaning(const oc_field *key, const oc_layer_config *config)
{
    int initial;
    return !only_with(key, &initial) || config->initial == initial;
}

/* Fails: no layer has such a key, or another type of layer has. */
static oc_status unknown_key(const written *w, const oc_entry *entry, int kind)
{
    const char *words[COMMON + KEYS];
    size_t count = 0, length = 0;
    char list[400] = "", clean[OC_CLEAN_BYTES], path[OC_CLEAN_BYTES * 2];
    for (size_t i = 0; i < COMMON; i++)
        words[count++] = common[i];
    for (size_t i = 0; i < KEYS; i++)
        if (belongs(&keys[i], kind))
            words[count++] = keys[i].path;
    const char *const meant = oc_nearest(entry->key, words, count);
    path_of(w, oc_clean(entry->key, clean), path);
    if (meant)
        return oc_value_fail(w->source, &entry->value, "%s: unknown key; did you mean %s?", path,
                             meant);
    for (size_t i = 0; i < count && length < sizeof list; i++)
        length +=
            (size_t)snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", words[i]);
    return oc_value_fail(w->source, &entry->value, "%s: unknown key; %s has %s", path,
                         type_names[kind], list);
}

static oc_status check_keys(const written *w, int kind)
{
    for (size_t i = w->first; i < w->last; i++) {
        const oc_entry *entry = &w->source->entry[i];
        char clean[OC_CLEAN_BYTES], path[OC_CLEAN_BYTES * 2];
        int known = 0;
        for (size_t k = 0; k < COMMON; k++)
            known |= strcmp(entry->key, common[k]) == 0;
        for (size_t k = 0; k < KEYS; k++)
            known |= belongs(&keys[k], kind) && strcmp(entry->key, keys[k].path) == 0;
        if (!known)
            return unknown_key(w, entry, kind);
        if (find(w, entry->key) != entry)
            return oc_value_fail(w->source, &entry->value, "%s: given twice",
                                 path_of(w, oc_clean(entry->key, clean), path));
    }
    return OC_OK;
}

static oc_status store_type(const written *w, int *kind)
{
    static const oc_field field = {
        .path = "model.layers.type", .type = OC_FIELD_NAME, .names = type_names};
    const oc_entry *entry = find(w, common[TYPE_KEY]);
    if (!entry)
        return oc_value_fail(w->source, w->place, "model.layers: a layer has no type");
    return oc_value_store(w->source, &entry->value, &field, "/", kind);
}

/* The name given, or the type with the layer's number in the list. */
static oc_status store_name(const written *w, oc_model_config *model, int i)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    oc_layer_spec *spec = &model->layer[i];
    const oc_entry *entry = find(w, common[NAME_KEY]);
    const oc_value *at = entry ? &entry->value : w->place;
    char clean[OC_CLEAN_BYTES];
    if (!entry)
        snprintf(spec->name, sizeof spec->name, "%s%d", type_names[spec->kind], i + 1);
    else {
        const char *name = entry->value.count == 1 ? entry->value.items[0] : "";
        if (!name[0] || strlen(name) >= sizeof spec->name ||
            strspn(name, letters) != strlen(name) || strcmp(name, "input") == 0)
            return oc_value_fail(
                w->source, at,
                "model.layers: the name \"%s\": expected 1 to %zu letters, digits, "
                "_ and -, and not input",
                oc_clean(name, clean), sizeof spec->name - 1);
        snprintf(spec->name, sizeof spec->name, "%s", name);
    }
    for (int j = 0; j < i; j++)
        if (strcmp(model->layer[j].name, spec->name) == 0)
            return oc_value_fail(w->source, at, "model.layers: two layers are called %s",
                                 spec->name);
    return OC_OK;
}

static oc_status store_from(const written *w, oc_model_config *model, int i)
{
    oc_layer_spec *spec = &model->layer[i];
    const oc_entry *entry = find(w, common[FROM_KEY]);
    char path[OC_CLEAN_BYTES * 2], clean[OC_CLEAN_BYTES];
    spec->inputs = 1;
    spec->from[0] = i - 1; /* OC_NETWORK_INPUT for the first */
    if (!entry)
        return OC_OK;
    path_of(w, common[FROM_KEY], path);
    if (entry->value.count < 1 || entry->value.count > OC_LAYER_INPUTS)
        return oc_value_fail(w->source, &entry->value, "%s: expected 1 to %d names, found %zu",
                             path, OC_LAYER_INPUTS, entry->value.count);
    spec->inputs = (int)entry->value.count;
    for (size_t k = 0; k < entry->value.count; k++) {
        const char *words[OC_MAX_SPECS + 1] = {"input"};
        const char *const item = entry->value.items[k];
        int found = OC_NETWORK_NONE;
        for (int j = 0; j < i; j++) {
            words[j + 1] = model->layer[j].name;
            if (strcmp(item, model->layer[j].name) == 0)
                found = j;
        }
        if (strcmp(item, words[0]) == 0)
            found = OC_NETWORK_INPUT;
        if (found == OC_NETWORK_NONE) {
            const char *const meant = oc_nearest(item, words, (size_t)i + 1);
            return oc_value_fail(w->source, &entry->value,
                                 "%s: there is no layer \"%s\" before this one%s%s%s", path,
                                 oc_clean(item, clean), meant ? "; did you mean " : "",
                                 meant ? meant : "", meant ? "?" : "");
        }
        spec->from[k] = found;
    }
    return OC_OK;
}

static oc_status store_keys(const written *w, oc_layer_spec *spec)
{
    oc_status status = OC_OK;
    for (size_t k = 0; k < KEYS && status == OC_OK; k++) {
        char path[OC_CLEAN_BYTES * 2];
        oc_field key = keys[k];
        oc_value initial = {0};
        if (!belongs(&key, spec->kind))
            continue;
        const oc_entry *entry = find(w, key.path);
        key.path = path_of(w, keys[k].path, path);
        if (!has_meaning(&keys[k], &spec->config)) {
            int word;
            if (entry)
                return oc_value_fail(w->source, &entry->value, "%s: only applies with initial: %s",
                                     path, only_with(&keys[k], &word));
            continue;
        }
        if (!entry && !key.initial) {
            char expects[320];
            oc_field_expects(&key, expects, sizeof expects);
            return oc_value_fail(w->source, w->place, "%s: is missing, expected %s", path, expects);
        }
        if (!entry)
            status = oc_recipe_read_value(w->source, key.initial, &initial);
        if (status == OC_OK)
            status = oc_value_store(w->source, entry ? &entry->value : &initial, &key, "/",
                                    &spec->config);
        oc_value_clear(&initial);
    }
    return status;
}

const oc_field *oc_layer_field(size_t i)
{
    return i < KEYS ? &keys[i] : NULL;
}

void oc_layer_owners(const oc_field *field, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (int kind = 0; type_names[kind] && length < size; kind++)
        if (belongs(field, kind))
            length += (size_t)snprintf(out + length, size - length, "%s%s", length ? ", " : "",
                                       type_names[kind]);
}

void oc_layers_expects(const oc_field *field, char *out, size_t size)
{
    (void)field;
    snprintf(out, size, "a list of up to %d layers", OC_MAX_SPECS);
}

oc_status oc_layers_parse(const oc_reading *reading, void *to)
{
    oc_source *const source = reading->source;
    const oc_value *const value = reading->value;
    oc_model_config *const model = to;
    oc_status status = OC_OK;
    if (source->entries == 0)
        return oc_value_fail(source, value, "model.layers: found no layers, expected at least one");
    for (size_t at = 0; at < source->entries && status == OC_OK; model->layers++) {
        const int i = model->layers;
        oc_layer_spec *spec = &model->layer[i];
        written w = {source, &source->entry[at].value, at + 1, at + 1, ""};
        while (w.last < source->entries && source->entry[w.last].key)
            w.last++;
        at = w.last;
        if (i == OC_MAX_SPECS)
            return oc_value_fail(source, w.place, "model.layers: more than %d layers",
                                 OC_MAX_SPECS);
        status = store_type(&w, &spec->kind);
        if (status == OC_OK)
            status = store_name(&w, model, i);
        w.name = spec->name;
        if (status == OC_OK)
            status = check_keys(&w, spec->kind);
        if (status == OC_OK)
            status = store_from(&w, model, i);
        if (status == OC_OK)
            status = store_keys(&w, spec);
    }
    return status;
}

void oc_layers_print(FILE *out, const oc_field *field, const void *from)
{
    const oc_model_config *const model = from;
    (void)field;
    for (int i = 0; i < model->layers; i++) {
        const oc_layer_spec *spec = &model->layer[i];
        fprintf(out, "\n    - {type: %s, name: %s", type_names[spec->kind], spec->name);
        for (size_t k = 0; k < KEYS; k++)
            if (belongs(&keys[k], spec->kind) && has_meaning(&keys[k], &spec->config)) {
                fprintf(out, ", %s: ", keys[k].path);
                oc_value_print(out, &keys[k], &spec->config);
            }
        if (spec->inputs > 1 || spec->from[0] != i - 1)
            for (int k = 0; k < spec->inputs; k++)
                fprintf(out, "%s%s%s", k ? ", " : ", from: [",
                        spec->from[k] == OC_NETWORK_INPUT ? "input"
                                                          : model->layer[spec->from[k]].name,
                        k + 1 < spec->inputs ? "" : "]");
        fputc('}', out);
    }
}

oc_status oc_entry_add(oc_source *source, char *key, oc_value value)
{
    if (source->entries == source->entries_room) {
        const size_t room = source->entries_room ? 2 * source->entries_room : 64;
        oc_entry *entry = realloc(source->entry, room * sizeof *entry);
        if (!entry) {
            free(key);
            oc_value_clear(&value);
            return oc_fail(OC_ERR_MEMORY, "%s: out of memory", source->name);
        }
        source->entry = entry;
        source->entries_room = room;
    }
    source->entry[source->entries++] = (oc_entry){key, value};
    return OC_OK;
}

void oc_entries_clear(oc_source *source)
{
    for (size_t i = 0; i < source->entries; i++) {
        free(source->entry[i].key);
        oc_value_clear(&source->entry[i].value);
    }
    free(source->entry);
    source->entry = NULL;
    source->entries = source->entries_room = 0;
}

/* reference_collect.c - the commands' argp tables, asked of the commands themselves: each gets
 * --help, and instead of printing it hands over its table. */
#include "cli/command_list.h"
#include "cli/common/cli.h"
#include "cli/reference/reference.h"

#include <ctype.h>
#include <string.h>

typedef struct collecting {
    oc_reference *reference;
    oc_reference_command *command;
    int is_full;
} collecting;

/* An argp's options, and then those of its children. */
static void take_options(collecting *c, const struct argp *argp)
{
    oc_reference_command *const command = c->command;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
        if (command->options == OC_REFERENCE_OPTIONS) {
            c->is_full = 1;
            return;
        }
        command->option[command->options++] = *o;
        command->is_family |= oc_option_is_member(o);
    }
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        take_options(c, child->argp);
}

static void take(void *context, const struct argp *argp)
{
    collecting *const c = context;
    c->command->arguments = argp->args_doc ? argp->args_doc : "";
    c->command->doc = argp->doc ? argp->doc : "";
    take_options(c, argp);
}

/* Asks a command, or with `member` one of its family. */
static oc_status ask(collecting *c, oc_comm *comm, const oc_command *command, const char *member,
                     const char *summary)
{
    char name[OC_COMMAND_NAME], word[OC_COMMAND_NAME], help[] = "--help";
    if (c->reference->commands == OC_REFERENCE_COMMANDS)
        return oc_fail(OC_ERR_INTERNAL, "reference: more than %d commands", OC_REFERENCE_COMMANDS);
    c->command = &c->reference->command[c->reference->commands++];
    c->command->summary = summary;
    snprintf(c->command->name, sizeof c->command->name, "%s%s%s", command->name, member ? " " : "",
             member ? member : "");
    snprintf(name, sizeof name, "onecycle %s", command->name);
    snprintf(word, sizeof word, "%s", member ? member : help);
    char *arguments[] = {name, word, member ? help : NULL, NULL};
    oc_cli_tell_help(take, c);
    oc_status status = command->run(comm, member ? 3 : 2, arguments);
    oc_cli_tell_help(NULL, NULL);
    if (status == OC_OK && (c->is_full || !c->command->doc))
        status = oc_fail(OC_ERR_INTERNAL, "reference: onecycle %s: its options cannot be listed",
                         c->command->name);
    return status;
}

oc_status oc_reference_collect(oc_reference *reference, oc_comm *comm)
{
    collecting c = {.reference = reference};
    oc_status status = OC_OK;
    *reference = (oc_reference){0};
    const oc_command *command;
    for (size_t i = 0; (command = oc_command_row(i)) != NULL && status == OC_OK; i++) {
        status = ask(&c, comm, command, NULL, command->summary);
        const oc_reference_command *const family = c.command;
        for (size_t k = 0; family->is_family && k < family->options && status == OC_OK; k++)
            if (oc_option_is_member(&family->option[k]))
                status = ask(&c, comm, command, family->option[k].name, family->option[k].doc);
    }
    return status;
}

int oc_reference_is_member(const oc_reference_command *command, const oc_reference_command *family)
{
    const char *const space = strchr(command->name, ' ');
    const size_t length = family ? strlen(family->name) : 0;
    if (!family || !space)
        return !family && !space;
    return (size_t)(space - command->name) == length &&
           strncmp(command->name, family->name, length) == 0;
}

int oc_option_is_one(const struct argp_option *option)
{
    return option->name && !(option->flags & (OPTION_DOC | OPTION_HIDDEN));
}

int oc_option_is_member(const struct argp_option *option)
{
    return option->name && (option->flags & OPTION_DOC);
}

oc_option_takes oc_option_takes_what(const struct argp_option *option)
{
    static const char *const files[] = {"FILE", "DIR", "RUN", "OUT", "FOLDER"};
    if (!option->arg)
        return OC_TAKES_NOTHING;
    if (strncmp(option->arg, "KEY=", 4) == 0)
        return OC_TAKES_KEY;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strncmp(option->arg, files[i], strlen(files[i])) == 0)
            return OC_TAKES_FILE;
    return OC_TAKES_VALUE;
}

int oc_option_letter(const struct argp_option *option)
{
    return option->key > 0 && option->key < 128 && isalnum(option->key) ? option->key : 0;
}

int oc_help_next(const char **text, oc_help_block *block)
{
    const char *at = *text;
    at += strspn(at, "\n");
    *block = (oc_help_block){.text = at};
    if (!*at || *at == '\v')
        return 0;
    block->is_example = strncmp(at, "  ", 2) == 0;
    const char *end = at;
    do { /* a paragraph goes on to an empty line or an example */
        end += strcspn(end, "\n\v");
        if (block->is_example || *end != '\n' || end[1] == '\n' || strncmp(end + 1, "  ", 2) == 0)
            break;
        end++;
    } while (*end && *end != '\v');
    block->text += block->is_example ? 2 : 0;
    block->length = (size_t)(end - block->text);
    *text = end;
    return 1;
}

size_t oc_help_brief(const char *text)
{
    size_t length = strcspn(text, "\n;:(");
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == ','))
        length--;
    return length;
}

int oc_reference_next_key(size_t *i, oc_recipe_key *key)
{
    oc_recipe_key before;
    for (; oc_recipe_key_at(*i, key); ++*i) {
        int is_first = 1;
        for (size_t k = 0; k < *i && is_first; k++)
            is_first = !oc_recipe_key_at(k, &before) || strcmp(before.path, key->path) != 0;
        if (is_first) {
            ++*i;
            return 1;
        }
    }
    return 0;
}

void oc_reference_put_words(FILE *out, const char *before, const char *after)
{
    oc_recipe_key key;
    for (size_t i = 0; oc_reference_next_key(&i, &key);) {
        if (!key.words)
            continue;
        fprintf(out, "    %s) %s", key.path, before);
        for (size_t k = 0; key.words[k]; k++)
            fprintf(out, "%s%s", k ? " " : "", key.words[k]);
        fprintf(out, "%s ;;\n", after);
    }
}

/* reference_markdown.c - the reference as docs/REFERENCE.md. */
#include "cli/reference/reference.h"

#include <string.h>

/* Prose: what Markdown would take for something else is escaped, line ends are spaces. */
static void put_prose(FILE *out, const char *text, size_t length)
{
    int is_code = 0;
    for (size_t i = 0; i < length; i++) {
        is_code ^= text[i] == '`';
        if (strchr(is_code ? "|" : "*<|", text[i]))
            fputc('\\', out);
        fputc(text[i] == '\n' ? ' ' : text[i], out);
    }
}

/* A meaning as a sentence. */
static void put_sentence(FILE *out, const char *text)
{
    put_prose(out, text, strlen(text));
    fputc('.', out);
}

static const char *resume_text(oc_at_resume at_resume)
{
    static const char *const texts[] = {[OC_RESUME_SAME] = "same",
                                        [OC_RESUME_FILE] = "same content",
                                        [OC_RESUME_CHANGE] = "may change"};
    return texts[at_resume];
}

static void put_key(FILE *out, const oc_recipe_key *key, int is_layer)
{
    const char *const dot = strchr(key->path, '.');
    fprintf(out, "| `%s` | ", dot ? dot + 1 : key->path);
    if (is_layer)
        fprintf(out, "%s | ", key->owners);
    put_prose(out, key->takes, strlen(key->takes));
    fprintf(out, " | %s%s%s | ", key->initial ? "`" : "", key->initial ? key->initial : "required",
            key->initial ? "`" : "");
    if (!is_layer)
        fprintf(out, "%s | ", resume_text(key->at_resume));
    if (!is_layer && key->owners[0])
        fprintf(out, "*%s:* ", key->owners);
    put_sentence(out, key->meaning);
    if (key->short_name)
        fprintf(out, " Short form in sweeps: `%s`.", key->short_name);
    fputs(" |\n", out);
}

static void put_section(FILE *out, const char *section, const char *summary)
{
    const size_t length = strlen(section);
    fprintf(out, "\n### %s\n%s\n\n", section, summary);
    fputs("| Key | Value | Default | On resume | Meaning |\n|---|---|---|---|---|\n", out);
    oc_recipe_key key;
    for (size_t i = 0; oc_recipe_key_at(i, &key); i++)
        if (strncmp(key.path, section, length) == 0 && key.path[length] == '.')
            put_key(out, &key, 0);
}

static void put_keys(FILE *out)
{
    const char *name, *summary;
    fputs("## Recipe keys\n"
          "A recipe is YAML of two levels: sections, and keys with their values. `--set "
          "SECTION.KEY=VALUE`\nchanges one on the command line. A section whose only key is its "
          "`name` may be written as\n`optimizer: adamw`. Unknown keys, wrong types and values out "
          "of range are refused with the line\nthey are on. In the column \"On resume\", `same` "
          "marks keys that decide the result, so a run is only\nresumed with the same value; `same "
          "content` marks files that may have moved but not changed; `may\nchange` marks keys that "
          "are free.\n",
          out);
    for (size_t i = 0; oc_recipe_section_at(i, &name, &summary); i++)
        put_section(out, name, summary);
    fputs("\n### Keys of a layer\n"
          "Each layer of `model.layers` has a `type`; it may have a `name` (default: its type and "
          "its place in\nthe list) and `from`, the names of the layers it reads (default: the one "
          "before it; `input` is the\nnetwork's input). Further keys depend on the type:\n\n"
          "| Key | Types | Value | Default | Meaning |\n|---|---|---|---|---|\n",
          out);
    oc_recipe_key key;
    for (size_t i = 0; oc_layer_key_at(i, &key); i++)
        put_key(out, &key, 1);
}

static void put_options(FILE *out, const oc_reference_command *command)
{
    int is_open = 0;
    for (size_t i = 0; i < command->options; i++) {
        const struct argp_option *const o = &command->option[i];
        const int is_member = oc_option_is_member(o);
        if (!is_member && !oc_option_is_one(o))
            continue;
        if (!is_open)
            fprintf(out, "\n| %s | Meaning |\n|---|---|\n", is_member ? "Command" : "Option");
        is_open = 1;
        fputs("| `", out);
        if (oc_option_letter(o) && !is_member)
            fprintf(out, "-%c`, `", oc_option_letter(o));
        fprintf(out, "%s%s%s%s` | ", is_member ? "" : "--", o->name, o->arg ? "=" : "",
                o->arg ? o->arg : "");
        put_sentence(out, o->doc ? o->doc : "");
        fputs(" |\n", out);
    }
}

static void put_blocks(FILE *out, const char *text)
{
    oc_help_block block;
    int is_code = 0;
    while (oc_help_next(&text, &block)) {
        if (block.is_example != is_code)
            fputs(block.is_example ? "\n```\n" : "```\n", out);
        is_code = block.is_example;
        if (is_code) {
            fprintf(out, "%.*s\n", (int)block.length, block.text);
            continue;
        }
        fputc('\n', out);
        put_prose(out, block.text, block.length);
        fputc('\n', out);
    }
    fputs(is_code ? "```\n" : "", out);
}

static void put_command(FILE *out, const oc_reference_command *command)
{
    fprintf(out, "\n### onecycle %s\n```\n", command->name);
    for (const char *line = command->arguments;;) {
        const size_t length = strcspn(line, "\n");
        fprintf(out, "onecycle %s%s%s%.*s\n", command->name,
                command->is_family ? "" : " [OPTION...]", length ? " " : "", (int)length, line);
        if (!line[length])
            break;
        line += length + 1;
    }
    fputs("```\n", out);
    const char *const rest = strchr(command->doc, '\v');
    put_blocks(out, command->doc);
    put_options(out, command);
    if (rest)
        put_blocks(out, rest + 1);
}

void oc_reference_markdown(FILE *out, const oc_reference *reference)
{
    fputs("# Reference\n\n"
          "All recipe keys and all commands. `onecycle reference markdown` writes this file; it is "
          "not edited by\nhand.\n\n",
          out);
    put_keys(out);
    fputs(
        "\n## Commands\n"
        "`--help` on any of them prints the same. An option's value may follow it as `--plot FILE` "
        "or as\n`--plot=FILE`.\n",
        out);
    for (size_t i = 0; i < reference->commands; i++)
        put_command(out, &reference->command[i]);
}

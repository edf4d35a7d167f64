/* reference_man.c - the reference as manual pages: onecycle.1, one for each command,
 * onecycle-recipe.5. */
#include "base/file.h"
#include "cli/reference/reference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A word of roff; in options every hyphen is a minus, as it is typed. */
static void put_word(FILE *out, const char *word, size_t length, int is_code)
{
    const char *const bare = word + strspn(word, "([`\"");
    const int is_option = is_code || (bare[0] == '-' && (size_t)(bare - word) < length);
    for (size_t i = 0; i < length; i++)
        switch (word[i]) {
        case '-':
            fputs(is_option ? "\\-" : "-", out);
            break;
        case '\\':
            fputs("\\e", out);
            break;
        case '\'':
            fputs("\\(aq", out);
            break;
        case '^':
            fputs("\\(ha", out);
            break;
        case '~':
            fputs("\\(ti", out);
            break;
        default:
            fputc(word[i], out);
        }
}

/* Words of prose, `code` in bold, in lines of less than 80 bytes. Begins a line where it stands at
 * one's beginning; what would be a request there is none. */
static void put_text(FILE *out, const char *text, size_t length)
{
    size_t column = 0;
    int is_code = 0;
    for (size_t i = 0; i < length;) {
        const size_t gap = strspn(text + i, " \n"), word = i + gap;
        i = word;
        while (i < length && !strchr(" \n`", text[i]))
            i++;
        const int breaks = gap > 0 && column + (i - word) > 60;
        if (word > 0 && gap > 0)
            fputc(breaks ? '\n' : ' ', out);
        column = breaks ? 0 : column + gap + i - word;
        if (column == 0 && i > word && text[word] == '.')
            fputs("\\&", out);
        put_word(out, text + word, i - word, is_code);
        for (; i < length && text[i] == '`'; i++) {
            is_code = !is_code;
            fputs(is_code ? "\\fB" : "\\fR", out);
        }
    }
}

static void put_line(FILE *out, const char *text, size_t length)
{
    put_text(out, text, length);
    fputc('\n', out);
}

static void put_bold(FILE *out, const char *text)
{
    fputs("\\fB", out);
    put_word(out, text, strlen(text), 1);
    fputs("\\fR", out);
}

/* "Examples:" */
static int is_heading(const char *text, size_t length)
{
    return length <= strlen("Examples:") && strncmp(text, "Example", strlen("Example")) == 0;
}

/* The paragraphs and examples of a help text; on a page of its own, examples have a section. */
static void put_blocks(FILE *out, const char *text, int is_page)
{
    oc_help_block block;
    int is_code = 0, is_first = 1;
    while (oc_help_next(&text, &block)) {
        if (block.is_example != is_code)
            fprintf(out, "%s%s", is_first || is_code ? "" : ".PP\n", is_code ? ".fi\n" : ".nf\n");
        is_code = block.is_example;
        const int begins = is_page && !is_code && is_heading(block.text, block.length);
        if (begins) {
            fputs(".SH EXAMPLES\n", out);
        } else if (is_code) {
            put_word(out, block.text, block.length, 1);
            fputc('\n', out);
        } else {
            fputs(is_first ? "" : ".PP\n", out);
            put_line(out, block.text, block.length);
        }
        is_first = begins;
    }
    fputs(is_code ? ".fi\n" : "", out);
}

static void put_title(FILE *out, const char *name, int section, const char *summary)
{
    fputs(".TH \"", out);
    for (const char *at = name; *at; at++)
        fputc(*at == ' ' ? '-' : toupper((unsigned char)*at), out);
    fprintf(out, "\" %d \"\" \"onecycle " ONECYCLE_VERSION "\" \"onecycle manual\"\n", section);
    fputs(".SH NAME\n", out);
    for (const char *at = name; *at; at++)
        fputs(*at == ' ' || *at == '-' ? "\\-" : (const char[]){*at, '\0'}, out);
    fprintf(out, " \\- ");
    put_line(out, summary, strlen(summary));
}

static void put_synopsis(FILE *out, const oc_reference_command *command)
{
    for (const char *line = command->arguments;;) {
        const size_t length = strcspn(line, "\n");
        fputs(".HP\n\\fBonecycle ", out);
        put_word(out, command->name, strlen(command->name), 1);
        fprintf(out, "\\fR%s%s", command->is_family ? "" : " [\\fIOPTION\\fR...]",
                length ? " " : "");
        put_text(out, line, length);
        fputc('\n', out);
        if (!line[length])
            break;
        line += length + 1;
    }
}

static void put_options(FILE *out, const oc_reference_command *command)
{
    for (size_t i = 0; i < command->options; i++) {
        const struct argp_option *const o = &command->option[i];
        const int is_member = oc_option_is_member(o);
        if (!is_member && !oc_option_is_one(o))
            continue;
        fputs(".TP\n", out);
        if (is_member) {
            put_bold(out, o->name);
        } else {
            if (oc_option_letter(o))
                fprintf(out, "\\fB\\-%c\\fR, ", oc_option_letter(o));
            fputs("\\fB\\-\\-", out);
            put_word(out, o->name, strlen(o->name), 1);
            fputs("\\fR", out);
            if (o->arg) {
                fputs("=\\fI", out);
                put_word(out, o->arg, strlen(o->arg), 1);
                fputs("\\fR", out);
            }
        }
        fputc('\n', out);
        put_text(out, o->doc ? o->doc : "", o->doc ? strlen(o->doc) : 0);
        fputs(".\n", out);
    }
}

/* The heading, synopsis, description and options of a command that is one of a family too. */
static void put_command(FILE *out, const oc_reference_command *command, const char *level)
{
    const char *const rest = strchr(command->doc, '\v');
    const int is_page = strcmp(level, ".SH") == 0;
    fputs(is_page ? ".SH SYNOPSIS\n" : "", out);
    put_synopsis(out, command);
    fputs(is_page ? ".SH DESCRIPTION\n" : ".PP\n", out);
    put_blocks(out, command->doc, is_page);
    fputs(is_page ? command->is_family ? ".SH COMMANDS\n" : ".SH OPTIONS\n" : "", out);
    put_options(out, command);
    if (rest && rest[1]) {
        const char *const text = rest + 1 + strspn(rest + 1, "\n");
        const int examples = is_heading(text, strcspn(text, "\n"));
        fputs(!is_page ? ".PP\n" : examples ? "" : ".SH NOTES\n", out);
        put_blocks(out, text, is_page);
    }
}

static void put_see_also(FILE *out)
{
    fputs(".SH SEE ALSO\n.BR onecycle (1),\n.BR onecycle\\-recipe (5)\n", out);
}

/* A page with its members' options behind its own. */
static void put_page(FILE *out, const oc_reference *reference, size_t which)
{
    const oc_reference_command *const command = &reference->command[which];
    char name[OC_REFERENCE_NAME + 16];
    snprintf(name, sizeof name, "onecycle %s", command->name);
    put_title(out, name, 1, command->summary);
    put_command(out, command, ".SH");
    for (size_t i = which + 1; i < reference->commands; i++) {
        const oc_reference_command *const member = &reference->command[i];
        if (!oc_reference_is_member(member, command))
            continue;
        fputs(".SH ONECYCLE ", out);
        for (const char *at = member->name; *at; at++)
            fputc(toupper((unsigned char)*at), out);
        fputc('\n', out);
        put_command(out, member, ".SS");
    }
    put_see_also(out);
}

static void put_main_page(FILE *out, const oc_reference *reference)
{
    put_title(out, "onecycle", 1, "train neural networks on CPU clusters with the 1cycle policy");
    fputs(".SH SYNOPSIS\n.B onecycle\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n"
          ".SH DESCRIPTION\n"
          "Trains a network as a recipe says, alone or on many MPI ranks, and evaluates, applies "
          "and inspects the result.\n"
          "Each command has a manual page of its own, and\n.B onecycle\n\\fICOMMAND\\fR\n"
          ".B \\-\\-help\nprints its options.\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; i < reference->commands; i++) {
        const oc_reference_command *const command = &reference->command[i];
        if (!oc_reference_is_member(command, NULL))
            continue;
        fputs(".TP\n.BR onecycle\\-", out);
        put_word(out, command->name, strlen(command->name), 1);
        fputs(" (1)\n", out);
        put_line(out, command->summary, strlen(command->summary));
    }
    fputs(".SH EXIT STATUS\n", out);
    static const char *const codes[][2] = {
#define OC_STATUS(name, code, text) {#code, text},
#include "base/status.def"
#undef OC_STATUS
    };
    enum { CODES = sizeof codes / sizeof codes[0] };
    for (size_t i = 0; i < CODES; i++) {
        int is_first = 1;
        for (size_t k = 0; k < i; k++)
            is_first &= strcmp(codes[k][0], codes[i][0]) != 0;
        if (!is_first)
            continue;
        fprintf(out, ".TP\n.B %s\n%s", codes[i][0], codes[i][1]);
        for (size_t k = i + 1; k < CODES; k++)
            if (strcmp(codes[k][0], codes[i][0]) == 0)
                fprintf(out, ", or %s", codes[k][1]);
        fputc('\n', out);
    }
    fputs(".SH SEE ALSO\n.BR onecycle\\-recipe (5)\n", out);
}

static void put_key(FILE *out, const oc_recipe_key *key, int is_layer)
{
    static const char *const resume[] = {
        [OC_RESUME_SAME] = "A resumed run must have the same value.",
        [OC_RESUME_FILE] = "In a resumed run the file may have moved but not changed.",
        [OC_RESUME_CHANGE] = "A resumed run may have another value."};
    fputs(".TP\n", out);
    put_bold(out, key->path);
    if (key->owners[0]) {
        fputs(" (", out);
        put_text(out, key->owners, strlen(key->owners));
        fputc(')', out);
    }
    fputc('\n', out);
    put_text(out, key->meaning, strlen(key->meaning));
    fputs(".\nTakes ", out);
    put_text(out, key->takes, strlen(key->takes));
    fputs(key->initial ? "; default " : "; required", out);
    put_text(out, key->initial ? key->initial : "", key->initial ? strlen(key->initial) : 0);
    fputs(".\n", out);
    if (!is_layer)
        fprintf(out, "%s\n", resume[key->at_resume]);
}

static void put_recipe_page(FILE *out, const oc_reference *reference)
{
    (void)reference;
    oc_recipe_key key;
    const char *name, *summary;
    put_title(out, "onecycle-recipe", 5, "the keys of a recipe");
    fputs(".SH DESCRIPTION\n"
          "A recipe is YAML of two levels: sections, and keys with their values.\n"
          ".BR \\-\\-set \" \" \\fISECTION.KEY\\fR=\\fIVALUE\\fR\n"
          "changes one on the command line.\n",
          out);
    for (size_t s = 0; oc_recipe_section_at(s, &name, &summary); s++) {
        const size_t length = strlen(name);
        fprintf(out, ".SH ");
        for (const char *at = name; *at; at++)
            fputc(toupper((unsigned char)*at), out);
        fputc('\n', out);
        put_line(out, summary, strlen(summary));
        for (size_t i = 0; oc_recipe_key_at(i, &key); i++)
            if (strncmp(key.path, name, length) == 0 && key.path[length] == '.')
                put_key(out, &key, 0);
    }
    fputs(".SH LAYERS\nEach layer of\n.B model.layers\nhas a\n.BR type ,\nand may have a\n.B name\n"
          "and\n.BR from ,\nthe names of the layers it reads.\nFurther keys depend on the type:\n",
          out);
    for (size_t i = 0; oc_layer_key_at(i, &key); i++)
        put_key(out, &key, 1);
    fputs(".SH SEE ALSO\n.BR onecycle (1),\n.BR onecycle\\-train (1)\n", out);
}

/* folder/NAME, or with `put` NULL the page of command `which`. Atomic. */
static oc_status make_page(const char *folder, const char *name, const oc_reference *reference,
                           size_t which, void (*put)(FILE *, const oc_reference *))
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t length = 0;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
    if (put)
        put(out, reference);
    else
        put_page(out, reference, which);
    oc_status status = fclose(out) == 0 ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
    if (status == OC_OK)
        status = oc_path_join(path, folder, name);
    if (status == OC_OK)
        status = oc_file_write(path, text, length);
    free(text);
    return status;
}

oc_status oc_reference_man(const char *folder, const oc_reference *reference)
{
    char man1[OC_PATH_BYTES], man5[OC_PATH_BYTES];
    size_t made;
    oc_status status = oc_path_join(man1, folder, "man1");
    if (status == OC_OK)
        status = oc_path_join(man5, folder, "man5");
    if (status == OC_OK)
        status = oc_folder_make(man1, &made);
    if (status == OC_OK)
        status = oc_folder_make(man5, &made);
    if (status == OC_OK)
        status = make_page(man1, "onecycle.1", reference, 0, put_main_page);
    if (status == OC_OK)
        status = make_page(man5, "onecycle-recipe.5", reference, 0, put_recipe_page);
    for (size_t i = 0; i < reference->commands && status == OC_OK; i++) {
        char name[OC_REFERENCE_NAME + 16];
        snprintf(name, sizeof name, "onecycle-%s.1", reference->command[i].name);
        if (oc_reference_is_member(&reference->command[i], NULL)) /* a family has one page */
            status = make_page(man1, name, reference, i, NULL);
    }
    return status;
}

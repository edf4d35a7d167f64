/* reference.h - what the reference tells of the commands, taken from their own argp tables, and the
 * forms it is printed in. */
#ifndef OC_CLI_REFERENCE_REFERENCE_H
#define OC_CLI_REFERENCE_REFERENCE_H

#include "base/status.h"
#include "mpi/comm.h"
#include "recipe/recipe_reference.h"

#include <argp.h>
#include <stddef.h>
#include <stdio.h>

enum { OC_REFERENCE_COMMANDS = 48, OC_REFERENCE_OPTIONS = 48, OC_REFERENCE_NAME = 64 };

/* A command, or one of a family of them such as `import csv`. Texts are the commands' own. */
typedef struct oc_reference_command {
    char name[OC_REFERENCE_NAME]; /* "import csv" */
    const char *summary;          /* in the words of a list of commands */
    const char *arguments;        /* argp's args_doc: a line for each way to call it */
    const char *doc;              /* argp's: before and behind \v */
    struct argp_option option[OC_REFERENCE_OPTIONS];
    size_t options;
    int is_family; /* its first argument is another command */
} oc_reference_command;

typedef struct oc_reference {
    oc_reference_command command[OC_REFERENCE_COMMANDS]; /* a family stands before its members */
    size_t commands;
} oc_reference;

/* Local. Asks every command for its help. Some 160 KiB: not for the stack. OC_ERR_INTERNAL if there
 * is no room for all. */
oc_status oc_reference_collect(oc_reference *reference, oc_comm *comm);

/* Local. Is it a member of a family, or with NULL a command of its own? */
int oc_reference_is_member(const oc_reference_command *command, const oc_reference_command *family);

/* Local. What a row of argp's table is: an option that may be shown, or the name of a member. */
int oc_option_is_one(const struct argp_option *option);
int oc_option_is_member(const struct argp_option *option);

/* Local. The short form of an option, or 0. */
int oc_option_letter(const struct argp_option *option);

/* Local. What an option takes, for completion, told by the name of its argument. */
typedef enum oc_option_takes {
    OC_TAKES_NOTHING,
    OC_TAKES_VALUE,
    OC_TAKES_FILE,
    OC_TAKES_KEY /* KEY=VALUE of a recipe */
} oc_option_takes;
oc_option_takes oc_option_takes_what(const struct argp_option *option);

/* A paragraph of help, or a line of an example without its indentation. */
typedef struct oc_help_block {
    const char *text;
    size_t length;
    int is_example;
} oc_help_block;

/* Local. The next block of a help text up to its end or \v -> 1; 0: there is none. Moves *text on.
 * A line that begins with two spaces is of an example; a paragraph may have line ends. */
int oc_help_next(const char **text, oc_help_block *block);

/* Local. The length of a text's beginning, up to its first pause: for lists of completion. */
size_t oc_help_brief(const char *text);

/* Local. The keys of recipes, each once: the next from row *i on -> 1, behind the last 0. */
int oc_reference_next_key(size_t *i, oc_recipe_key *key);

/* Local. For a shell's `case`: a line for each key whose words are known, "KEY) BEFORE words AFTER
 * ;;". */
void oc_reference_put_words(FILE *out, const char *before, const char *after);

/* Local. One form each. The manual pages go to the folders man1 and man5 of `folder`, which are
 * made: onecycle.1, onecycle-COMMAND.1 and onecycle-recipe.5. OC_ERR_IO. */
void oc_reference_markdown(FILE *out, const oc_reference *reference);
oc_status oc_reference_man(const char *folder, const oc_reference *reference);
void oc_reference_bash(FILE *out, const oc_reference *reference);
void oc_reference_zsh(FILE *out, const oc_reference *reference);
void oc_reference_fish(FILE *out, const oc_reference *reference);

#endif

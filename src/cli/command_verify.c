/* command_verify.c - onecycle verify PATH...: are these files whole, and what would a resume use?
 * Reads and judges; repairs and changes nothing. */
#include "base/plain_text.h"
#include "cli/common/cli.h"
#include "data/dataset/dataset.h"
#include "recipe/recipe.h"
#include "run/weights_file.h"
#include "rundir/summary.h"
#include "rundir/tables.h"
#include "storage/checkpoint_dir.h"
#include "storage/user_block.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char doc[] =
    "Check that each PATH is whole: a data set, a checkpoint, exported weights, or a run "
    "directory with its recipe, tables, summary and every checkpoint. Data sets and checkpoints "
    "are read to the last byte and compared with their digest. Of a run directory it is also said "
    "which checkpoint --resume would use, and whether its data set is still the same.\v"
    "Prints a line for each file, which begins with ok, DAMAGED or NOT READ. Exit codes: 0 all is "
    "whole; 65 something is damaged, or the data set is another one; 74 nothing is, but something "
    "cannot be read.\n"
    "\n"
    "Examples:\n"
    "  onecycle verify runs/lenet-001\n"
    "  onecycle verify datasets/*/*.h5 runs/*/checkpoints/best.h5";

typedef struct verdict {
    oc_status worst; /* OC_ERR_DATA, or else the first that is not OC_OK */
    size_t files, bad;
} verdict;

/* A checkpoint of a folder, which is read once: what came of it, and what is asked of the one that
 * a resume would use. */
typedef struct checkpoint {
    const char *name; /* in the folder; not owned */
    oc_status status;
    char what[128];
    oc_digest data_digest;
    char *data; /* its data set; NULL: a foreign file, which has no digest of its own */
} checkpoint;

typedef struct checkpoint_list {
    checkpoint *item;
    size_t count;
} checkpoint_list;

static void judge(verdict *v, oc_status status, const char *path, const char *what)
{
    char clean[OC_PLAIN_TEXT];
    v->files++;
    if (status == OC_OK) {
        printf("ok       %s: %s\n", oc_plain_text(path, clean), what);
        return;
    }
    const int is_damaged = status == OC_ERR_DATA;
    v->bad++;
    printf("%s %s\n", is_damaged ? "DAMAGED " : "NOT READ", /* a message names the file */
           oc_plain_text(oc_message(), clean));
    if (v->worst == OC_OK || is_damaged)
        v->worst = status;
}

static oc_status check_dataset(const char *path, char *what, size_t size)
{
    oc_dataset *dataset = NULL;
    const oc_status status = oc_dataset_open(&dataset, path);
    if (status != OC_OK)
        return status;
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    snprintf(what, size, "data set, %" PRIu64 " training and %" PRIu64 " test samples",
             info->samples[OC_SPLIT_TRAIN], info->samples[OC_SPLIT_TEST]);
    oc_dataset_close(dataset);
    return OC_OK;
}

static void tell_step(const oc_checkpoint_info *info, char *what, size_t size)
{
    if (info->decision.end == OC_OPEN)
        snprintf(what, size, "step %" PRIu64 " of as many as time allows", info->step);
    else
        snprintf(what, size, "step %" PRIu64 " of %" PRIu64, info->step, info->decision.end);
}

/* In one reading. `c`: as much of it as is there, data to be freed. */
static oc_status check_checkpoint(checkpoint *c, const char *path)
{
    oc_checkpoint_info info;
    oc_recipe recipe;
    oc_schema schema;
    char *text, step[64];
    oc_status status = oc_checkpoint_read_about(path, &info, &text, &schema);
    if (status == OC_OK)
        status = oc_recipe_parse(&recipe, text, strlen(text), path, "/", NULL, 0);
    if (status == OC_OK) {
        tell_step(&info, step, sizeof step);
        snprintf(c->what, sizeof c->what, "checkpoint, %s", step);
        c->data_digest = info.data_digest;
        if (!recipe.data.inputs[0] && !(c->data = strdup(recipe.data.file)))
            status = oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    }
    oc_schema_free(&schema);
    free(text);
    return c->status = status == OC_ERR_USAGE ? OC_ERR_DATA : status; /* a recipe that is none */
}

/* Another program's formats have no digest of ours: whether all tensors can be read. */
static oc_status check_weights(const char *path, char *what, size_t size)
{
    oc_weights_file file = {0};
    float *values = NULL;
    oc_status status = oc_weights_open(&file, path);
    for (size_t i = 0; i < file.count && status == OC_OK; i++) {
        float *const more = realloc(values, (size_t)(file.weight[i].elements + 1) * sizeof *more);
        if (!more) {
            status = oc_fail(OC_ERR_MEMORY, "%s: no memory for %" PRIu64 " numbers", path,
                             file.weight[i].elements);
            break;
        }
        values = more;
        status = oc_weights_read(&file, &i, &values, 1);
    }
    snprintf(what, size, "weights, %zu tensors", file.count);
    free(values);
    oc_weights_close(&file);
    return status;
}

/* Its first bytes say what a file is. */
static void check_file(verdict *v, const char *path, checkpoint *c)
{
    oc_weights_kind format;
    oc_file_kind kind;
    int is_known;
    c->status = OC_ERR_DATA; /* unless it turns out to be a checkpoint */
    oc_status status = oc_weights_identify(path, &format, &is_known);
    if (status == OC_OK && is_known && format != OC_WEIGHTS_CHECKPOINT) {
        status = check_weights(path, c->what, sizeof c->what);
    } else if (status == OC_OK) {
        status = oc_user_block_identify(path, &kind);
        if (status == OC_OK)
            status = kind == OC_FILE_DATASET ? check_dataset(path, c->what, sizeof c->what)
                                             : check_checkpoint(c, path);
    }
    judge(v, status, path, c->what);
}

static void check_lone_file(verdict *v, const char *path)
{
    checkpoint c = {.name = path};
    check_file(v, path, &c);
    free(c.data);
}

static int is_checkpoint(const struct dirent *entry)
{
    const char *const dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && strcmp(dot, ".h5") == 0;
}

/* What oc_checkpoint_dir_latest_by asks. */
static oc_status recall(void *context, const char *path)
{
    const checkpoint_list *const all = context;
    const char *const slash = strrchr(path, '/'), *const name = slash ? slash + 1 : path;
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->item[i].name, name) == 0)
            return all->item[i].status == OC_OK
                       ? OC_OK
                       : oc_fail(all->item[i].status, "%s: see its line", path);
    return oc_fail(OC_ERR_IO, "%s: appeared only now", path);
}

/* Is the data set what the checkpoint was trained on? Its header says; the file may be large. */
static void check_data(verdict *v, const char *path, const checkpoint *c)
{
    oc_digest digest;
    if (!c->data)
        return;
    oc_status status = oc_user_block_read(c->data, OC_FILE_DATASET, &digest);
    if (status == OC_OK && !oc_digest_equal(digest, c->data_digest))
        status = oc_fail(OC_ERR_DATA, "%s: not the data set that %s was trained on", c->data, path);
    judge(v, status, c->data, "the data set of this run");
}

static void tell_resume(verdict *v, const char *folder, checkpoint_list *all)
{
    char path[OC_PATH_BYTES] = "", clean[OC_PLAIN_TEXT];
    int skipped = 0;
    if (oc_checkpoint_dir_latest_by(folder, path, &skipped, recall, all) != OC_OK) {
        printf("--resume would fail: no checkpoint can be used\n");
        return;
    }
    if (!path[0])
        printf("--resume would begin anew: there is no checkpoint\n");
    for (size_t i = 0; path[0] && i < all->count; i++)
        if (strcmp(all->item[i].name, strrchr(path, '/') + 1) == 0) {
            check_data(v, path, &all->item[i]);
            printf("--resume would use %s%s\n", oc_plain_text(path, clean),
                   strchr(all->item[i].what, ','));
        }
}

static void check_checkpoints(verdict *v, const char *folder)
{
    char path[OC_PATH_BYTES];
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_checkpoint, alphasort);
    if (count < 0) {
        judge(v, oc_fail(OC_ERR_IO, "%s: cannot list: %s", folder, strerror(errno)), folder, "");
        return;
    }
    checkpoint_list all = {.item = calloc((size_t)count + 1, sizeof *all.item)};
    if (!all.item)
        judge(v, oc_fail(OC_ERR_MEMORY, "%s: no memory for %d files", folder, count), folder, "");
    for (int i = 0; i < count && all.item; i++) {
        checkpoint *const c = &all.item[all.count];
        c->name = entries[i]->d_name;
        if (oc_path_join(path, folder, c->name) == OC_OK) {
            check_file(v, path, c);
            all.count++;
        }
    }
    if (all.item)
        tell_resume(v, folder, &all);
    for (size_t i = 0; i < all.count; i++)
        free(all.item[i].data);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(all.item);
    free(entries);
}

static void check_table(verdict *v, const char *folder, const oc_table *table)
{
    char path[OC_PATH_BYTES], what[64];
    oc_table_rows rows = {0};
    if (oc_path_join(path, folder, table->file) != OC_OK || !oc_file_exists(path))
        return;
    const oc_status status = oc_table_read(&rows, folder, table);
    snprintf(what, sizeof what, "table, %zu rows", rows.count);
    judge(v, status, path, what);
    oc_table_free(&rows);
}

static void check_summary(verdict *v, const char *folder)
{
    char path[OC_PATH_BYTES];
    oc_summary_view view;
    if (oc_path_join(path, folder, OC_SUMMARY_FILE) == OC_OK && oc_file_exists(path))
        judge(v, oc_summary_read(&view, folder), path, "summary");
}

static void check_folder(verdict *v, const char *folder)
{
    char recipe_path[OC_PATH_BYTES], checkpoints[OC_PATH_BYTES];
    oc_recipe recipe;
    oc_status status = oc_path_join(recipe_path, folder, "recipe.yaml");
    if (status == OC_OK)
        status = oc_path_join(checkpoints, folder, "checkpoints");
    if (status == OC_OK && !oc_file_exists(recipe_path) && !oc_file_exists(checkpoints))
        status = oc_fail(OC_ERR_DATA,
                         "%s: neither recipe.yaml nor checkpoints in this folder; expected a run "
                         "directory",
                         folder);
    if (status != OC_OK) {
        judge(v, status, folder, "");
        return;
    }
    if (oc_file_exists(recipe_path)) {
        status = oc_recipe_load(&recipe, recipe_path, NULL, 0);
        judge(v, status == OC_ERR_USAGE ? OC_ERR_DATA : status, recipe_path, "recipe");
    }
    check_table(v, folder, &oc_steps_table);
    check_table(v, folder, &oc_epochs_table);
    check_summary(v, folder);
    if (oc_file_exists(checkpoints)) {
        check_checkpoints(v, checkpoints);
    } else {
        printf("--resume would begin anew: there is no checkpoint\n");
    }
}

typedef struct request {
    verdict verdict;
    size_t paths;
    char **path;
} request;

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    request *const r = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_ARGS:
        r->path = state->argv + state->next;
        r->paths = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the file or folder is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

oc_status oc_command_verify(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {NULL, parse_option, "PATH...", doc, NULL, NULL, NULL};
    request r = {0};
    int done = 0;
    const oc_status status = oc_cli_parse(&argp, comm, argc, argv, &r, &done);
    if (status != OC_OK || done)
        return status;
    verdict *const v = &r.verdict;
    for (size_t i = 0; i < r.paths; i++) {
        struct stat about;
        if (stat(r.path[i], &about) != 0)
            judge(v, oc_fail(OC_ERR_IO, "%s: %s", r.path[i], strerror(errno)), r.path[i], "");
        else if (S_ISDIR(about.st_mode))
            check_folder(v, r.path[i]);
        else
            check_lone_file(v, r.path[i]);
    }
    return v->worst == OC_OK
               ? OC_OK
               : oc_fail(v->worst, "damaged or not readable: %zu of %zu files", v->bad, v->files);
}

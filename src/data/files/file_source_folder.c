/* file_source_folder.c - the files below a folder, by fts: in order of name. Links are followed
 * only if that was asked for, and then not into a circle: fts sees a folder that lies in itself,
 * and a folder that was entered by a link is not entered by another one, so that links among
 * folders cannot multiply. */
#include "data/files/file_source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_PARTS = 64 /* of a path below the source, when links are followed */ };

typedef struct identity {
    dev_t device;
    ino_t number;
} identity;

typedef struct folder_state {
    FTS *tree;
    char *root;         /* without links, ends with a slash */
    int by_link;        /* the entry to come is a link that is being followed */
    identity file;      /* the current file */
    int file_is_linked; /* and its name is a link */
    identity *entered;  /* folders that links led to */
    size_t count, room;
} folder_state;

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static oc_status open_folder(oc_file_source *source)
{
    char *const roots[] = {source->path, NULL};
    folder_state *const state = calloc(1, sizeof *state);
    if (!state)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", source->path);
    source->state = state;
    state->tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    char *const resolved = realpath(source->path, NULL);
    if (resolved && asprintf(&state->root, "%s%s", resolved, resolved[1] ? "/" : "") < 0)
        state->root = NULL;
    free(resolved);
    return state->tree && state->root
               ? OC_OK
               : oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path, strerror(errno));
}

static void close_folder(oc_file_source *source)
{
    folder_state *const state = source->state;
    if (state->tree)
        fts_close(state->tree);
    free(state->root);
    free(state->entered);
    free(state);
}

/* Is what the link leads to inside the folder? */
static int leads_inside(const folder_state *state, const char *path)
{
    char *const resolved = realpath(path, NULL);
    const size_t root = strlen(state->root);
    const int inside = resolved && strncmp(resolved, state->root, root) == 0;
    free(resolved);
    return inside;
}

/* Why a link is not followed; NULL: it is, and comes again as what it leads to. */
static const char *follow(oc_file_source *source, FTSENT *found)
{
    folder_state *const state = source->state;
    struct stat about;
    if (source->follow == OC_FOLLOW_NONE)
        return "a link";
    if (stat(found->fts_accpath, &about) < 0)
        return "a link to nothing";
    if (source->follow == OC_FOLLOW_INSIDE && !leads_inside(state, found->fts_accpath))
        return "a link that leads outside";
    fts_set(state->tree, found, FTS_FOLLOW);
    state->by_link = 1;
    return NULL;
}

/* Has a link led to this folder before? If not it is noted; -1: no memory. */
static int was_entered(folder_state *state, const struct stat *about)
{
    for (size_t i = 0; i < state->count; i++)
        if (state->entered[i].device == about->st_dev && state->entered[i].number == about->st_ino)
            return 1;
    if (state->count == state->room) {
        const size_t room = state->room ? 2 * state->room : 64;
        identity *const more = realloc(state->entered, room * sizeof *more);
        if (!more)
            return -1;
        state->entered = more;
        state->room = room;
    }
    state->entered[state->count++] = (identity){about->st_dev, about->st_ino};
    return 0;
}

/* A folder, before its files. NULL: its files come; else why not. */
static const char *enter(oc_file_source *source, FTSENT *found, int by_link)
{
    folder_state *const state = source->state;
    const char *why = NULL;
    if (by_link)
        why = was_entered(state, found->fts_statp)
                  ? "a link to a folder already reached by another link"
                  : NULL;
    if (!why && source->follow != OC_FOLLOW_NONE && found->fts_level > MOST_PARTS)
        why = "a folder nested too deeply";
    if (why)
        fts_set(state->tree, found, FTS_SKIP);
    else
        source->followed += by_link != 0;
    return why;
}

static void note_file(oc_file_source *source, const FTSENT *found, int by_link,
                      oc_source_entry *entry)
{
    folder_state *const state = source->state;
    state->file = (identity){found->fts_statp->st_dev, found->fts_statp->st_ino};
    state->file_is_linked = by_link;
    source->followed += by_link != 0;
    entry->bytes = (uint64_t)found->fts_statp->st_size;
}

static oc_status next_in_folder(oc_file_source *source, oc_source_entry *entry)
{
    folder_state *const state = source->state;
    for (;;) {
        errno = 0;
        entry->name = NULL;
        FTSENT *const found = fts_read(state->tree);
        const int by_link = state->by_link;
        state->by_link = 0;
        if (!found)
            return errno == 0
                       ? OC_OK
                       : oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path, strerror(errno));
        const char *const name = found->fts_path + strlen(source->path);
        entry->name = name + strspn(name, "/");
        switch (found->fts_info) {
        case FTS_D:
            entry->refused = enter(source, found, by_link);
            break;
        case FTS_DP:
            break;
        case FTS_F:
            note_file(source, found, by_link, entry);
            return OC_OK;
        case FTS_SL:
        case FTS_SLNONE:
            entry->refused = follow(source, found);
            break;
        case FTS_DC:
            entry->refused = "a link to a folder that contains it";
            break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            if (found->fts_level == FTS_ROOTLEVEL)
                return oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path,
                               strerror(found->fts_errno));
            entry->refused = "cannot be read";
            break;
        default:
            entry->refused = "not a regular file";
        }
        if (entry->refused)
            return OC_OK;
    }
}

static oc_status read_in_folder(oc_file_source *source, size_t count, size_t *got)
{
    const folder_state *const state = source->state;
    char path[OC_PATH_BYTES];
    struct stat about;
    const oc_status status = oc_path_join(path, source->path, source->name);
    if (status)
        return oc_fail_context(OC_ERR_DATA, "%s", source->name);
    const int file =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (state->file_is_linked ? 0 : O_NOFOLLOW));
    if (file < 0)
        return oc_fail(OC_ERR_DATA, "%s: cannot open: %s", source->name, strerror(errno));
    if (fstat(file, &about) < 0 || !S_ISREG(about.st_mode) || about.st_dev != state->file.device ||
        about.st_ino != state->file.number) {
        close(file);
        return oc_fail(OC_ERR_DATA, "%s: was replaced while it was read", source->name);
    }
    ssize_t n = 1;
    while (n > 0 && *got < count) {
        n = pread(file, source->buffer + *got, count - *got, (off_t)*got);
        *got += n > 0 ? (size_t)n : 0;
    }
    close(file);
    return n < 0 ? oc_fail(OC_ERR_DATA, "%s: cannot be read", source->name) : OC_OK;
}

const oc_source_kind oc_source_folder = {open_folder, close_folder, next_in_folder, read_in_folder};

/* file_source_folder.c - the files below a folder, by fts: in order of name, no link followed. */
#include "data/file_source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static oc_status open_folder(oc_file_source *source)
{
    char *const roots[] = {source->path, NULL};
    source->state = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    return source->state ? OC_OK
                         : oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path, strerror(errno));
}

static void close_folder(oc_file_source *source)
{
    fts_close(source->state);
}

static oc_status next_in_folder(oc_file_source *source, oc_source_entry *entry)
{
    for (;;) {
        errno = 0;
        entry->name = NULL;
        const FTSENT *const found = fts_read(source->state);
        if (!found)
            return errno == 0
                       ? OC_OK
                       : oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path, strerror(errno));
        const char *const name = found->fts_path + strlen(source->path);
        entry->name = name + strspn(name, "/");
        switch (found->fts_info) {
        case FTS_D:
        case FTS_DP:
            continue;
        case FTS_F:
            entry->bytes = (uint64_t)found->fts_statp->st_size;
            return OC_OK;
        case FTS_SL:
        case FTS_SLNONE:
            entry->refused = "a link";
            return OC_OK;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            if (found->fts_level == FTS_ROOTLEVEL)
                return oc_fail(OC_ERR_IO, "%s: cannot read: %s", source->path,
                               strerror(found->fts_errno));
            entry->refused = "cannot be read";
            return OC_OK;
        default:
            entry->refused = "not a regular file";
            return OC_OK;
        }
    }
}

static oc_status read_in_folder(oc_file_source *source, size_t count, size_t *got)
{
    char path[OC_PATH_BYTES];
    struct stat about;
    const oc_status status = oc_path_join(path, source->path, source->name);
    if (status)
        return oc_fail_context(OC_ERR_DATA, "%s", source->name);
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return oc_fail(OC_ERR_DATA, "%s: cannot open: %s", source->name, strerror(errno));
    ssize_t n = fstat(file, &about) == 0 && S_ISREG(about.st_mode) ? 1 : -1;
    while (n > 0 && *got < count) {
        n = read(file, source->buffer + *got, count - *got);
        *got += n > 0 ? (size_t)n : 0;
    }
    close(file);
    return n < 0 ? oc_fail(OC_ERR_DATA, "%s: cannot be read", source->name) : OC_OK;
}

const oc_source_kind oc_source_folder = {open_folder, close_folder, next_in_folder, read_in_folder};

/* npz_member.c - see npz_member.h: a zip member by libarchive, of which only zip is switched on. */
#include "data/arrays/npz_member.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

enum {
    BLOCK_BYTES = 1 << 16,
    MOST_RATIO = 1032, /* deflate packs no tighter */
    MOST_LISTED = 400  /* bytes of names in a message */
};

struct oc_npz_member {
    struct archive *archive;
    int descriptor;
    uint64_t most;
    char path[];
};

static oc_status broken(const oc_npz_member *member)
{
    const char *const text = archive_error_string(member->archive);
    return oc_fail(OC_ERR_DATA, "%s: not a valid .npz archive: %s", member->path,
                   text ? text : "it cannot be read");
}

static oc_status open_archive(oc_npz_member *member)
{
    struct stat about;
    member->descriptor = open(member->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (member->descriptor < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", member->path, strerror(errno));
    if (fstat(member->descriptor, &about) < 0 || !S_ISREG(about.st_mode))
        return oc_fail(OC_ERR_IO, "%s: not a regular file", member->path);
    member->most = (uint64_t)about.st_size * MOST_RATIO;
    member->archive = archive_read_new();
    if (!member->archive)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", member->path);
    if (archive_read_support_format_zip_seekable(member->archive) != ARCHIVE_OK ||
        archive_read_open_fd(member->archive, member->descriptor, BLOCK_BYTES) != ARCHIVE_OK)
        return broken(member);
    return OC_OK;
}

static int is_called(const char *found, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(found, name, length) == 0 &&
           (found[length] == '\0' || strcmp(found + length, ".npy") == 0);
}

/* Only names that can be printed as they are. */
static void list_name(char *list, const char *name)
{
    const size_t used = strlen(list);
    for (const char *c = name; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            return;
    if (used + strlen(name) + 3 < MOST_LISTED)
        snprintf(list + used, MOST_LISTED - used, "%s%s", used ? ", " : "", name);
}

/* Other methods than those of numpy take memory as the archive says. */
static int is_numpys_method(const oc_npz_member *member)
{
    const char *const text = archive_format_name(member->archive);
    return text && (strstr(text, "(uncompressed)") || strstr(text, "(deflation)"));
}

static oc_status find(oc_npz_member *member, const char *name)
{
    char list[MOST_LISTED] = "";
    struct archive_entry *entry;
    for (;;) {
        const int code = archive_read_next_header(member->archive, &entry);
        if (code == ARCHIVE_EOF)
            return oc_fail(OC_ERR_DATA, "%s: no array %s in this archive; it has: %s", member->path,
                           name, list[0] ? list : "none");
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return broken(member);
        const char *const found = archive_entry_pathname(entry);
        if (!found)
            continue;
        if (is_called(found, name))
            break;
        list_name(list, found);
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_is_encrypted(entry) ||
        !is_numpys_method(member))
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: expected a file that is stored or deflated, as numpy writes it",
                       member->path, name);
    if (archive_entry_size_is_set(entry)) {
        const la_int64_t bytes = archive_entry_size(entry);
        if (bytes < 0 || (uint64_t)bytes > member->most)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s: a size of %lld bytes, which this file cannot contain",
                           member->path, name, (long long)bytes);
        member->most = (uint64_t)bytes;
    }
    return OC_OK;
}

static oc_status create(oc_npz_member **member, const char *path)
{
    *member = calloc(1, sizeof **member + strlen(path) + 1);
    if (!*member)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    memcpy((*member)->path, path, strlen(path) + 1);
    return open_archive(*member);
}

oc_status oc_npz_member_open(oc_npz_member **out, const char *path, const char *name)
{
    oc_npz_member *member = NULL;
    *out = NULL;
    oc_status status = create(&member, path);
    if (!status)
        status = find(member, name);
    if (status)
        oc_npz_member_close(member);
    else
        *out = member;
    return status;
}

oc_status oc_npz_list(const char *path, void (*visit)(const char *name, void *user), void *user)
{
    oc_npz_member *archive = NULL;
    oc_status status = create(&archive, path);
    while (!status) {
        struct archive_entry *entry;
        const int code = archive_read_next_header(archive->archive, &entry);
        if (code == ARCHIVE_EOF)
            break;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            status = broken(archive);
        else if (archive_entry_pathname(entry) && archive_entry_filetype(entry) == AE_IFREG)
            visit(archive_entry_pathname(entry), user);
    }
    oc_npz_member_close(archive);
    return status;
}

void oc_npz_member_close(oc_npz_member *member)
{
    if (!member)
        return;
    if (member->archive)
        archive_read_free(member->archive);
    if (member->descriptor >= 0)
        close(member->descriptor);
    free(member);
}

oc_status oc_npz_member_read(oc_npz_member *member, void *to, size_t count, size_t *got)
{
    *got = 0;
    while (*got < count) {
        const la_ssize_t n = archive_read_data(member->archive, (char *)to + *got, count - *got);
        if (n < 0)
            return broken(member);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return OC_OK;
}

uint64_t oc_npz_member_most(const oc_npz_member *member)
{
    return member->most;
}

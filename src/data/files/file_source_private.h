/* file_source_private.h - the kinds of source behind file_source.h, for file_source*.c alone.
 */
#ifndef OC_DATA_FILES_FILE_SOURCE_PRIVATE_H
#define OC_DATA_FILES_FILE_SOURCE_PRIVATE_H

#include "base/file.h"
#include "data/files/file_source.h"

typedef struct oc_source_kind {
    oc_status (*open)(oc_file_source *source);
    void (*close)(oc_file_source *source);
    oc_status (*next)(oc_file_source *source, oc_source_entry *entry);
    /* Up to `count` bytes in all into source->buffer, which has room; *got of them are there:
     * before the call those that were read already, behind it more, or the file is at its end. */
    oc_status (*read)(oc_file_source *source, size_t count, size_t *got);
} oc_source_kind;

extern const oc_source_kind oc_source_folder, oc_source_tar, oc_source_zip;

struct oc_file_source {
    const oc_source_kind *kind;
    void *state; /* of the kind */
    char *path;
    oc_source_entry entry;
    char name[OC_PATH_BYTES];
    char *buffer; /* grows to the largest file so far */
    size_t buffer_bytes;
    size_t got; /* bytes of the current file that are in the buffer */
    oc_follow follow;
    uint64_t followed;
    uint64_t done, total;
    int broken;
};

#endif

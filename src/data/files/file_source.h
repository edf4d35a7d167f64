/* file_source.h - the files of a folder, or of a .tar, .tar.gz or .zip archive, one after the other
 * and without unpacking it to disk. Names that lead out of the source come as refused; so do links,
 * unless those of a folder are to be followed. A folder's files come in order of name, an archive's
 * as they lie. */
#ifndef OC_DATA_FILES_FILE_SOURCE_H
#define OC_DATA_FILES_FILE_SOURCE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_file_source oc_file_source;

/* Which symbolic links of a folder are followed. */
typedef enum oc_follow {
    OC_FOLLOW_NONE,
    OC_FOLLOW_INSIDE,  /* those to something inside the folder */
    OC_FOLLOW_ANYWHERE /* all */
} oc_follow;

typedef struct oc_source_entry {
    const char *name;    /* relative, parts joined by single /, no "." and ".."; NULL: the end.
                          * Bytes as they are, any UTF-8 or not. Until the next call */
    uint64_t bytes;      /* its size, as the archive or file system says */
    const char *refused; /* why it cannot be read ("a link", ...); NULL: it can */
} oc_source_entry;

/* Local. A folder or an archive. Links that are followed: a folder that contains itself is entered
 * once, one that several links lead to once by a link, and no path has more than 64 parts; whatever
 * is left out by that comes as refused. OC_ERR_IO, OC_ERR_INTERNAL, OC_ERR_USAGE (links of an
 * archive). */
oc_status oc_file_source_open(oc_file_source **source, const char *path, oc_follow follow);
void oc_file_source_close(oc_file_source *source); /* NULL-safe */

/* Local. The next file. OC_ERR_DATA when the archive is damaged or cut short: the end is only
 * told after all of it, checksums included, was sound. */
oc_status oc_file_source_next(oc_file_source *source, oc_source_entry *entry);

/* Local. The first bytes of the current file, which was not refused: `most` of them, at most 64, or
 * as many as there are. Valid until the next call. OC_ERR_DATA as of oc_file_source_read. */
oc_status oc_file_source_peek(oc_file_source *source, size_t most, const void **bytes,
                              size_t *count);

/* Local. All bytes of the current file, which was not refused and has at most `limit` bytes; valid
 * until the next call. OC_ERR_DATA: it cannot be had (too large, gone, unreadable, damaged
 * archive). Unless oc_file_source_is_broken then, the files behind it can. */
oc_status oc_file_source_read(oc_file_source *source, size_t limit, const void **bytes,
                              size_t *count);

/* Local. Did the source as a whole fail, not one of its files? */
int oc_file_source_is_broken(const oc_file_source *source);

/* Local. Links that were followed so far, to files and to folders. */
uint64_t oc_file_source_followed(const oc_file_source *source);

/* Local. How far it is, for people: bytes of an archive, else 0 of 0. */
void oc_file_source_progress(const oc_file_source *source, uint64_t *done, uint64_t *total);

#endif

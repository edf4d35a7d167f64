/* file.h - whole files: the one atomic commit of the program, reading, paths.
 *
 * Every file that matters is written under a temporary name in the same folder and
 * takes its final name by oc_file_commit(): fsync, rename, fsync of the folder.
 *
 * Every file from outside is opened here: a pipe, a device or a folder in its place is refused at
 * once and never waited for. */
#ifndef OC_BASE_FILE_H
#define OC_BASE_FILE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OC_PATH_BYTES = 4096 };

/* Local. "DIR/.NAME.tmp-PID" for "DIR/NAME" into out[OC_PATH_BYTES]. OC_ERR_IO if too long. */
oc_status oc_file_temporary(char *out, const char *final_path);

/* Local. Open a regular file to read -> *descriptor, closed by the caller; a link to one is
 * followed. OC_ERR_IO, also for all that is not a regular file; then *descriptor is -1. */
oc_status oc_file_open(int *descriptor, const char *path);
oc_status oc_file_open_stream(FILE **stream, const char *path); /* then *stream is NULL */

/* Local. Open a regular file of that very name, made if it is not there, to write behind its end:
 * a symbolic link is not followed. OC_ERR_IO. */
oc_status oc_file_append(FILE **stream, const char *path);

/* Local. Create temporary[OC_PATH_BYTES] for `path`, to read and write. What stands at that name,
 * a link too, is removed and never followed. OC_ERR_IO. */
oc_status oc_file_create(int *descriptor, char *temporary, const char *path);
oc_status oc_file_create_stream(FILE **stream, char *temporary, const char *path);

/* Local. Make `temporary` durable and give it its final name, replacing what is there.
 * On failure the temporary file is removed and the final name is untouched. OC_ERR_IO. */
oc_status oc_file_commit(const char *temporary, const char *final_path);

/* Local. Write bytes to `path` atomically (temporary file, then commit). OC_ERR_IO. */
oc_status oc_file_write(const char *path, const void *bytes, size_t count);

/* Local. Read a whole file of at most `limit` bytes; *bytes is NUL-terminated beyond
 * *count and freed by the caller with free(). OC_ERR_IO; OC_ERR_DATA if larger. */
oc_status oc_file_read(const char *path, size_t limit, char **bytes, size_t *count);

/* Local. Create a folder, not its parents, and make its name durable; fine if there is something.
 * *is_new is also set where it was made and only the second failed. OC_ERR_IO. */
oc_status oc_folder_add(const char *path, int *is_new);

/* Local. Create a folder and its parents; fine if it is there. OC_ERR_IO. */
oc_status oc_folder_create(const char *path);

/* Local. The same; path[0, *made_from) is the outermost folder that was made, 0: none was. */
oc_status oc_folder_make(const char *path, size_t *made_from);

/* Local. Does the path exist (any kind)? */
int oc_file_exists(const char *path);

/* Local. out[OC_PATH_BYTES] = folder/name. OC_ERR_IO if too long. */
oc_status oc_path_join(char *out, const char *folder, const char *name);

/* Local. How often the process called fsync: tests count it. */
uint64_t oc_file_sync_count(void);

#endif

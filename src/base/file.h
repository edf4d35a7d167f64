/* file.h - whole files: the one atomic commit of the program, reading, paths.
 *
 * Every file that matters is written under a temporary name in the same folder and
 * takes its final name by oc_file_commit(): fsync, rename, fsync of the folder. */
#ifndef OC_BASE_FILE_H
#define OC_BASE_FILE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_PATH_BYTES = 4096 };

/* Local. "DIR/.NAME.tmp-PID" for "DIR/NAME" into out[OC_PATH_BYTES]. OC_ERR_IO if too long. */
oc_status oc_file_temporary(char *out, const char *final_path);

/* Local. Make `temporary` durable and give it its final name, replacing what is there.
 * On failure the temporary file is removed and the final name is untouched. OC_ERR_IO. */
oc_status oc_file_commit(const char *temporary, const char *final_path);

/* Local. Write bytes to `path` atomically (temporary file, then commit). OC_ERR_IO. */
oc_status oc_file_write(const char *path, const void *bytes, size_t count);

/* Local. Read a whole file of at most `limit` bytes; *bytes is NUL-terminated beyond
 * *count and freed by the caller with free(). OC_ERR_IO; OC_ERR_DATA if larger. */
oc_status oc_file_read(const char *path, size_t limit, char **bytes, size_t *count);

/* Local. Create a folder and its parents; fine if it is there. OC_ERR_IO. */
oc_status oc_folder_create(const char *path);

/* Local. Does the path exist (any kind)? */
int oc_file_exists(const char *path);

/* Local. out[OC_PATH_BYTES] = folder/name. OC_ERR_IO if too long. */
oc_status oc_path_join(char *out, const char *folder, const char *name);

/* Local. How often the process called fsync: tests count it. */
uint64_t oc_file_sync_count(void);

#endif

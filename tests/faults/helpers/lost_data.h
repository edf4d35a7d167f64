/* lost_data.h - what a power cut takes away: of each file the bytes that were not synced, and the
 * names that were made, changed or removed since their folder was synced. Of the files below one
 * folder. Not thread-safe: faulty_disk.c lets one call in at a time. */
#ifndef OC_TESTS_LOST_DATA_H
#define OC_TESTS_LOST_DATA_H

/* How much of it. Names: all are lost, the newer half, none. Bytes: all, the second half, and all
 * are there but wrong. */
typedef enum loss { LOSS_DROP, LOSS_HALVE, LOSS_GARBLE } loss;

/* What is there is on the disk. `stash` is a folder beside `root`: what may have to come back. */
void lost_data_begin(const char *root, const char *stash);

/* Calls that went well, except before_*: these come before the call. */
void lost_data_synced(int descriptor, const char *path);
void lost_data_made_file(int descriptor); /* or opened, if it is not empty */
void lost_data_made_folder(const char *path);
void lost_data_before_rename(const char *from, const char *to);
void lost_data_before_unlink(const char *path);
void lost_data_took_back(void); /* the call after the last before_* has failed */

void lost_data_lose(loss how);

#endif

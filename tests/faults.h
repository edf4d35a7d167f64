/* faults.h - how the file tests make writing fail: a folder that cannot be written, and a disk
 * that is full after some bytes. For tests of one process only. */
#ifndef OC_TESTS_FAULTS_H
#define OC_TESTS_FAULTS_H

#include <sys/resource.h>

/* No file may grow beyond `bytes`; writes fail with EFBIG. RLIM_INFINITY ends it. */
void limit_files(rlim_t bytes);

/* Make a folder read-only, for root too: the caller becomes nobody until unlock_folder. */
void lock_folder(const char *path);
void unlock_folder(const char *path);

/* Run `work` in a child that is killed as it writes byte `bytes` of a file. Non-zero if it was. */
int killed_while_writing(rlim_t bytes, void (*work)(void *), void *argument);

/* How many entries of a folder contain `part`. */
int count_entries(const char *folder, const char *part);

#endif

/* memory.h - how much memory this machine has, and this process has had. */
#ifndef OC_BASE_MEMORY_H
#define OC_BASE_MEMORY_H

#include <stddef.h>

/* Local. Bytes of physical memory; SIZE_MAX if the system does not tell. */
size_t oc_memory_installed(void);

/* Local. The most bytes that have been resident in this process so far. */
size_t oc_memory_peak(void);

/* Local. Bytes that can be had now without swapping, as the kernel estimates, and within what
 * the process's control group (a batch system's job) still allows. */
size_t oc_memory_available(void);

#endif

/* memory.h - how much memory this machine has. */
#ifndef OC_BASE_MEMORY_H
#define OC_BASE_MEMORY_H

#include <stddef.h>

/* Local. Bytes of physical memory; SIZE_MAX if the system does not tell. */
size_t oc_memory_installed(void);

/* Local. Bytes that can be had now without swapping, as the kernel estimates, and within what
 * the process's control group (a batch system's job) still allows. */
size_t oc_memory_available(void);

#endif

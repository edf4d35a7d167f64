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

/* Local. `bytes` (> 0) of uninitialised memory, aligned to `alignment` (a power of two) at least;
 * NULL if there is none. Blocks of 2 MiB and more ask the kernel for huge pages: a step walks
 * through all its memory, and waits less for the translation of addresses (5 to 7 % of a step of
 * resnet9 and mnist_cnn on a virtual machine). The caller frees it with free(). */
void *oc_memory_block(size_t alignment, size_t bytes);

#endif

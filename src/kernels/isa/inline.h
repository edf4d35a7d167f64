/* inline.h - how kernels are told what to make copies of: functions for each constant they are
 * called with, loops for each round. Under AddressSanitizer and ThreadSanitizer the large ones are
 * not copied: every copy of an access would be checked by instructions of its own, which takes the
 * compiler minutes and finds no more. */
#ifndef OC_KERNELS_ISA_INLINE_H
#define OC_KERNELS_ISA_INLINE_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OC_NO_COPIES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OC_NO_COPIES 1
#endif
#endif

#define INLINE static inline __attribute__((always_inline, unused))

/* INSTANCE: before a function that is compiled anew for each set of constants it is called with.
 * UNROLLED(n): before a loop of at most n rounds, each of them with its own constants. */
#ifdef OC_NO_COPIES
#define INSTANCE static __attribute__((noinline, unused))
#define UNROLLED(n)
#else
#define OC_PRAGMA(text) _Pragma(#text)
#define INSTANCE INLINE
#define UNROLLED(n) OC_PRAGMA(GCC unroll n)
#endif

#endif

#pragma once

/* A function compiled twice, for any processor of the kind and for one with wider vectors; the
   loader takes the one that runs here.  For loops over pixels that a compiler turns into vectors by
   itself: both give the same bytes, for neither contracts a * b + c where a file's meson options
   say so.  Nothing where the compiler or the C library cannot do it. */

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define VG_WIDE __attribute__((target_clones("avx2", "default")))
#endif
#endif
#ifndef VG_WIDE
#define VG_WIDE
#endif

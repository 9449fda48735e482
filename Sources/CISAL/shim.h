#include <isa-l/igzip_lib.h>

// What level 1 needs beside its state; Swift does not see the macro, which is made of others.
enum { cisal_level_1_bytes = ISAL_DEF_LVL1_SMALL };

// Compresses what the stream has. The library leaves the upper halves of vector registers in use; whatever its thread
// did later with older instructions would take three times as long.
static inline void cisal_deflate(struct isal_zstream *stream) {
    isal_deflate(stream);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
}

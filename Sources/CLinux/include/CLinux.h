// Kernel interfaces that Swift's Glibc module lacks.
#ifndef CLINUX_H
#define CLINUX_H

#include <malloc.h>
#include <stdint.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/vfs.h>

// prctl(2) is variadic, which Swift can't call.
static inline int clinux_name_this_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// Unmaps the pages of the program and its libraries that nothing writes to; the kernel maps again what is used.
void clinux_give_back_code(void);

// malloc.h is not in Swift's Glibc module.
static inline void clinux_settle_heap(int large) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, large);
  mallopt(M_TRIM_THRESHOLD, large);
}

static inline void clinux_trim_heap(void) { malloc_trim(0); }

// Asks for pages of 2 MiB in a block that is about to be filled, where the kernel has them: see madvise(2),
// MADV_HUGEPAGE. Mapped one by one, 4 KiB at a time, its pages cost as much as what is written there.
void clinux_fill_by_large_pages(void *start, size_t size);

// Another number for each thread that runs. pthread_self(3) is the same, and a call where this is one instruction.
static inline uintptr_t clinux_this_thread(void) { return (uintptr_t)__builtin_thread_pointer(); }

static inline size_t clinux_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

#endif

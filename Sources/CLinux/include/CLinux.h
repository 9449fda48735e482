// Kernel interfaces that Swift's Glibc module lacks.
#ifndef CLINUX_H
#define CLINUX_H

#include <malloc.h>
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

// malloc.h is not in Swift's Glibc module.
static inline int clinux_use_one_heap(void) { return mallopt(M_ARENA_MAX, 1); }

#endif

// For dl_iterate_phdr(3).
#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Whether the loader writes into pages that are read-only afterwards.
static int has_text_relocations(const struct dl_phdr_info *object) {
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + part->p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL) return 1;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
    }
  }
  return 0;
}

static int give_back(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  // The program itself has no name; the kernel's own object has one that is no path.
  if (object->dlpi_name[0] != '\0' && object->dlpi_name[0] != '/') return 0;
  if (has_text_relocations(object)) return 0;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
    uintptr_t start = (object->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_filesz) & ~(page - 1);
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void clinux_give_back_code(void) { dl_iterate_phdr(give_back, NULL); }

void clinux_fill_by_large_pages(void *start, size_t size) {
  const uintptr_t page = 2 << 20;
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)start + size) & ~(page - 1);
  if (end > first) madvise((void *)first, end - first, MADV_HUGEPAGE);
}

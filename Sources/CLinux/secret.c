#define _GNU_SOURCE
#include "CLinux.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_secret_map(size_t size, void **out) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -(long)errno;
  long result = RESULT(mlock(memory, size));
  if (result >= 0) result = RESULT(madvise(memory, size, MADV_DONTDUMP));
  if (result >= 0) result = RESULT(madvise(memory, size, MADV_DONTFORK));
  if (result < 0)
    munmap(memory, size);
  else
    *out = memory;
  return result;
}

void clinux_secret_unmap(void *memory, size_t size) {
  explicit_bzero(memory, size);
  munmap(memory, size);
}

long clinux_add_logon_key(const char *description, const void *key, size_t size) {
  /* KEY_SPEC_THREAD_KEYRING: gone with the only thread of this process. */
  return RESULT(syscall(SYS_add_key, "logon", description, key, size, -1));
}

long clinux_add_user_key(const char *description, const void *key, size_t size) {
  return RESULT(syscall(SYS_add_key, "user", description, key, size, -1));
}

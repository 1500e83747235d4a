#define _GNU_SOURCE
#include "CLinux.h"
#include "filter.h"

#include <errno.h>
#include <linux/dm-ioctl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

/* A request by name, with room for the answer: one target whose parameters fit. */
struct request {
  struct dm_ioctl head;
  char answer[4096];
};

static long prepare(struct request *request, const char *name, uint32_t flags) {
  size_t length = strlen(name);
  if (length == 0 || length >= DM_NAME_LEN) return -ENAMETOOLONG;
  memset(request, 0, sizeof *request);
  /* 4.0.0 is the oldest interface that has these commands; the kernel refuses only a newer one than its own. */
  request->head.version[0] = 4;
  request->head.data_size = sizeof *request;
  request->head.data_start = offsetof(struct request, answer);
  request->head.flags = flags;
  memcpy(request->head.name, name, length + 1);
  return 0;
}

/* The kernel's "huge" form of a device number: 12 bits of major between the parts of the minor. */
static void set_number(struct clinux_dm_table *out, uint64_t device) {
  out->major = (uint32_t)(device & 0xfff00) >> 8;
  out->minor = (uint32_t)((device & 0xff) | ((device >> 12) & 0xfff00));
}

static long query(int control, const char *name, uint32_t flags, struct clinux_dm_table *out) {
  struct request request;
  struct dm_target_spec target;
  long result = prepare(&request, name, flags | DM_NOFLUSH_FLAG);
  if (result < 0) return result;
  result = RESULT(ioctl(control, DM_TABLE_STATUS, &request));
  if (result < 0) return result;
  if (request.head.flags & DM_BUFFER_FULL_FLAG) return -E2BIG;
  memset(out, 0, sizeof *out);
  set_number(out, request.head.dev);
  out->read_only = (request.head.flags & DM_READONLY_FLAG) != 0;
  out->targets = request.head.target_count;
  if (out->targets != 1) return 0;
  size_t start = request.head.data_start;
  if (start < offsetof(struct request, answer) || start + sizeof target >= sizeof request) return -EPROTO;
  memcpy(&target, (char *)&request + start, sizeof target);
  const char *parameters = (char *)&request + start + sizeof target;
  size_t length = strnlen(parameters, sizeof request - start - sizeof target);
  if (length >= sizeof out->parameters) return -E2BIG;
  out->start = target.sector_start;
  out->sectors = target.length;
  memcpy(out->type, target.target_type, sizeof target.target_type);
  memcpy(out->parameters, parameters, length);
  return 0;
}

long clinux_dm_table(int control, const char *name, struct clinux_dm_table *out) {
  return query(control, name, DM_STATUS_TABLE_FLAG, out);
}

long clinux_dm_status(int control, const char *name, struct clinux_dm_table *out) {
  return query(control, name, 0, out);
}

static long load(int control, const char *name, const struct clinux_dm_table *table) {
  struct request request;
  struct dm_target_spec target = {.sector_start = table->start, .length = table->sectors};
  long result = prepare(&request, name, DM_READONLY_FLAG);
  if (result < 0) return result;
  memcpy(target.target_type, table->type, sizeof target.target_type);
  request.head.target_count = 1;
  memcpy(request.answer, &target, sizeof target);
  memcpy(request.answer + sizeof target, table->parameters, sizeof table->parameters);
  return RESULT(ioctl(control, DM_TABLE_LOAD, &request));
}

long clinux_dm_create(int control, const char *name, struct clinux_dm_table *table) {
  struct request request;
  long result = prepare(&request, name, DM_READONLY_FLAG);
  if (result < 0) return result;
  result = RESULT(ioctl(control, DM_DEV_CREATE, &request));
  if (result < 0) return result;
  set_number(table, request.head.dev);
  result = load(control, name, table);
  /* To resume a device that was never active is how it becomes so. */
  if (result >= 0) result = prepare(&request, name, DM_READONLY_FLAG);
  if (result >= 0) result = RESULT(ioctl(control, DM_DEV_SUSPEND, &request));
  if (result < 0 && prepare(&request, name, 0) >= 0) ioctl(control, DM_DEV_REMOVE, &request);
  return result;
}

long clinux_dm_confine(void) {
  struct sock_filter filter[] = {
      FILTER_BEGIN,
      ALLOW_EQUAL(SYS_read),
      ALLOW_EQUAL(SYS_write),
      ALLOW_EQUAL(SYS_close),
      ALLOW_EQUAL(SYS_exit_group),
      /* Memory of the language's run time; getrandom seeds its tables. */
      ALLOW_EQUAL(SYS_brk),
      ALLOW_EQUAL(SYS_munmap),
      ALLOW_EQUAL(SYS_mremap),
      ALLOW_EQUAL(SYS_madvise),
      ALLOW_EQUAL(SYS_futex),
      ALLOW_EQUAL(SYS_getrandom),
      /* A signature for dm-verity, into the keyring of this thread and no other (KEY_SPEC_THREAD_KEYRING). */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_add_key, 0, 4),
      LOAD(ARGUMENT(4)),
      ALLOW_EQUAL(-1),
      KILL,
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4),
      LOAD(ARGUMENT(2)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      KILL,
      ALLOW,
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 1, 0),
      KILL,
      LOAD(ARGUMENT(1)),
      ALLOW_EQUAL(DM_DEV_CREATE),
      ALLOW_EQUAL(DM_TABLE_LOAD),
      ALLOW_EQUAL(DM_DEV_SUSPEND),
      ALLOW_EQUAL(DM_DEV_REMOVE),
      KILL,
  };
  return FILTER_SET(filter);
}

long clinux_dm_remove(int control, const char *name) {
  struct request request;
  long result = prepare(&request, name, DM_DEFERRED_REMOVE);
  return result < 0 ? result : RESULT(ioctl(control, DM_DEV_REMOVE, &request));
}

#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

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

long clinux_dm_table(int control, const char *name, struct clinux_dm_table *out) {
  struct request request;
  struct dm_target_spec target;
  long result = prepare(&request, name, DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG);
  if (result < 0) return result;
  result = RESULT(ioctl(control, DM_TABLE_STATUS, &request));
  if (result < 0) return result;
  if (request.head.flags & DM_BUFFER_FULL_FLAG) return -E2BIG;
  memset(out, 0, sizeof *out);
  /* The kernel's "huge" form of a device number: 12 bits of major between the parts of the minor. */
  out->major = (uint32_t)(request.head.dev & 0xfff00) >> 8;
  out->minor = (uint32_t)((request.head.dev & 0xff) | ((request.head.dev >> 12) & 0xfff00));
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

long clinux_dm_remove(int control, const char *name) {
  struct request request;
  long result = prepare(&request, name, DM_DEFERRED_REMOVE);
  return result < 0 ? result : RESULT(ioctl(control, DM_DEV_REMOVE, &request));
}

#define _GNU_SOURCE
#include "CLinux.h"

#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

/* struct sched_attr up to the utilization clamps: <linux/sched/types.h> clashes with glibc's <sched.h>. */
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t clamp_minimum, clamp_maximum;
};

long clinux_sched_setattr(const struct clinux_scheduling *scheduling) {
  struct attributes attributes = {
      .size = sizeof attributes,
      .policy = scheduling->policy,
      .flags = scheduling->flags,
      .nice = scheduling->nice,
      .priority = scheduling->priority,
      .runtime = scheduling->runtime,
      .deadline = scheduling->deadline,
      .period = scheduling->period,
  };
  return RESULT(syscall(SYS_sched_setattr, 0, &attributes, 0));
}
long clinux_ioprio_set(int class, int level) {
  return RESULT(syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, class << 13 | level));
}
long clinux_set_mempolicy(int mode, const void *nodes, size_t bits) {
  return RESULT(syscall(SYS_set_mempolicy, mode, nodes, bits));
}
long clinux_personality(uint32_t domain) { return RESULT(personality(domain)); }

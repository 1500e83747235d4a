#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_bpf_load_device_program(const void *instructions, uint32_t count) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = (uint64_t)(uintptr_t)instructions;
  attributes.insn_cnt = count;
  attributes.license = (uint64_t)(uintptr_t) "Apache-2.0";
  return RESULT(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
}

long clinux_bpf_attach_device_program(int cgroup, int program) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  return RESULT(syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes));
}

long clinux_bpf_replace_device_program(int cgroup, int program) {
  union bpf_attr attributes;
  uint32_t ids[2] = {0, 0};
  memset(&attributes, 0, sizeof attributes);
  attributes.query.target_fd = (uint32_t)cgroup;
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = (uint64_t)(uintptr_t)ids;
  attributes.query.prog_cnt = 2;
  long result = RESULT(syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof attributes));
  if (result < 0) return result;
  // Not the one program that Ward attaches: which of several to replace, nobody knows.
  if (attributes.query.prog_cnt != 1) return -EEXIST;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_id = ids[0];
  long former = RESULT(syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof attributes));
  if (former < 0) return former;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = (uint32_t)cgroup;
  attributes.attach_bpf_fd = (uint32_t)program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI | BPF_F_REPLACE;
  attributes.replace_bpf_fd = (uint32_t)former;
  result = RESULT(syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes));
  close((int)former);
  return result;
}

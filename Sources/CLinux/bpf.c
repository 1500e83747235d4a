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

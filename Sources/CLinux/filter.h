/* What the system call filters of Ward's small programs have in common. */
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define FILTER_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_MACHINE AUDIT_ARCH_AARCH64
#else
#error "name the audit architecture"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field)
/* The low half of an argument, on machines with the least significant byte first. */
#define ARGUMENT(number) offsetof(struct seccomp_data, args[number])
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define REFUSE(errno_) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (errno_))
#define ALLOW_EQUAL(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, 1), ALLOW
#define REFUSE_EQUAL(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, 1), REFUSE(EPERM)
/* How each filter begins: another machine's numbers mean other calls. The number of the call is loaded after it. */
#define FILTER_BEGIN                                                                                                   \
  LOAD(offsetof(struct seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_MACHINE, 1, 0), KILL,          \
      LOAD(offsetof(struct seccomp_data, nr))

/* Sets a filter (an array) for this thread and all that it makes; a negative errno where that fails. */
#define FILTER_SET(filter)                                                                                             \
  ({                                                                                                                   \
    struct sock_fprog program_ = {.len = sizeof filter / sizeof *filter, .filter = filter};                            \
    long result_ = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program_);                                        \
    result_ < 0 ? -(long)errno : result_;                                                                              \
  })

#define _GNU_SOURCE
#include "CLinux.h"

#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_clone3(const struct clinux_clone *request, int *pidfd) {
  struct clone_args arguments = {
      .flags = request->flags,
      .pidfd = (uint64_t)(uintptr_t)pidfd,
      .exit_signal = (uint64_t)request->exit_signal,
      .cgroup = (uint64_t)request->cgroup,
  };
  if (!(request->flags & CLONE_INTO_CGROUP)) arguments.cgroup = 0;
  long result = RESULT(syscall(SYS_clone3, &arguments, sizeof arguments));
  /* System call filters of containers answer so, since they cannot look at clone3's arguments. */
  if (result == -ENOSYS && (request->flags & ~(uint64_t)CLONE_PIDFD) == 0)
    return RESULT(syscall(SYS_clone, request->flags | (uint64_t)request->exit_signal, NULL, pidfd, NULL, 0));
  return result;
}
long clinux_unshare(uint64_t flags) { return RESULT(syscall(SYS_unshare, flags)); }
long clinux_setns(int fd, int type) { return RESULT(setns(fd, type)); }
long clinux_pidfd_open(int pid, unsigned flags) { return RESULT(syscall(SYS_pidfd_open, pid, flags)); }
long clinux_pidfd_send_signal(int pidfd, int signal, unsigned flags) {
  return RESULT(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, flags));
}
long clinux_pidfd_getfd(int pidfd, int target, unsigned flags) {
  return RESULT(syscall(SYS_pidfd_getfd, pidfd, target, flags));
}
long clinux_kill(int pid, int signal) { return RESULT(kill(pid, signal)); }
long clinux_waitid(int id_type, unsigned id, int options, int *code, int *status) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  long result = RESULT(waitid((idtype_t)id_type, id, &info, options));
  if (result < 0) return result;
  *code = info.si_code;
  *status = info.si_status;
  return info.si_pid;
}
long clinux_execve(const char *path, char *const argv[], char *const envp[]) {
  return RESULT(syscall(SYS_execve, path, argv, envp));
}
long clinux_execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags) {
  return RESULT(syscall(SYS_execveat, directory, path, argv, envp, flags));
}
long clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  return RESULT(prctl(option, a, b, c, d));
}
long clinux_getpid(void) { return syscall(SYS_getpid); }
long clinux_getppid(void) { return syscall(SYS_getppid); }
long clinux_gettid(void) { return syscall(SYS_gettid); }
long clinux_getuid(void) { return syscall(SYS_getuid); }
long clinux_geteuid(void) { return syscall(SYS_geteuid); }
long clinux_getegid(void) { return syscall(SYS_getegid); }
long clinux_setsid(void) { return RESULT(setsid()); }
_Noreturn void clinux_exit(int code) { _exit(code); }
long clinux_prlimit(int pid, int resource, const uint64_t *soft_and_hard, uint64_t *old_soft_and_hard) {
  return RESULT(syscall(SYS_prlimit64, pid, resource, soft_and_hard, old_soft_and_hard));
}
long clinux_sched_setaffinity(int pid, size_t size, const void *mask) {
  return RESULT(syscall(SYS_sched_setaffinity, pid, size, mask));
}

long clinux_reset_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) {
    /* SIGKILL and SIGSTOP cannot be set; 32 and 33 belong to glibc, which answers EINVAL. */
    if (sigaction(number, &action, NULL) < 0 && errno != EINVAL) return -(long)errno;
  }
  sigset_t none;
  sigemptyset(&none);
  return RESULT(sigprocmask(SIG_SETMASK, &none, NULL));
}
long clinux_reset_crash_signals(void) {
  static const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGQUIT,
                                /* Ignored by the caller, it would hide the end of a child. */
                                SIGCHLD};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++)
    if (sigaction(crashes[index], &action, NULL) < 0) return -(long)errno;
  return 0;
}
long clinux_ignore_signal(int signal_number) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_IGN;
  return RESULT(sigaction(signal_number, &action, NULL));
}
long clinux_block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  return RESULT(sigprocmask(SIG_SETMASK, &all, NULL));
}

/* By number, not through glibc: glibc's wrappers signal every thread, and this process has one. */
long clinux_setresuid(uint32_t real, uint32_t effective, uint32_t saved) {
  return RESULT(syscall(SYS_setresuid, real, effective, saved));
}
long clinux_setresgid(uint32_t real, uint32_t effective, uint32_t saved) {
  return RESULT(syscall(SYS_setresgid, real, effective, saved));
}
long clinux_setgroups(size_t count, const uint32_t *groups) { return RESULT(syscall(SYS_setgroups, count, groups)); }

long clinux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2] = {
      {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
      {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
  };
  return RESULT(syscall(SYS_capset, &header, data));
}
long clinux_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2];
  long result = RESULT(syscall(SYS_capget, &header, data));
  if (result < 0) return result;
  *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
  *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  *inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
  return 0;
}
long clinux_seccomp_set_filter(unsigned flags, const void *program, uint16_t instructions) {
  struct sock_fprog filter = {.len = instructions, .filter = (struct sock_filter *)(uintptr_t)program};
  return RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

extern char **environ;
char **clinux_environment(void) { return environ; }

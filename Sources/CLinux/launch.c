#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/audit.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_loopback_up(int socket_fd) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return RESULT(ioctl(socket_fd, SIOCSIFFLAGS, &request));
}

long clinux_join_session_keyring(const char *name) {
  return RESULT(syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, name));
}

long clinux_wait_signal(void) {
  sigset_t all;
  sigfillset(&all);
  return RESULT(sigwaitinfo(&all, NULL));
}

static void end(int signal_number) {
  (void)signal_number;
  _exit(0);
}

long clinux_prepare_pause(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigfillset(&action.sa_mask);
  action.sa_handler = end;
  if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0) return -(long)errno;
  action.sa_handler = SIG_IGN;
  action.sa_flags = SA_NOCLDWAIT;
  return RESULT(sigaction(SIGCHLD, &action, NULL));
}

long clinux_pause(void) {
#if defined(__x86_64__)
  const uint32_t machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  const uint32_t machine = AUDIT_ARCH_AARCH64;
#else
#error "name the audit architecture"
#endif
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ppoll, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  long result = clinux_seccomp_set_filter(0, filter, sizeof filter / sizeof *filter);
  if (result < 0) return result;
  for (;;) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

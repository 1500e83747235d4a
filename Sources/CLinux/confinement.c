#define _GNU_SOURCE
#include "CLinux.h"
#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Namespaces, by clone(2). */
#define NEW_NAMESPACES                                                                                                 \
  (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

/* A list of what is refused, not of what is allowed: what a vendor's library calls is its own affair, and changes. */
long clinux_confine_library(void) {
  struct sock_filter filter[] = {
      FILTER_BEGIN,
#if defined(__x86_64__)
      /* The same calls under other numbers (x32). */
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
      KILL,
#endif
      /* No other program. */
      REFUSE_EQUAL(SYS_execve),
      REFUSE_EQUAL(SYS_execveat),
      /* No other process's memory or files. */
      REFUSE_EQUAL(SYS_ptrace),
      REFUSE_EQUAL(SYS_process_vm_readv),
      REFUSE_EQUAL(SYS_process_vm_writev),
      REFUSE_EQUAL(SYS_pidfd_getfd),
      REFUSE_EQUAL(SYS_open_by_handle_at),
      REFUSE_EQUAL(SYS_kcmp),
      /* No mounts and namespaces. */
      REFUSE_EQUAL(SYS_mount),
      REFUSE_EQUAL(SYS_umount2),
      REFUSE_EQUAL(SYS_pivot_root),
      REFUSE_EQUAL(SYS_chroot),
      REFUSE_EQUAL(SYS_open_tree),
      REFUSE_EQUAL(SYS_move_mount),
      REFUSE_EQUAL(SYS_mount_setattr),
      REFUSE_EQUAL(SYS_fsopen),
      REFUSE_EQUAL(SYS_fsconfig),
      REFUSE_EQUAL(SYS_fsmount),
      REFUSE_EQUAL(SYS_fspick),
      REFUSE_EQUAL(SYS_setns),
      REFUSE_EQUAL(SYS_unshare),
      /* No changes to the kernel and to the whole node. */
      REFUSE_EQUAL(SYS_init_module),
      REFUSE_EQUAL(SYS_finit_module),
      REFUSE_EQUAL(SYS_delete_module),
      REFUSE_EQUAL(SYS_kexec_load),
#if defined(SYS_kexec_file_load)
      REFUSE_EQUAL(SYS_kexec_file_load),
#endif
      REFUSE_EQUAL(SYS_bpf),
      REFUSE_EQUAL(SYS_perf_event_open),
      REFUSE_EQUAL(SYS_userfaultfd),
      REFUSE_EQUAL(SYS_io_uring_setup),
      REFUSE_EQUAL(SYS_reboot),
      REFUSE_EQUAL(SYS_swapon),
      REFUSE_EQUAL(SYS_swapoff),
      REFUSE_EQUAL(SYS_sethostname),
      REFUSE_EQUAL(SYS_setdomainname),
      REFUSE_EQUAL(SYS_settimeofday),
      REFUSE_EQUAL(SYS_clock_settime),
      REFUSE_EQUAL(SYS_quotactl),
      REFUSE_EQUAL(SYS_acct),
      REFUSE_EQUAL(SYS_add_key),
      REFUSE_EQUAL(SYS_request_key),
      REFUSE_EQUAL(SYS_keyctl),
      /* To crash is to have the kernel's handler of core dumps look into this process. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4),
      LOAD(ARGUMENT(0)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 0, 1),
      REFUSE(EPERM),
      ALLOW,
      /* Its flags lie in memory, where no filter looks: the C library then asks by clone. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
      REFUSE(ENOSYS),
      /* Threads, but no namespaces. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
      LOAD(ARGUMENT(0)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1),
      REFUSE(EPERM),
      ALLOW,
      /* No network: the vendor's daemon listens on a socket of the file system. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4),
      LOAD(ARGUMENT(0)),
      ALLOW_EQUAL(AF_UNIX),
      REFUSE(EPERM),
      ALLOW,
  };
  return FILTER_SET(filter);
}

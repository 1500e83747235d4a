/* Raw Linux system calls that Swift cannot reach by itself.
 *
 * Every function returns the kernel's result, or -errno: errno is read here, before any other code can
 * change it. Nothing here allocates, keeps state or interprets its arguments. */
#ifndef CLINUX_H
#define CLINUX_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Constants that are macros with casts or only in headers that clash; values are kernel ABI. */
enum {
  CLINUX_O_PATH = 010000000,
  CLINUX_O_TMPFILE = 020200000,
  CLINUX_AT_EMPTY_PATH = 0x1000,
  CLINUX_AT_FDCWD = -100,
};

/* Files. */
long clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
long clinux_close(int fd);
long clinux_close_range(unsigned first, unsigned last, unsigned flags);
long clinux_read(int fd, void *buffer, size_t count);
/* Where a part first stands in a text, or -1. */
long clinux_find(const void *text, size_t length, const void *part, size_t part_length);
long clinux_write(int fd, const void *buffer, size_t count);
long clinux_pread(int fd, void *buffer, size_t count, int64_t offset);
long clinux_pwrite(int fd, const void *buffer, size_t count, int64_t offset);
long clinux_flistxattr(int fd, void *buffer, size_t size);
long clinux_fgetxattr(int fd, const char *name, void *buffer, size_t size);
long clinux_fcntl(int fd, int command, long argument);
long clinux_dup3(int fd, int target, int flags);
long clinux_pipe2(int fds[2], int flags);
long clinux_fsync(int fd);
long clinux_ftruncate(int fd, int64_t length);
long clinux_lseek(int fd, int64_t offset, int whence);
long clinux_flock(int fd, int operation);
long clinux_sendfile(int out, int in, size_t count);
long clinux_copy_file_range(int in, int out, size_t count);

struct clinux_status {
  uint32_t mode, uid, gid, links;
  uint64_t inode, size, blocks, mount_id;
  uint32_t device_major, device_minor, rdevice_major, rdevice_minor;
};
long clinux_statx(int directory, const char *path, int flags, struct clinux_status *out);
/* The magic number of the file system (statfs f_type), and its mount flags (f_flags). */
long clinux_fstatfs(int fd, uint64_t *magic, uint64_t *flags);

long clinux_mkdirat(int directory, const char *path, uint32_t mode);
long clinux_mknodat(int directory, const char *path, uint32_t mode, uint32_t major, uint32_t minor);
long clinux_unlinkat(int directory, const char *path, int flags);
long clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
long clinux_symlinkat(const char *target, int directory, const char *path);
long clinux_readlinkat(int directory, const char *path, char *buffer, size_t size);
long clinux_fchmod(int fd, uint32_t mode);
long clinux_fchownat(int directory, const char *path, uint32_t uid, uint32_t gid, int flags);
long clinux_getdents64(int fd, void *buffer, size_t size);
long clinux_faccessat2(int directory, const char *path, int mode, int flags);
long clinux_fchdir(int fd);
long clinux_chroot(const char *path);
long clinux_chdir(const char *path);
long clinux_getcwd(char *buffer, size_t size);
long clinux_umask(uint32_t mask);
long clinux_memfd_create(const char *name, unsigned flags);

/* Mounts by file descriptor. */
long clinux_fsopen(const char *type, unsigned flags);
long clinux_fsconfig(int fs, unsigned command, const char *key, const void *value, int aux);
long clinux_fsmount(int fs, unsigned flags, unsigned attributes);
long clinux_fspick(int directory, const char *path, unsigned flags);
long clinux_open_tree(int directory, const char *path, unsigned flags);
long clinux_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
long clinux_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                          uint64_t propagation, uint64_t user_namespace);
long clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
long clinux_umount2(const char *path, int flags);
long clinux_pivot_root(const char *new_root, const char *put_old);
long clinux_sethostname(const char *name, size_t length);
long clinux_setdomainname(const char *name, size_t length);

/* Processes. */
struct clinux_clone {
  uint64_t flags;
  int cgroup; /* with CLONE_INTO_CGROUP */
  int exit_signal;
};
/* clone3 without a new stack, that is like fork. *pidfd is set in the parent where CLONE_PIDFD is asked for.
 * The child has the only thread. */
long clinux_clone3(const struct clinux_clone *request, int *pidfd);
long clinux_unshare(uint64_t flags);
long clinux_setns(int fd, int type);
long clinux_pidfd_open(int pid, unsigned flags);
long clinux_pidfd_send_signal(int pidfd, int signal, unsigned flags);
long clinux_pidfd_getfd(int pidfd, int target, unsigned flags);
long clinux_kill(int pid, int signal);
/* Waits by waitid for a child (id type P_PID, P_PIDFD or P_ALL). *code gets CLD_EXITED, CLD_KILLED or CLD_DUMPED, *status
 * the exit code or signal. Returns the pid, or 0 where WNOHANG found none. */
long clinux_waitid(int id_type, unsigned id, int options, int *code, int *status);
long clinux_execve(const char *path, char *const argv[], char *const envp[]);
long clinux_execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags);
long clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
long clinux_getpid(void);
long clinux_getppid(void);
long clinux_gettid(void);
long clinux_getuid(void);
long clinux_geteuid(void);
long clinux_getegid(void);
long clinux_setsid(void);
_Noreturn void clinux_exit(int code);
long clinux_prlimit(int pid, int resource, const uint64_t *soft_and_hard, uint64_t *old_soft_and_hard);
long clinux_sched_setaffinity(int pid, size_t size, const void *mask);
/* Of the calling thread. */
struct clinux_scheduling {
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
long clinux_sched_setattr(const struct clinux_scheduling *scheduling);
long clinux_ioprio_set(int class_, int level);
long clinux_set_mempolicy(int mode, const void *nodes, size_t bits);
long clinux_personality(uint32_t domain);
/* Sets every signal to its default action and unblocks all. */
long clinux_reset_signals(void);
/* Sets the signals of crashes to their default action, so that no handler runs a program by path. */
long clinux_reset_crash_signals(void);
long clinux_ignore_signal(int signal);
/* Blocks every signal in the calling thread. */
long clinux_block_signals(void);
/* Waits for a signal that is blocked, and takes it. Returns its number. */
long clinux_wait_signal(void);
/* Ends the process with status 0 on SIGTERM and SIGINT, also as process 1 of a pid namespace; children that end leave
 * no zombie. */
long clinux_prepare_pause(void);
/* Waits until a signal ends the process, under a filter that admits no other system call. Returns only -errno. Needs
 * no_new_privs. */
long clinux_pause(void);
long clinux_join_session_keyring(const char *name);

/* Credentials. */
long clinux_setresuid(uint32_t real, uint32_t effective, uint32_t saved);
long clinux_setresgid(uint32_t real, uint32_t effective, uint32_t saved);
long clinux_setgroups(size_t count, const uint32_t *groups);
long clinux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
long clinux_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
long clinux_seccomp_set_filter(unsigned flags, const void *program, uint16_t instructions);

/* Sockets and terminals. */
long clinux_socket(int domain, int type, int protocol);
long clinux_socketpair(int domain, int type, int fds[2]);
long clinux_unix_bind(int fd, const void *path, size_t length);
long clinux_unix_connect(int fd, const void *path, size_t length);
/* IPv4 address in host byte order. */
long clinux_vsock_connect(int fd, uint32_t cid, uint32_t port);
long clinux_tcp_connect(int fd, uint32_t address, uint16_t port);
long clinux_listen(int fd, int backlog);
long clinux_accept(int fd, int flags);
long clinux_peer_credentials(int fd, int *pid, uint32_t *uid, uint32_t *gid);
/* Sets both receive and send time-outs, in milliseconds. */
long clinux_socket_timeout(int fd, unsigned milliseconds);
long clinux_send_with_descriptor(int socket, const void *bytes, size_t count, int fd);
/* *fd is -1 where none came. */
long clinux_receive_with_descriptor(int socket, void *bytes, size_t count, int *fd);
/* Without SIGPIPE where the other end has gone. */
long clinux_send(int socket, const void *bytes, size_t count);
long clinux_poll(struct pollfd *fds, unsigned count, int milliseconds);
long clinux_ioctl(int fd, unsigned long request, unsigned long argument);
/* The number of the pseudo-terminal behind a master, which is unlocked. */
long clinux_pty_unlock(int master, unsigned *number);
/* Opens the other end of a master without any path (TIOCGPTPEER). */
long clinux_pty_peer(int master, int flags);
long clinux_set_window_size(int terminal, uint16_t rows, uint16_t columns);
long clinux_set_controlling_terminal(int terminal);
/* Puts a terminal into raw mode; its mode before goes to a buffer of CLINUX_TERMINAL_MODE_SIZE bytes. */
enum { CLINUX_TERMINAL_MODE_SIZE = 64 };
long clinux_terminal_raw(int terminal, void *before);
long clinux_terminal_restore(int terminal, const void *mode);
long clinux_copy_window_size(int from, int to);
/* A file of all signals that are blocked. */
long clinux_signalfd(void);
/* Brings up the loopback interface of the network namespace in which the socket was made. */
long clinux_loopback_up(int socket);
long clinux_isatty(int fd);
long clinux_terminal_columns(int fd);
long clinux_terminal_rows(int fd);

/* Loop devices. */
long clinux_loop_free_number(int control);
/* Configures a loop device read-only with autoclear over a file, with 4096-byte blocks. */
long clinux_loop_configure(int loop, int file);
/* Copies the name, the flags and the inode of the backing file. */
long clinux_loop_status(int loop, char name[64], uint32_t *flags, uint64_t *inode);
long clinux_loop_clear(int loop);

/* Device-mapper, by /dev/mapper/control. Type and parameters are of the only target, and terminated. */
struct clinux_dm_table {
  uint32_t major, minor;
  uint32_t read_only, targets;
  uint64_t start, sectors;
  char type[17];
  char parameters[2048];
};
long clinux_dm_table(int control, const char *name, struct clinux_dm_table *out);
/* What the target says of its state: parameters has it in the place of the table. */
long clinux_dm_status(int control, const char *name, struct clinux_dm_table *out);
/* Makes a read-only device with one target, and sets its number; where a step fails, nothing of it is left. */
long clinux_dm_create(int control, const char *name, struct clinux_dm_table *table);
/* From here on this process can use open files and device-mapper's commands of creation, and nothing else. Needs
   no_new_privs. */
long clinux_dm_confine(void);

/* Gives up what a library of another vendor has no business with, for good: other programs, networks, mounts, namespaces,
   the memory of others, changes to the kernel. Needs no_new_privs before. */
long clinux_confine_library(void);
/* Removes a device, or has the kernel remove it when its last user closes it. */
long clinux_dm_remove(int control, const char *name);

/* Whole pages that are neither swapped, nor part of a core file, nor there in a child; overwritten before they go. */
long clinux_secret_map(size_t size, void **out);
void clinux_secret_unmap(void *memory, size_t size);
/* A key that no process can read, in the keyring of the calling thread. */
long clinux_add_logon_key(const char *description, const void *key, size_t size);
/* One that processes with this keyring can read. */
long clinux_add_user_key(const char *description, const void *key, size_t size);

/* Time. */
long clinux_clock(int clock, int64_t *seconds, int64_t *nanoseconds);
long clinux_random(void *buffer, size_t count);

/* Device control of cgroup v2: struct bpf_insn in a row, and the descriptor of the loaded program. */
long clinux_bpf_load_device_program(const void *instructions, uint32_t count);
/* Beside the programs of the cgroups above, each of which must admit a use. */
long clinux_bpf_attach_device_program(int cgroup, int program);
long clinux_bpf_replace_device_program(int cgroup, int program);

/* Environment of this process: the pointer array as the kernel handed it over. */
char **clinux_environment(void);
/* Takes every variable out of the environment of this process whose name starts with these bytes. */
void clinux_drop_environment(const char *prefix);

#endif

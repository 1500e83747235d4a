#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <linux/vm_sockets.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_socket(int domain, int type, int protocol) { return RESULT(socket(domain, type, protocol)); }
long clinux_socketpair(int domain, int type, int fds[2]) { return RESULT(socketpair(domain, type, 0, fds)); }

/* Fills an address; an abstract name starts with a NUL byte and needs no terminator. */
static long unix_address(struct sockaddr_un *address, const void *path, size_t length, socklen_t *size) {
  if (length == 0 || length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  int abstract = ((const char *)path)[0] == 0;
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
  return 0;
}
long clinux_unix_bind(int fd, const void *path, size_t length) {
  struct sockaddr_un address;
  socklen_t size;
  long result = unix_address(&address, path, length, &size);
  return result < 0 ? result : RESULT(bind(fd, (struct sockaddr *)&address, size));
}
long clinux_unix_connect(int fd, const void *path, size_t length) {
  struct sockaddr_un address;
  socklen_t size;
  long result = unix_address(&address, path, length, &size);
  return result < 0 ? result : RESULT(connect(fd, (struct sockaddr *)&address, size));
}
long clinux_tcp_connect(int fd, uint32_t ipv4, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ipv4)};
  return RESULT(connect(fd, (struct sockaddr *)&address, sizeof address));
}
long clinux_listen(int fd, int backlog) { return RESULT(listen(fd, backlog)); }
long clinux_accept(int fd, int flags) { return RESULT(accept4(fd, NULL, NULL, flags)); }
long clinux_peer_credentials(int fd, int *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  long result = RESULT(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size));
  if (result < 0) return result;
  *pid = credentials.pid;
  *uid = credentials.uid;
  *gid = credentials.gid;
  return 0;
}
long clinux_vsock_connect(int fd, uint32_t cid, uint32_t port) {
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
  return RESULT(connect(fd, (const struct sockaddr *)&address, sizeof address));
}
long clinux_socket_timeout(int fd, unsigned milliseconds) {
  struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
  long result = RESULT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  return result < 0 ? result : RESULT(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
}

long clinux_send_with_descriptor(int socket_fd, const void *bytes, size_t count, int fd) {
  union {
    char buffer[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.buffer, .msg_controllen = sizeof control.buffer};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(int));
  return RESULT(sendmsg(socket_fd, &message, MSG_NOSIGNAL));
}
long clinux_receive_with_descriptor(int socket_fd, void *bytes, size_t count, int *fd) {
  union {
    char buffer[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec part = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.buffer, .msg_controllen = sizeof control.buffer};
  *fd = -1;
  long result = RESULT(recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC));
  if (result < 0) return result;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
      memcpy(fd, CMSG_DATA(header), sizeof(int));
  return result;
}
long clinux_send(int socket_fd, const void *bytes, size_t count) {
  return RESULT(send(socket_fd, bytes, count, MSG_NOSIGNAL));
}
long clinux_poll(struct pollfd *fds, unsigned count, int milliseconds) { return RESULT(poll(fds, count, milliseconds)); }
long clinux_ioctl(int fd, unsigned long request, unsigned long argument) { return RESULT(ioctl(fd, request, argument)); }

long clinux_pty_unlock(int master, unsigned *number) {
  int unlock = 0;
  long result = RESULT(ioctl(master, TIOCSPTLCK, &unlock));
  return result < 0 ? result : RESULT(ioctl(master, TIOCGPTN, number));
}
long clinux_pty_peer(int master, int flags) { return RESULT(ioctl(master, 0x5441 /* TIOCGPTPEER */, flags)); }
long clinux_set_window_size(int terminal, uint16_t rows, uint16_t columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  return RESULT(ioctl(terminal, TIOCSWINSZ, &size));
}
long clinux_set_controlling_terminal(int terminal) { return RESULT(ioctl(terminal, TIOCSCTTY, 0)); }
_Static_assert(sizeof(struct termios) <= CLINUX_TERMINAL_MODE_SIZE, "a terminal's mode fits");
long clinux_terminal_raw(int terminal, void *before) {
  struct termios mode;
  long result = RESULT(tcgetattr(terminal, &mode));
  if (result < 0) return result;
  memcpy(before, &mode, sizeof mode);
  cfmakeraw(&mode);
  return RESULT(tcsetattr(terminal, TCSANOW, &mode));
}
long clinux_terminal_restore(int terminal, const void *saved) {
  struct termios mode;
  memcpy(&mode, saved, sizeof mode);
  return RESULT(tcsetattr(terminal, TCSADRAIN, &mode));
}
long clinux_copy_window_size(int from, int to) {
  struct winsize size;
  long result = RESULT(ioctl(from, TIOCGWINSZ, &size));
  return result < 0 ? result : RESULT(ioctl(to, TIOCSWINSZ, &size));
}
long clinux_signalfd(void) {
  sigset_t all;
  sigfillset(&all);
  return RESULT(signalfd(-1, &all, SFD_CLOEXEC));
}
long clinux_isatty(int fd) { return isatty(fd); }
long clinux_terminal_columns(int fd) {
  struct winsize size;
  long result = RESULT(ioctl(fd, TIOCGWINSZ, &size));
  return result < 0 ? result : size.ws_col;
}
long clinux_terminal_rows(int fd) {
  struct winsize size;
  long result = RESULT(ioctl(fd, TIOCGWINSZ, &size));
  return result < 0 ? result : size.ws_row;
}

long clinux_loop_free_number(int control) { return RESULT(ioctl(control, LOOP_CTL_GET_FREE)); }
long clinux_loop_configure(int loop, int file) {
  struct loop_config config;
  memset(&config, 0, sizeof config);
  config.fd = (uint32_t)file;
  config.block_size = 4096;
  config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
  return RESULT(ioctl(loop, LOOP_CONFIGURE, &config));
}
long clinux_loop_status(int loop, char name[64], uint32_t *flags, uint64_t *inode) {
  struct loop_info64 info;
  long result = RESULT(ioctl(loop, LOOP_GET_STATUS64, &info));
  if (result < 0) return result;
  memcpy(name, info.lo_file_name, LO_NAME_SIZE);
  *flags = info.lo_flags;
  *inode = info.lo_inode;
  return 0;
}
long clinux_loop_clear(int loop) { return RESULT(ioctl(loop, LOOP_CLR_FD)); }

long clinux_clock(int clock, int64_t *seconds, int64_t *nanoseconds) {
  struct timespec time;
  long result = RESULT(clock_gettime(clock, &time));
  if (result < 0) return result;
  *seconds = time.tv_sec;
  *nanoseconds = time.tv_nsec;
  return 0;
}
long clinux_random(void *buffer, size_t count) { return RESULT(syscall(SYS_getrandom, buffer, count, 0)); }

#define _GNU_SOURCE
#include "CLinux.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define RESULT(call) ({ long result_ = (long)(call); result_ < 0 ? -(long)errno : result_; })

long clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return RESULT(syscall(SYS_openat2, directory, path, &how, sizeof how));
}
long clinux_close(int fd) { return RESULT(close(fd)); }
long clinux_close_range(unsigned first, unsigned last, unsigned flags) {
  return RESULT(syscall(SYS_close_range, first, last, flags));
}
long clinux_read(int fd, void *buffer, size_t count) { return RESULT(read(fd, buffer, count)); }
long clinux_write(int fd, const void *buffer, size_t count) { return RESULT(write(fd, buffer, count)); }
long clinux_pread(int fd, void *buffer, size_t count, int64_t offset) { return RESULT(pread(fd, buffer, count, offset)); }
long clinux_pwrite(int fd, const void *buffer, size_t count, int64_t offset) {
  return RESULT(pwrite(fd, buffer, count, offset));
}
long clinux_flistxattr(int fd, void *buffer, size_t size) { return RESULT(flistxattr(fd, buffer, size)); }
long clinux_fgetxattr(int fd, const char *name, void *buffer, size_t size) {
  return RESULT(fgetxattr(fd, name, buffer, size));
}
long clinux_fcntl(int fd, int command, long argument) { return RESULT(fcntl(fd, command, argument)); }
long clinux_dup3(int fd, int target, int flags) { return RESULT(dup3(fd, target, flags)); }
long clinux_pipe2(int fds[2], int flags) { return RESULT(pipe2(fds, flags)); }
long clinux_fsync(int fd) { return RESULT(fsync(fd)); }
long clinux_ftruncate(int fd, int64_t length) { return RESULT(ftruncate(fd, length)); }
long clinux_lseek(int fd, int64_t offset, int whence) { return RESULT(lseek(fd, offset, whence)); }
long clinux_flock(int fd, int operation) { return RESULT(flock(fd, operation)); }
long clinux_sendfile(int out, int in, size_t count) { return RESULT(sendfile(out, in, NULL, count)); }
long clinux_copy_file_range(int in, int out, size_t count) {
  return RESULT(copy_file_range(in, NULL, out, NULL, count, 0));
}

long clinux_statx(int directory, const char *path, int flags, struct clinux_status *out) {
  struct statx status;
  /* 0x1000 is STATX_MNT_ID of kernel 5.8. */
  long result = RESULT(syscall(SYS_statx, directory, path, flags, STATX_BASIC_STATS | 0x1000U, &status));
  if (result < 0) return result;
  *out = (struct clinux_status){
      .mode = status.stx_mode, .uid = status.stx_uid, .gid = status.stx_gid, .links = status.stx_nlink,
      .inode = status.stx_ino, .size = status.stx_size, .blocks = status.stx_blocks, .mount_id = status.stx_mnt_id,
      .device_major = status.stx_dev_major, .device_minor = status.stx_dev_minor,
      .rdevice_major = status.stx_rdev_major, .rdevice_minor = status.stx_rdev_minor,
  };
  return 0;
}
long clinux_fstatfs(int fd, uint64_t *magic, uint64_t *flags) {
  struct statfs status;
  long result = RESULT(fstatfs(fd, &status));
  if (result < 0) return result;
  *magic = (uint64_t)status.f_type;
  *flags = (uint64_t)status.f_flags;
  return 0;
}

long clinux_mkdirat(int directory, const char *path, uint32_t mode) { return RESULT(mkdirat(directory, path, mode)); }
long clinux_mknodat(int directory, const char *path, uint32_t mode, uint32_t major_number, uint32_t minor_number) {
  return RESULT(mknodat(directory, path, mode, makedev(major_number, minor_number)));
}
long clinux_unlinkat(int directory, const char *path, int flags) { return RESULT(unlinkat(directory, path, flags)); }
long clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  return RESULT(syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
}
long clinux_symlinkat(const char *target, int directory, const char *path) {
  return RESULT(symlinkat(target, directory, path));
}
long clinux_readlinkat(int directory, const char *path, char *buffer, size_t size) {
  return RESULT(readlinkat(directory, path, buffer, size));
}
long clinux_fchmod(int fd, uint32_t mode) { return RESULT(fchmod(fd, mode)); }
long clinux_fchownat(int directory, const char *path, uint32_t uid, uint32_t gid, int flags) {
  return RESULT(fchownat(directory, path, uid, gid, flags));
}
long clinux_getdents64(int fd, void *buffer, size_t size) { return RESULT(syscall(SYS_getdents64, fd, buffer, size)); }
long clinux_faccessat2(int directory, const char *path, int mode, int flags) {
  return RESULT(syscall(439 /* faccessat2 */, directory, path, mode, flags));
}
long clinux_fchdir(int fd) { return RESULT(fchdir(fd)); }
long clinux_chroot(const char *path) { return RESULT(chroot(path)); }
long clinux_chdir(const char *path) { return RESULT(chdir(path)); }
long clinux_getcwd(char *buffer, size_t size) { return RESULT(syscall(SYS_getcwd, buffer, size)); }
long clinux_umask(uint32_t mask) { return (long)umask(mask); }
long clinux_memfd_create(const char *name, unsigned flags) { return RESULT(syscall(SYS_memfd_create, name, flags)); }

long clinux_fsopen(const char *type, unsigned flags) { return RESULT(syscall(SYS_fsopen, type, flags)); }
long clinux_fsconfig(int fs, unsigned command, const char *key, const void *value, int aux) {
  return RESULT(syscall(SYS_fsconfig, fs, command, key, value, aux));
}
long clinux_fsmount(int fs, unsigned flags, unsigned attributes) {
  return RESULT(syscall(SYS_fsmount, fs, flags, attributes));
}
long clinux_fspick(int directory, const char *path, unsigned flags) {
  return RESULT(syscall(SYS_fspick, directory, path, flags));
}
long clinux_open_tree(int directory, const char *path, unsigned flags) {
  return RESULT(syscall(SYS_open_tree, directory, path, flags));
}
long clinux_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  return RESULT(syscall(SYS_move_mount, from_directory, from, to_directory, to, flags));
}
long clinux_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                          uint64_t propagation, uint64_t user_namespace) {
  struct mount_attr attributes = {
      .attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = user_namespace};
  return RESULT(syscall(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes));
}
/* The old call by number: <sys/mount.h> of glibc 2.36 clashes with <linux/mount.h>. */
long clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  return RESULT(syscall(SYS_mount, source, target, type, flags, data));
}
long clinux_umount2(const char *path, int flags) { return RESULT(syscall(SYS_umount2, path, flags)); }
long clinux_pivot_root(const char *new_root, const char *put_old) {
  return RESULT(syscall(SYS_pivot_root, new_root, put_old));
}
long clinux_sethostname(const char *name, size_t length) { return RESULT(syscall(SYS_sethostname, name, length)); }
long clinux_setdomainname(const char *name, size_t length) { return RESULT(syscall(SYS_setdomainname, name, length)); }

long clinux_find(const void *text, size_t length, const void *part, size_t part_length) {
  const char *found = memmem(text, length, part, part_length);
  return found ? found - (const char *)text : -1;
}

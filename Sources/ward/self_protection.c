#include "CLinux.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/statvfs.h>

/* A command that enters or makes a container runs from a read-only mount that is nowhere in the tree (SelfProtection,
 * CVE-2019-5736). Where it does not yet, it executes itself again: here, before any constructor has run, so that the
 * first of both starts costs nothing more than the loading of the program.
 *
 * Nothing is left to this function alone. Whatever it does not do, SelfProtection does later, and tells why it fails. */

/* Whether an argument is a global flag whose value is the next one. */
static int takes_value(const char *argument) {
  static const char *const flags[] = {"root", "log", "log-format", "rootless", "cgroup-manager", "config"};
  argument += 1 + (argument[1] == '-');
  for (unsigned index = 0; index < sizeof flags / sizeof *flags; index++)
    if (strcmp(argument, flags[index]) == 0) return 1;
  return 0;
}

/* Whether the verb is one that enters or makes a container. */
static int enters(int argc, char **argv) {
  int index = 1;
  while (index < argc && argv[index][0] == '-') index += 1 + takes_value(argv[index]);
  if (index >= argc) return 0;
  const char *verb = argv[index];
  return strcmp(verb, "create") == 0 || strcmp(verb, "run") == 0 || strcmp(verb, "exec") == 0;
}

/* The variables that a second start still needs: what the caller tells of its sockets. LaunchFlags has the same list. */
static const char *const needed[] = {"LISTEN_FDS=", "LISTEN_PID=", "NOTIFY_SOCKET="};
enum { needed_count = sizeof needed / sizeof *needed };

/* The first variable of each needed name. */
static void keep(char **environment, char *kept[needed_count + 1]) {
  unsigned count = 0;
  for (unsigned name = 0; name < needed_count; name++) {
    char **variable = environment;
    while (*variable && strncmp(*variable, needed[name], strlen(needed[name])) != 0) variable++;
    if (*variable) kept[count++] = *variable;
  }
  kept[count] = NULL;
}

static void protect(int argc, char **argv, char **environment) {
  uint64_t magic, flags;
  if (!enters(argc, argv)) return;
  /* CVE-2016-9962: nothing in a container must reach into this process. */
  if (clinux_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return;
  long program = clinux_openat2(AT_FDCWD, "/proc/self/exe", CLINUX_O_PATH | O_CLOEXEC, 0, 0);
  if (program < 0) return;
  if (clinux_fstatfs((int)program, &magic, &flags) == 0 && !(flags & ST_RDONLY)) {
    long mount = clinux_open_tree((int)program, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | CLINUX_AT_EMPTY_PATH);
    if (mount >= 0) {
      char *kept[needed_count + 1];
      keep(environment, kept);
      if (clinux_mount_setattr((int)mount, "", CLINUX_AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, 0) == 0)
        clinux_execveat((int)mount, "", argv, kept, CLINUX_AT_EMPTY_PATH);
      clinux_close((int)mount);
    }
  }
  clinux_close((int)program);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) = protect;

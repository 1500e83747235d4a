/* The exact bytes of argv go to Swift: CommandLine.arguments would repair invalid UTF-8, and needs /proc. */
int ward_main(int argc, char **argv, const char *commit);
void clinux_drop_environment(const char *prefix);
long clinux_reset_crash_signals(void);
long clinux_ignore_signal(int signal);

/* The commit that this was built from: Hack/build writes it into the finished program, so that a new commit alone
 * compiles nothing anew. Volatile: the compiler must not take the value from here. */
__attribute__((section(".ward_commit"), used)) static const volatile char commit[64] = "unknown";

/* Before the constructors of the Swift runtime, which is part of this program: they read these variables, print help,
 * load files and set up a crash handler that runs a program by path. */
__attribute__((constructor(101))) static void forget_runtime_settings(void) { clinux_drop_environment("SWIFT_"); }

/* The runtime's own of this name looks for that program beside ward at every start. There is none. */
char *swift_copyAuxiliaryExecutablePath(const char *name) {
  (void)name;
  return 0;
}

/* The runtime's own would find argv by reading /proc/self/maps at every start. Nobody asks for it: see above. */
char **_swift_stdlib_getUnsafeArgvArgc(int *count) {
  (void)count;
  __builtin_trap();
}

enum { sigpipe = 13 };

int main(int argc, char **argv) {
  /* Whatever was set up: a crash ends the process, and nothing else. */
  if (clinux_reset_crash_signals() < 0) return 1;
  /* A caller or a child that has gone is an error, which is then told and cleared up after. */
  if (clinux_ignore_signal(sigpipe) < 0) return 1;
  return ward_main(argc, argv, (const char *)commit);
}

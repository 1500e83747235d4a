/* The exact bytes of argv go to Swift: CommandLine.arguments would repair invalid UTF-8, and needs /proc. */
int ward_main(int argc, char **argv, const char *commit);

/* The commit that this was built from: Hack/build writes it into the finished program, so that a new commit alone
 * compiles nothing anew. Volatile: the compiler must not take the value from here. */
__attribute__((section(".ward_commit"), used)) static const volatile char commit[64] = "unknown";

int main(int argc, char **argv) { return ward_main(argc, argv, (const char *)commit); }

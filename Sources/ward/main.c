/* The exact bytes of argv go to Swift: CommandLine.arguments would repair invalid UTF-8, and needs /proc. */
int ward_main(int argc, char **argv);

int main(int argc, char **argv) { return ward_main(argc, argv); }

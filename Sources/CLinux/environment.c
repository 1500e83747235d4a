#include "CLinux.h"

#include <string.h>

void clinux_drop_environment(const char *prefix) {
  char **kept = clinux_environment();
  if (!kept) return;
  for (char **variable = kept; *variable; variable++)
    if (strncmp(*variable, prefix, strlen(prefix)) != 0) *kept++ = *variable;
  *kept = NULL;
}

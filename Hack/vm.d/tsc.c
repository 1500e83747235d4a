// Prints how often this machine's time stamp counter, which the emulated one follows, ticks in a millisecond.
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(void) {
  double start = now();
  unsigned long long ticks = __rdtsc();
  struct timespec pause = {.tv_nsec = 50000000};
  nanosleep(&pause, NULL);
  double end = now();
  ticks = __rdtsc() - ticks;
  return printf("%.0f\n", ticks / (end - start)) < 0;
}

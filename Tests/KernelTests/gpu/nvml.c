// A stand-in for libnvidia-ml, by the facts of nvml.h. What it answers stands in the file that NVML_FAKE_STATE, or a file
// named nvml.state beside the library, holds: lines `name value`. It writes each call that changes something, and what it
// was asked, to nvml.log beside it.
//
//   environment 2     NVML_CC_SYSTEM_ENVIRONMENT_*
//   feature 1         NVML_CC_SYSTEM_FEATURE_*
//   devtools 0        NVML_CC_SYSTEM_DEVTOOLS_MODE_*
//   multigpu 0        NVML_CC_SYSTEM_MULTIGPU_*
//   ready 0           written by nvmlSystemSetConfComputeGpusReadyState
//   attempt 0         1: nvmlInit_v2 tries what it has no business with, and writes down each errno
//   init 0            what nvmlInit_v2 returns; likewise settings, report, certificate and set
//   stale 0           1: the report carries the nonce of another day
//   size 0            a size that the report claims to have, where not 0
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define REPORT_SIZE 0x2000
#define CHAIN_SIZE 0x1400

static void beside(char *path, size_t size, const char *name)
{
    Dl_info info;
    if (!dladdr((void *)beside, &info)) abort();
    snprintf(path, size, "%s", info.dli_fname);
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, size - (size_t)(slash + 1 - path), "%s", name);
}

static unsigned int value(const char *name, unsigned int otherwise)
{
    char path[4096], key[64];
    unsigned int number;
    beside(path, sizeof path, "nvml.state");
    FILE *file = fopen(path, "r");
    if (!file) return otherwise;
    while (fscanf(file, "%63s %u", key, &number) == 2)
        if (!strcmp(key, name)) otherwise = number;
    fclose(file);
    return otherwise;
}

static void say(const char *format, ...)
{
    char path[4096];
    beside(path, sizeof path, "nvml.log");
    FILE *file = fopen(path, "a");
    if (!file) abort();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fclose(file);
}

// What a library of a vendor has no business with; none of it may work.
#define ATTEMPT(name, call) say(name " %d\n", (long)(call) < 0 ? errno : 0)

static void attempt(void)
{
    char *none[] = {NULL};
    ATTEMPT("execve", execve("/bin/true", none, none));
    ATTEMPT("socket", socket(AF_INET, SOCK_STREAM, 0));
    ATTEMPT("unshare", unshare(CLONE_NEWNS));
    ATTEMPT("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
    ATTEMPT("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    ATTEMPT("bpf", syscall(SYS_bpf, 0, NULL, 0));
    ATTEMPT("mknod", mknod("/dev/attempt", S_IFCHR, makedev(1, 3)));
    ATTEMPT("pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
    ATTEMPT("dumpable", prctl(PR_SET_DUMPABLE, 1));
    ATTEMPT("local", socket(AF_UNIX, SOCK_STREAM, 0));
}

int nvmlInit_v2(void)
{
    if (value("attempt", 0)) attempt();
    return (int)value("init", 0);
}
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { return code == 3 ? "Not Supported" : "Unknown Error"; }

int nvmlSystemGetDriverVersion(char *version, unsigned int length)
{
    snprintf(version, length, "550.54.14");
    return 0;
}

struct settings {
    unsigned int version, environment, feature, devtools, multigpu;
};

int nvmlSystemGetConfComputeSettings(struct settings *settings)
{
    if (settings->version != (sizeof *settings | 1u << 24)) return 25;
    settings->environment = value("environment", 2);
    settings->feature = value("feature", 1);
    settings->devtools = value("devtools", 0);
    settings->multigpu = value("multigpu", 0);
    return (int)value("settings", 0);
}

int nvmlSystemGetConfComputeGpusReadyState(unsigned int *ready)
{
    *ready = value("ready", 0);
    return 0;
}

int nvmlSystemSetConfComputeGpusReadyState(unsigned int ready)
{
    char path[4096];
    say("ready %u\n", ready);
    if (value("set", 0)) return (int)value("set", 0);
    beside(path, sizeof path, "nvml.state");
    FILE *file = fopen(path, "a");
    if (!file) abort();
    fprintf(file, "ready %u\n", ready);
    fclose(file);
    return 0;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device)
{
    if (strncmp(uuid, "GPU-", 4)) return 6;
    *device = strdup(uuid);
    return 0;
}

struct report {
    unsigned int has_cec, size, cec_size;
    unsigned char nonce[32], report[REPORT_SIZE], cec_report[0x1000];
};

int nvmlDeviceGetConfComputeGpuAttestationReport(void *device, struct report *report)
{
    say("report %s\n", (const char *)device);
    // SPDM's GET_MEASUREMENTS with the nonce, and an answer of some bytes.
    memset(report->report, 0xa5, 256);
    report->report[0] = 0x11;
    report->report[1] = 0xe0;
    report->report[2] = report->report[3] = report->report[36] = 0;
    memcpy(report->report + 4, report->nonce, 32);
    if (value("stale", 0)) memset(report->report + 4, 7, 32);
    report->size = value("size", 256);
    return (int)value("report", 0);
}

struct certificate {
    unsigned int chain_size, attestation_size;
    unsigned char chain[0x1000], attestation[CHAIN_SIZE];
};

int nvmlDeviceGetConfComputeGpuCertificate(void *device, struct certificate *certificate)
{
    (void)device;
    certificate->attestation_size = (unsigned int)sprintf((char *)certificate->attestation, "a chain of certificates");
    return (int)value("certificate", 0);
}

#include "CNVML.h"

#include <dlfcn.h>
#include <string.h>

// The structures of nvml.h that the functions below take.

struct system_state {
    unsigned int environment;
    unsigned int feature;
    unsigned int developer_tools;
};

struct system_settings {
    unsigned int version;
    unsigned int environment;
    unsigned int feature;
    unsigned int developer_tools;
    unsigned int multi_gpu;
};

// NVML_STRUCT_VERSION: the size, and the version above it.
#define SETTINGS_VERSION (sizeof(struct system_settings) | 1u << 24)

struct attestation_report {
    unsigned int has_cec;
    unsigned int size;
    unsigned int cec_size;
    unsigned char nonce[CNVML_NONCE_SIZE];
    unsigned char report[CNVML_REPORT_SIZE];
    unsigned char cec_report[0x1000];
};

struct certificate {
    unsigned int chain_size;
    unsigned int attestation_chain_size;
    unsigned char chain[0x1000];
    unsigned char attestation_chain[CNVML_CERTIFICATES_SIZE];
};

// What a library may write beyond a structure of an older header lies here, and not on our stack.
#define SLACK 0x4000

static void *library;
static const char *failure = "the library was not loaded";

// The address of a function; a code that is no function of ours leaves the call out.
#define FUNCTION(name, ...)                                                                                            \
    int (*name)(__VA_ARGS__) = library ? (int (*)(__VA_ARGS__))dlsym(library, #name) : NULL;                           \
    if (!name) return CNVML_MISSING

int cnvml_open(const char *path)
{
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *error = dlerror();
        failure = error ? error : "dlopen failed";
        return CNVML_MISSING;
    }
    failure = "the library lacks the function";
    FUNCTION(nvmlInit_v2, void);
    return nvmlInit_v2();
}

int cnvml_close(void)
{
    FUNCTION(nvmlShutdown, void);
    return nvmlShutdown();
}

const char *cnvml_message(int code)
{
    if (code == CNVML_MISSING || !library) return failure;
    const char *(*text)(int) = (const char *(*)(int))dlsym(library, "nvmlErrorString");
    const char *message = text ? text(code) : NULL;
    return message ? message : "an error without a name";
}

static int read_settings(struct cnvml_state *state)
{
    union {
        struct system_settings value;
        unsigned char room[SLACK];
    } settings;
    memset(&settings, 0, sizeof settings);
    FUNCTION(nvmlSystemGetConfComputeSettings, void *);
    settings.value.version = SETTINGS_VERSION;
    int code = nvmlSystemGetConfComputeSettings(&settings);
    if (code) return code;
    state->environment = settings.value.environment;
    state->feature = settings.value.feature;
    state->developer_tools = settings.value.developer_tools;
    state->multi_gpu = settings.value.multi_gpu;
    return 0;
}

static int read_state(struct cnvml_state *state)
{
    union {
        struct system_state value;
        unsigned char room[SLACK];
    } system;
    memset(&system, 0, sizeof system);
    FUNCTION(nvmlSystemGetConfComputeState, void *);
    int code = nvmlSystemGetConfComputeState(&system);
    if (code) return code;
    state->environment = system.value.environment;
    state->feature = system.value.feature;
    state->developer_tools = system.value.developer_tools;
    state->multi_gpu = 0;
    return 0;
}

int cnvml_state(struct cnvml_state *state)
{
    memset(state, 0, sizeof *state);
    int code = read_settings(state);
    // Drivers before 550 do not have it. Any other answer than that is a failure.
    if (code == CNVML_MISSING) code = read_state(state);
    if (code) return code;
    FUNCTION(nvmlSystemGetConfComputeGpusReadyState, unsigned int *);
    return nvmlSystemGetConfComputeGpusReadyState(&state->ready);
}

int cnvml_driver_version(char *buffer, unsigned int size)
{
    FUNCTION(nvmlSystemGetDriverVersion, char *, unsigned int);
    int code = nvmlSystemGetDriverVersion(buffer, size);
    buffer[size - 1] = 0;
    return code;
}

int cnvml_set_ready(unsigned int ready)
{
    FUNCTION(nvmlSystemSetConfComputeGpusReadyState, unsigned int);
    return nvmlSystemSetConfComputeGpusReadyState(ready);
}

// NVML_ERROR_INSUFFICIENT_SIZE: for sizes that the structures cannot hold.
#define TOO_LONG 7

int cnvml_evidence(const char *uuid, const unsigned char *nonce, unsigned char *report_bytes, unsigned int *report_size,
                   unsigned char *certificates, unsigned int *certificates_size)
{
    static union {
        struct attestation_report value;
        unsigned char room[sizeof(struct attestation_report) + SLACK];
    } report;
    static union {
        struct certificate value;
        unsigned char room[sizeof(struct certificate) + SLACK];
    } certificate;
    void *device = NULL;
    FUNCTION(nvmlDeviceGetHandleByUUID, const char *, void **);
    FUNCTION(nvmlDeviceGetConfComputeGpuAttestationReport, void *, void *);
    FUNCTION(nvmlDeviceGetConfComputeGpuCertificate, void *, void *);
    int code = nvmlDeviceGetHandleByUUID(uuid, &device);
    if (code) return code;

    memset(&report, 0, sizeof report);
    memcpy(report.value.nonce, nonce, CNVML_NONCE_SIZE);
    code = nvmlDeviceGetConfComputeGpuAttestationReport(device, &report);
    if (code) return code;
    memset(&certificate, 0, sizeof certificate);
    code = nvmlDeviceGetConfComputeGpuCertificate(device, &certificate);
    if (code) return code;

    if (report.value.size > CNVML_REPORT_SIZE) return TOO_LONG;
    if (certificate.value.attestation_chain_size > CNVML_CERTIFICATES_SIZE) return TOO_LONG;
    *report_size = report.value.size;
    memcpy(report_bytes, report.value.report, report.value.size);
    *certificates_size = certificate.value.attestation_chain_size;
    memcpy(certificates, certificate.value.attestation_chain, certificate.value.attestation_chain_size);
    return 0;
}

// NVML as far as ward-gpu uses it, by the facts of nvml.h: the library is loaded at run time, so that no driver is needed to
// build. Every function returns an nvmlReturn_t, 0 for success; CNVML_MISSING where the library lacks the function.
#pragma once

#include <stddef.h>

#define CNVML_MISSING (-1)
#define CNVML_NONCE_SIZE 0x20
#define CNVML_REPORT_SIZE 0x2000
#define CNVML_CERTIFICATES_SIZE 0x1400

// Loads the library and initialises it. Where that fails, cnvml_message says why.
int cnvml_open(const char *_Nonnull path);
int cnvml_close(void);

// The reason of the last failure of cnvml_open, or the library's word for a code.
const char *_Nonnull cnvml_message(int code);

struct cnvml_state {
    unsigned int environment;
    unsigned int feature;
    unsigned int developer_tools;
    unsigned int multi_gpu;
    unsigned int ready;
};

// The confidential state of all GPUs. A library that does not know the multi-GPU mode has none.
int cnvml_state(struct cnvml_state *_Nonnull state);
int cnvml_driver_version(char *_Nonnull buffer, unsigned int size);
int cnvml_set_ready(unsigned int ready);

// The attestation report of a GPU to a nonce of CNVML_NONCE_SIZE bytes, and the certificates of its key. The buffers have
// CNVML_REPORT_SIZE and CNVML_CERTIFICATES_SIZE bytes; the sizes say how many of them were written.
int cnvml_evidence(const char *_Nonnull uuid, const unsigned char *_Nonnull nonce, unsigned char *_Nonnull report,
                   unsigned int *_Nonnull report_size, unsigned char *_Nonnull certificates,
                   unsigned int *_Nonnull certificates_size);

/* The TPM's library by its own headers, and a connection for it that does not wait for ever. */
#ifndef CTSS2_H
#define CTSS2_H

#include <stdint.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>

/* A TCTI over an open descriptor, which stays the caller's; NULL where there is no memory. A command that the TPM has
 * not answered after so many milliseconds ends with TSS2_TCTI_RC_IO_ERROR, whatever the library asks for. */
TSS2_TCTI_CONTEXT *ctss2_tcti_new(int descriptor, int is_stream, int timeout_ms);
void ctss2_tcti_free(TSS2_TCTI_CONTEXT *tcti);

#endif

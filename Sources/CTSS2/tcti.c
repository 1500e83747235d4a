/* The TCTIs of the TPM's library wait without end and are found by dlopen(3). This one does neither. */
#define _GNU_SOURCE
#include "CTSS2.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 10, MAXIMUM = TPM2_MAX_RESPONSE_SIZE };

typedef struct {
  TSS2_TCTI_CONTEXT_COMMON_V1 common;
  int descriptor, is_stream, timeout_ms;
  int64_t deadline;
  uint8_t response[MAXIMUM];
  size_t received;
} Connection;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command) {
  Connection *connection = (Connection *)tcti;
  connection->received = 0;
  connection->deadline = now_ms() + connection->timeout_ms;
  size_t done = 0;
  while (done < size) {
    /* A socket that the other end has left gives an error, and no signal. */
    ssize_t sent = connection->is_stream
                       ? send(connection->descriptor, command + done, size - done, MSG_NOSIGNAL)
                       : write(connection->descriptor, command + done, size - done);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return TSS2_TCTI_RC_IO_ERROR;
    done += (size_t)sent;
  }
  return TSS2_RC_SUCCESS;
}

static size_t expected_size(const Connection *connection) {
  if (connection->received < HEADER) return HEADER;
  const uint8_t *size = connection->response + 2;
  return (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
}

/* Reads the whole response: of a device it comes in one read, of a socket as the size in its header says. */
static TSS2_RC fill(Connection *connection) {
  while (connection->received < expected_size(connection)) {
    struct pollfd entry = {.fd = connection->descriptor, .events = POLLIN};
    int64_t rest = connection->deadline - now_ms();
    int ready = poll(&entry, 1, rest > 0 ? (int)rest : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return TSS2_TCTI_RC_IO_ERROR;
    if (connection->received == MAXIMUM) return TSS2_TCTI_RC_MALFORMED_RESPONSE;
    ssize_t count =
        read(connection->descriptor, connection->response + connection->received, MAXIMUM - connection->received);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return TSS2_TCTI_RC_IO_ERROR;
    connection->received += (size_t)count;
    if (!connection->is_stream) break;
  }
  if (connection->received < HEADER || connection->received != expected_size(connection))
    return TSS2_TCTI_RC_MALFORMED_RESPONSE;
  return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response, int32_t timeout) {
  (void)timeout;
  Connection *connection = (Connection *)tcti;
  TSS2_RC result = fill(connection);
  if (result != TSS2_RC_SUCCESS) return result;
  size_t room = *size;
  *size = connection->received;
  /* Without a buffer the caller asks for the size alone, and comes again. */
  if (response == NULL) return TSS2_RC_SUCCESS;
  if (room < connection->received) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  memcpy(response, connection->response, connection->received);
  explicit_bzero(connection->response, sizeof connection->response);
  return TSS2_RC_SUCCESS;
}

static void finalize(TSS2_TCTI_CONTEXT *tcti) { (void)tcti; }

static TSS2_RC cancel(TSS2_TCTI_CONTEXT *tcti) {
  (void)tcti;
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC poll_handles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles, size_t *count) {
  (void)tcti, (void)handles, (void)count;
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC set_locality(TSS2_TCTI_CONTEXT *tcti, uint8_t locality) {
  (void)tcti, (void)locality;
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

TSS2_TCTI_CONTEXT *ctss2_tcti_new(int descriptor, int is_stream, int timeout_ms) {
  /* The library writes to standard error on its own: every failure is reported by the caller. */
  setenv("TSS2_LOG", "all+NONE", 0);
  Connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return NULL;
  connection->common = (TSS2_TCTI_CONTEXT_COMMON_V1){
      .magic = 0x5741524454504D32, /* "WARDTPM2" */
      .version = 1,
      .transmit = transmit,
      .receive = receive,
      .finalize = finalize,
      .cancel = cancel,
      .getPollHandles = poll_handles,
      .setLocality = set_locality,
  };
  connection->descriptor = descriptor;
  connection->is_stream = is_stream;
  connection->timeout_ms = timeout_ms;
  return (TSS2_TCTI_CONTEXT *)connection;
}

void ctss2_tcti_free(TSS2_TCTI_CONTEXT *tcti) {
  explicit_bzero(tcti, sizeof(Connection));
  free(tcti);
}

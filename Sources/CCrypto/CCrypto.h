/* Only the hash functions themselves (sha.h), not the providers and their configuration files behind EVP: a static
 * program stays small, and no file decides which code computes a digest. OpenSSL 3 marks them as old for that. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

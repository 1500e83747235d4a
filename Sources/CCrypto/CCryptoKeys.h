/* Keys and signatures, for what is not started at every command: these functions bring OpenSSL's providers along. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

/* Names of certificates as RFC 2253 writes them; a macro of this form is none that Swift knows. */
static const unsigned long ccrypto_name_rfc2253 = XN_FLAG_RFC2253;

#include "CCurl.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

// OpenSSL would ask on the terminal.
static int no_password(char *password, int space, int is_written, void *user) {
  (void)password, (void)space, (void)is_written, (void)user;
  return -1;
}

static const EVP_MD *digest_of(int bits) {
  return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : bits == 512 ? EVP_sha512() : NULL;
}

size_t ccurl_sign(const void *key, size_t key_count, int bits, const void *message, size_t count,
                  unsigned char signature[CCURL_SIGNATURE_MAX]) {
  BIO *bio = BIO_new_mem_buf(key, (int)key_count);
  EVP_PKEY *pair = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t written = CCURL_SIGNATURE_MAX;
  bool is_signed = pair && context && EVP_PKEY_get_base_id(pair) == EVP_PKEY_RSA &&
                   EVP_DigestSignInit(context, NULL, digest_of(bits), NULL, pair) == 1 &&
                   EVP_DigestSign(context, signature, &written, message, count) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(pair);
  BIO_free(bio);
  ERR_clear_error();
  return is_signed ? written : 0;
}

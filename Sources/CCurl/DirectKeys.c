// Engines are deprecated, and gone in OpenSSL 4.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "CCurl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#if OPENSSL_VERSION_MAJOR < 4 && !defined(OPENSSL_NO_ENGINE)
#include <openssl/engine.h>

static int methods_of(ENGINE *engine, EVP_PKEY_METHOD **method, const int **kinds, int kind) {
  (void)engine;
  static const int known[] = {EVP_PKEY_RSA, EVP_PKEY_EC};
  if (!method) {
    *kinds = known;
    return sizeof known / sizeof *known;
  }
  // OpenSSL's own, which nobody changes.
  *method = (EVP_PKEY_METHOD *)EVP_PKEY_meth_find(kind);
  return *method != NULL;
}

// Before 3.2, which remembers what it found, OpenSSL looks through all decoders of all providers for the key of each
// certificate that it reads: a quarter of a handshake. Where an engine has methods for a kind of keys, they are decoded
// as before there were providers, which is as good and needs no search. So here is an engine that has OpenSSL's own.
void ccurl_decode_keys_directly(void) {
  if (OPENSSL_version_major() != 3 || OPENSSL_version_minor() >= 2) return;
  // Whoever asks for FIPS wants nothing but its provider to touch keys.
  if (EVP_default_properties_is_fips_enabled(NULL)) return;
  ENGINE *engine = ENGINE_new();
  if (engine && ENGINE_set_id(engine, "direct-keys") && ENGINE_set_name(engine, "Keys without a search") &&
      ENGINE_set_pkey_meths(engine, methods_of) && ENGINE_add(engine))
    ENGINE_register_pkey_meths(engine);
  ENGINE_free(engine);
}

#else

void ccurl_decode_keys_directly(void) {}

#endif

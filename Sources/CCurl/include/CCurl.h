// libcurl for Swift, and what a probe wants to know of a connection that libcurl does not tell.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift can't call.
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, int64_t value) {
  return curl_easy_setopt(easy, option, (curl_off_t)value);
}
// Also for nothing, which takes an option back.
static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(easy, option, list);
}
static inline CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
  return curl_easy_setopt(easy, option, &blob);
}
static inline CURLcode ccurl_set_receivers(CURL *easy, curl_write_callback header, curl_write_callback body,
                                           void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
  return code;
}
static inline CURLcode ccurl_set_private(CURL *easy, void *context) {
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, context);
}
static inline CURLcode ccurl_set_error_buffer(CURL *easy, char *buffer) {
  return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}
static inline void *ccurl_private(CURL *easy) {
  char *context = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
  return context;
}
static inline long ccurl_long(CURL *easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline int64_t ccurl_offset(CURL *easy, CURLINFO info) {
  curl_off_t value = -1;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline const char *ccurl_text(CURL *easy, CURLINFO info) {
  char *value = NULL;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
// A message that says a transfer is done; NULL where there is none.
static inline CURL *ccurl_done(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message = curl_multi_info_read(multi, &left);
  while (message && message->msg != CURLMSG_DONE) message = curl_multi_info_read(multi, &left);
  if (!message) return NULL;
  *result = message->data.result;
  return message->easy_handle;
}

// A descriptor that wakes who polls it; see eventfd(2), which is not in Swift's Glibc module. -1 where there is none left.
int ccurl_bell_make(void);
void ccurl_bell_ring(int bell);
void ccurl_bell_quiet(int bell);

// What a thread waits for: the sockets and the time that libcurl names, and a bell. Unlike curl_multi_perform, it
// touches only transfers for which there is something to do, not all of hundreds at each turn; see
// curl_multi_socket_action(3).
typedef struct ccurl_watch {
  CURLM *multi;
  int bell;
  int sockets;
  // When libcurl wants to be called, of ccurl_now(); UINT64_MAX is never.
  uint64_t due;
} ccurl_watch;
// Watches all that this multi handle gets, and must outlive it; false where there is no descriptor left.
bool ccurl_watch_begin(ccurl_watch *watch, CURLM *multi, int bell);
// Waits for at most so long, and lets libcurl do what is to be done.
void ccurl_watch_turn(ccurl_watch *watch, int milliseconds);
void ccurl_watch_end(ccurl_watch *watch);

// Makes OpenSSL read certificates at less cost; to be called once, before the first of them.
void ccurl_decode_keys_directly(void);
// Begins to make what each connection over TLS needs ahead of it; to be called once.
void ccurl_make_contexts_ready(void);
// How many connections could begin with what was made ahead.
int ccurl_ready_contexts(void);

// Certificates that are trusted: read once, shared by all threads.
typedef struct ccurl_trust ccurl_trust;
// Those in a PEM file, and those in a PEM text of `count` bytes; both NULL are the system's. NULL where there are none.
ccurl_trust *ccurl_trust_make(const char *file, const char *text, size_t count);
void ccurl_trust_free(ccurl_trust *trust);

// As many bytes as a signature by the longest of RSA's keys has that OpenSSL takes.
enum { CCURL_SIGNATURE_MAX = 2048 };
// Signs by RSA (PKCS #1 v1.5) with SHA-2 of so many bits; the key is a text of PEM. The bytes that were written, 0 where it
// is no such key, or needs a password.
size_t ccurl_sign(const void *key, size_t key_count, int bits, const void *message, size_t count,
                  unsigned char signature[CCURL_SIGNATURE_MAX]);

// One connection, seen from outside and from OpenSSL. Times are of CLOCK_MONOTONIC in nanoseconds, 0 where it never
// came so far.
typedef struct ccurl_exchange {
  CURL *easy;
  // What to hold certificates against, and the server's name; not verified, its certificate is only looked at.
  ccurl_trust *trust;
  const char *name;
  bool must_verify;
  // Whether the server is spoken to over TLS; and the name of a proxy that is, NULL where none is.
  bool is_secure;
  const char *proxy_name;

  uint64_t connecting;
  uint64_t connected;
  uint64_t handshaking;
  uint64_t handshaken;
  uint64_t ready;

  bool has_certificate;
  bool is_refused;
  bool is_name_wrong;
  // X509_V_OK or the first error of the chain, and at which certificate.
  int verify_error;
  int verify_depth;
  // The end of what was sent that ends first; of the chain that was built, 0 where none was.
  int64_t earliest_expiry;
  int64_t chain_expiry;
  char fingerprint[65];
  // Of the server's own certificate; to be freed by ccurl_exchange_clear.
  char *subject;
  char *issuer;
  char *names;
  char *serial;
  // Constants of OpenSSL.
  const char *version;
  const char *cipher;
} ccurl_exchange;

// Makes the handle report to the exchange, which must outlive the transfer.
CURLcode ccurl_observe(CURL *easy, ccurl_exchange *exchange);
void ccurl_exchange_clear(ccurl_exchange *exchange);
// Nanoseconds of CLOCK_MONOTONIC.
uint64_t ccurl_now(void);
// Seconds since 1970, by CLOCK_REALTIME.
double ccurl_wall_time(void);
const char *ccurl_verify_text(int error);

// Which of a few well-known kinds an error of the chain is.
typedef enum { CCURL_VALID, CCURL_EXPIRED, CCURL_UNTRUSTED, CCURL_INVALID } ccurl_verdict;
ccurl_verdict ccurl_verdict_of(int error);

#endif

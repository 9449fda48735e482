#include "CCurl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

uint64_t ccurl_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double ccurl_wall_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void mark(uint64_t *time) {
  if (*time == 0) *time = ccurl_now();
}

int ccurl_bell_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Neither can fail in a way that matters: a bell that can't be rung any louder is heard.
void ccurl_bell_ring(int bell) { (void)eventfd_write(bell, 1); }

void ccurl_bell_quiet(int bell) {
  eventfd_t count;
  (void)eventfd_read(bell, &count);
}

// --- Waiting

static int on_socket_wish(CURL *easy, curl_socket_t socket, int wish, void *user, void *per_socket) {
  (void)easy, (void)per_socket;
  const ccurl_watch *watch = user;
  struct epoll_event event = {.data.fd = socket};
  if (wish & CURL_POLL_IN) event.events |= EPOLLIN;
  if (wish & CURL_POLL_OUT) event.events |= EPOLLOUT;
  // A socket that was closed has left by itself, and its number may be another's now.
  if (wish == CURL_POLL_REMOVE) return (void)epoll_ctl(watch->sockets, EPOLL_CTL_DEL, socket, NULL), 0;
  if (epoll_ctl(watch->sockets, EPOLL_CTL_MOD, socket, &event) == 0) return 0;
  return epoll_ctl(watch->sockets, EPOLL_CTL_ADD, socket, &event);
}

static int on_time_wish(CURLM *multi, long milliseconds, void *user) {
  (void)multi;
  ((ccurl_watch *)user)->due = milliseconds < 0 ? UINT64_MAX : ccurl_now() + (uint64_t)milliseconds * 1000000u;
  return 0;
}

bool ccurl_watch_begin(ccurl_watch *watch, CURLM *multi, int bell) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = bell};
  *watch = (ccurl_watch){multi, bell, epoll_create1(EPOLL_CLOEXEC), UINT64_MAX};
  if (watch->sockets < 0) return false;
  if (epoll_ctl(watch->sockets, EPOLL_CTL_ADD, bell, &event) != 0) {
    close(watch->sockets);
    return false;
  }
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, watch);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_time_wish);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, watch);
  return true;
}

static int milliseconds_left(uint64_t due, int most) {
  if (due == UINT64_MAX) return most;
  uint64_t now = ccurl_now();
  // Rounded up, so that it is due when the wait ends.
  uint64_t left = due > now ? (due - now + 999999) / 1000000 : 0;
  return left < (uint64_t)most ? (int)left : most;
}

void ccurl_watch_turn(ccurl_watch *watch, int milliseconds) {
  struct epoll_event events[64];
  int running = 0;
  int count = epoll_wait(watch->sockets, events, sizeof events / sizeof *events,
                         milliseconds_left(watch->due, milliseconds));
  for (int i = 0; i < count; i++) {
    if (events[i].data.fd == watch->bell) {
      ccurl_bell_quiet(watch->bell);
      continue;
    }
    uint32_t is = events[i].events;
    int what = (is & EPOLLIN ? CURL_CSELECT_IN : 0) | (is & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (is & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(watch->multi, events[i].data.fd, what, &running);
  }
  if (watch->due > ccurl_now()) return;
  watch->due = UINT64_MAX;
  curl_multi_socket_action(watch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void ccurl_watch_end(ccurl_watch *watch) { close(watch->sockets); }

// --- Trust

struct ccurl_trust {
  X509_STORE *store;
};

static int add_text(X509_STORE *store, const char *text, size_t count) {
  BIO *bio = BIO_new_mem_buf(text, (int)count);
  int added = 0;
  X509 *certificate;
  while (bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
    added += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  BIO_free(bio);
  return added;
}

static int add_system(X509_STORE *store) {
  const char *chosen = getenv(X509_get_default_cert_file_env());
  const char *files[] = {chosen, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                         "/etc/ssl/cert.pem"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (files[i] && X509_STORE_load_file(store, files[i]) == 1) return 1;
  return 0;
}

ccurl_trust *ccurl_trust_make(const char *file, const char *text, size_t count) {
  X509_STORE *store = X509_STORE_new();
  if (!store) return NULL;
  int is_good = file   ? X509_STORE_load_file(store, file) == 1
                : text ? add_text(store, text, count) > 0
                       : add_system(store);
  ERR_clear_error();
  ccurl_trust *trust = is_good || (!file && !text) ? malloc(sizeof *trust) : NULL;
  if (!trust) {
    X509_STORE_free(store);
    return NULL;
  }
  trust->store = store;
  return trust;
}

void ccurl_trust_free(ccurl_trust *trust) {
  if (!trust) return;
  X509_STORE_free(trust->store);
  free(trust);
}

const char *ccurl_verify_text(int error) { return X509_verify_cert_error_string(error); }

ccurl_verdict ccurl_verdict_of(int error) {
  switch (error) {
    case X509_V_OK:
      return CCURL_VALID;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return CCURL_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return CCURL_UNTRUSTED;
    default:
      return CCURL_INVALID;
  }
}

// --- What a certificate says

// A text that grows; what finds no memory is left out.
typedef struct {
  char *bytes;
  size_t count, space;
} text;

static void put(text *out, char byte) {
  if (out->count + 2 > out->space) {
    size_t space = out->space ? out->space * 2 : 64;
    char *bytes = realloc(out->bytes, space);
    if (!bytes) return;
    out->bytes = bytes;
    out->space = space;
  }
  out->bytes[out->count++] = byte;
  out->bytes[out->count] = 0;
}

static void put_text(text *out, const char *string) {
  while (*string) put(out, *string++);
}

// RFC 2253's escapes.
static void put_escaped(text *out, const unsigned char *bytes, int count) {
  for (int i = 0; i < count; i++) {
    char byte = (char)bytes[i];
    bool is_at_edge = (byte == ' ' && (i == 0 || i == count - 1)) || (byte == '#' && i == 0);
    if (byte == 0) {
      put_text(out, "\\00");
      continue;
    }
    if (is_at_edge || strchr(",+\"\\<>;", byte)) put(out, '\\');
    put(out, byte);
  }
}

static void put_values(text *out, X509_NAME *name, int nid, const char *short_name) {
  for (int i = -1, is_first = 1; (i = X509_NAME_get_index_by_NID(name, nid, i)) >= 0; is_first = 0) {
    unsigned char *value = NULL;
    int count = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    if (count < 0) continue;
    if (out->count) put(out, is_first ? ',' : '+');
    put_text(out, short_name);
    put(out, '=');
    put_escaped(out, value, count);
    OPENSSL_free(value);
  }
}

static const struct {
  int nid;
  const char *name;
} known_attributes[] = {
    {NID_serialNumber, "SERIALNUMBER"}, {NID_commonName, "CN"}, {NID_postalCode, "POSTALCODE"},
    {NID_streetAddress, "STREET"},      {NID_stateOrProvinceName, "ST"}, {NID_localityName, "L"},
    {NID_organizationalUnitName, "OU"}, {NID_organizationName, "O"}, {NID_countryName, "C"},
};
static const size_t known_count = sizeof known_attributes / sizeof *known_attributes;

static bool is_known(int nid) {
  for (size_t i = 0; i < known_count; i++)
    if (known_attributes[i].nid == nid) return true;
  return false;
}

// In the order in which the peer writes names: from the common name up to the country, then all else by its number.
static char *name_text(X509_NAME *name) {
  text out = {0};
  for (size_t i = 0; i < known_count; i++) put_values(&out, name, known_attributes[i].nid, known_attributes[i].name);
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
    ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(X509_NAME_get_entry(name, i));
    if (is_known(OBJ_obj2nid(object))) continue;
    char number[128];
    unsigned char *value = NULL;
    int count = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    if (OBJ_obj2txt(number, sizeof number, object, 1) > 0 && count >= 0) {
      if (out.count) put(&out, ',');
      put_text(&out, number);
      put(&out, '=');
      put_escaped(&out, value, count);
    }
    OPENSSL_free(value);
  }
  return out.bytes;
}

static void put_address(text *out, const unsigned char *bytes, int count) {
  char address[INET6_ADDRSTRLEN];
  int family = count == 4 ? AF_INET : count == 16 ? AF_INET6 : 0;
  if (!family || !inet_ntop(family, bytes, address, sizeof address)) return;
  if (out->count) put(out, ',');
  put_text(out, address);
}

// The names it is for: those of hosts, then addresses.
static char *alternative_names(X509 *certificate) {
  text out = {0};
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    if (out.count) put(&out, ',');
    const unsigned char *bytes = ASN1_STRING_get0_data(name->d.dNSName);
    for (int at = 0; at < ASN1_STRING_length(name->d.dNSName); at++) put(&out, (char)bytes[at]);
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_IPADD) continue;
    put_address(&out, ASN1_STRING_get0_data(name->d.iPAddress), ASN1_STRING_length(name->d.iPAddress));
  }
  GENERAL_NAMES_free(names);
  return out.bytes;
}

static char *serial_text(X509 *certificate) {
  text out = {0};
  BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
  unsigned char bytes[64];
  if (number && BN_num_bytes(number) <= (int)sizeof bytes) {
    int count = BN_bn2bin(number, bytes);
    char pair[3];
    for (int i = 0; i < count; i++) {
      snprintf(pair, sizeof pair, "%02x", bytes[i]);
      put_text(&out, pair);
    }
  }
  BN_free(number);
  return out.bytes;
}

static int64_t expiry(const X509 *certificate) {
  struct tm time;
  if (!ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time)) return 0;
  return (int64_t)timegm(&time);
}

static int64_t earliest(STACK_OF(X509) * chain) {
  int64_t least = 0;
  for (int i = 0; i < sk_X509_num(chain); i++) {
    int64_t time = expiry(sk_X509_value(chain, i));
    if (i == 0 || time < least) least = time;
  }
  return least;
}

static const unsigned name_flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

static bool is_address(const char *name) {
  unsigned char address[16];
  return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool is_named(X509 *certificate, const char *name) {
  if (is_address(name)) return X509_check_ip_asc(certificate, name, 0) == 1;
  return X509_check_host(certificate, name, strlen(name), name_flags, NULL) == 1;
}

static void look_at(ccurl_exchange *exchange, const SSL *ssl) {
  X509 *certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate) return;
  exchange->has_certificate = true;
  exchange->earliest_expiry = earliest(SSL_get_peer_cert_chain(ssl));
  if (exchange->verify_error == X509_V_OK) exchange->chain_expiry = earliest(SSL_get0_verified_chain(ssl));
  exchange->is_name_wrong = !is_named(certificate, exchange->name);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  if (X509_digest(certificate, EVP_sha256(), hash, &count) && count == 32)
    for (unsigned i = 0; i < count; i++) snprintf(exchange->fingerprint + 2 * i, 3, "%02x", hash[i]);
  exchange->subject = name_text(X509_get_subject_name(certificate));
  exchange->issuer = name_text(X509_get_issuer_name(certificate));
  exchange->names = alternative_names(certificate);
  exchange->serial = serial_text(certificate);
  exchange->version = SSL_get_version(ssl);
  exchange->cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));
}

// --- Callbacks

static pthread_once_t index_once = PTHREAD_ONCE_INIT;
static int exchange_index;
static void make_index(void) { exchange_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL); }

static ccurl_exchange *exchange_of(const SSL *ssl) { return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), exchange_index); }

// Notes what is wrong and goes on: who verifies decides when all is known.
static int on_verify(int is_good, X509_STORE_CTX *context) {
  const SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
  ccurl_exchange *exchange = ssl ? exchange_of(ssl) : NULL;
  if (!is_good && exchange && exchange->verify_error == X509_V_OK) {
    exchange->verify_error = X509_STORE_CTX_get_error(context);
    exchange->verify_depth = X509_STORE_CTX_get_error_depth(context);
  }
  return 1;
}

static void on_info(const SSL *ssl, int where, int result) {
  (void)result;
  ccurl_exchange *exchange = exchange_of(ssl);
  if (!exchange) return;
  if (where & SSL_CB_HANDSHAKE_START) mark(&exchange->handshaking);
  if (where & SSL_CB_HANDSHAKE_DONE) mark(&exchange->handshaken);
}

// Until a proxy has opened a tunnel, TLS is with the proxy itself.
static bool is_with_proxy(const ccurl_exchange *exchange) {
  long status = 0;
  curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return exchange->proxy_name && status / 100 != 2;
}

// A proxy's certificate is of no interest, and CONNECT may have secrets: OpenSSL ends a handshake with a wrong one.
static bool verify_proxy(SSL_CTX *ssl, const ccurl_exchange *exchange) {
  X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(ssl);
  const char *name = exchange->proxy_name;
  SSL_CTX_set_verify(ssl, exchange->must_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  X509_VERIFY_PARAM_set_hostflags(parameters, name_flags);
  return is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name)
                          : X509_VERIFY_PARAM_set1_host(parameters, name, strlen(name));
}

// What is seen of the server goes to the exchange, by way of its context; a proxy's has none.
static bool look_at_server(SSL_CTX *ssl, ccurl_exchange *exchange) {
  mark(&exchange->connected);
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
  SSL_CTX_set_info_callback(ssl, on_info);
  return SSL_CTX_set_ex_data(ssl, exchange_index, exchange);
}

static CURLcode on_context(CURL *easy, void *context, void *user) {
  (void)easy;
  ccurl_exchange *exchange = user;
  pthread_once(&index_once, make_index);
  SSL_CTX *ssl = context;
  X509_STORE_up_ref(exchange->trust->store);
  SSL_CTX_set_cert_store(ssl, exchange->trust->store);
  // Hundreds of connections wait at once: those that wait need no buffers.
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  bool is_ready = is_with_proxy(exchange) ? verify_proxy(ssl, exchange) : look_at_server(ssl, exchange);
  return is_ready ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

// The connection stands and nothing of the request was sent: the last moment to refuse the certificate.
static int on_ready(void *user, char *remote, char *local, int remote_port, int local_port) {
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  ccurl_exchange *exchange = user;
  mark(&exchange->connected);
  const struct curl_tlssessioninfo *session = NULL;
  curl_easy_getinfo(exchange->easy, CURLINFO_TLS_SSL_PTR, &session);
  if (exchange->is_secure && !exchange->has_certificate && session && session->backend == CURLSSLBACKEND_OPENSSL &&
      session->internals && exchange_of(session->internals) == exchange)
    look_at(exchange, session->internals);
  // One that was not seen is not good either.
  if (exchange->is_secure && exchange->must_verify &&
      (!exchange->has_certificate || exchange->verify_error != X509_V_OK || exchange->is_name_wrong)) {
    exchange->is_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  mark(&exchange->ready);
  return CURL_PREREQFUNC_OK;
}

static int on_socket(void *user, curl_socket_t socket, curlsocktype purpose) {
  (void)socket, (void)purpose;
  mark(&((ccurl_exchange *)user)->connecting);
  return CURL_SOCKOPT_OK;
}

CURLcode ccurl_observe(CURL *easy, ccurl_exchange *exchange) {
  exchange->easy = easy;
  CURLcode code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, exchange);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
  if (!code) code = curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, exchange);
  return code;
}

void ccurl_exchange_clear(ccurl_exchange *exchange) {
  free(exchange->subject);
  free(exchange->issuer);
  free(exchange->names);
  free(exchange->serial);
  *exchange = (ccurl_exchange){0};
}

#include "CCurl.h"

#include <openssl/ssl.h>
#include <pthread.h>

// libcurl makes a context of OpenSSL for each connection, when it begins. From OpenSSL 3 on that takes 0.15 to 0.3 ms,
// which would be added to what is measured of the server. libcurl takes no context of others, so here is the function
// that it calls instead of OpenSSL's, as the linker looks into the program first: it hands out a context that was made
// ahead, by a thread that nobody waits for.

#if OPENSSL_VERSION_MAJOR >= 3

enum { READY_MAX = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_taken = PTHREAD_COND_INITIALIZER;
static SSL_CTX *ready[READY_MAX];
static int count;

SSL_CTX *SSL_CTX_new(const SSL_METHOD *method) {
  SSL_CTX *context = NULL;
  // Of any other kind, as libpq asks for, none is made ahead.
  if (method == TLS_client_method()) {
    pthread_mutex_lock(&lock);
    if (count > 0) context = ready[--count];
    // One at a time is made anew, as several would keep a processor busy that the server may want.
    pthread_cond_signal(&is_taken);
    pthread_mutex_unlock(&lock);
  }
  // What OpenSSL's own function does.
  return context ? context : SSL_CTX_new_ex(NULL, NULL, method);
}

// The first is made after one was asked for: who probes over HTTP only has none.
static void *make_ready(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  for (;;) {
    pthread_cond_wait(&is_taken, &lock);
    while (count < READY_MAX) {
      pthread_mutex_unlock(&lock);
      SSL_CTX *context = SSL_CTX_new_ex(NULL, NULL, TLS_client_method());
      pthread_mutex_lock(&lock);
      if (!context) break;
      ready[count++] = context;
    }
  }
  return NULL;
}

void ccurl_make_contexts_ready(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, make_ready, NULL) == 0) pthread_detach(thread);
}

int ccurl_ready_contexts(void) {
  pthread_mutex_lock(&lock);
  int now = count;
  pthread_mutex_unlock(&lock);
  return now;
}

#else

void ccurl_make_contexts_ready(void) {}
int ccurl_ready_contexts(void) { return 0; }

#endif

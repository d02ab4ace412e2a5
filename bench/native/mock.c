// A model provider that costs nothing: one thread, one epoll, OpenAI-like answers to any POST.
//
//   mock PORT          listens on 127.0.0.1 until it is killed
//
// A body with "stream":true gets server-sent events: a model named `bench-sse-N-D` (or the headers
// `x-mock-chunks: N` and `x-mock-interval-ms: D`) asks for N chunks, one every D milliseconds, each
// written alone and stamped with the time of writing. GET /stats tells what happened so far.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "answers.h"
#include "clock.h"

#define MAX_REQUEST (64u << 20)
#define SLOT_NS 100000ull  // streams fall due in slots of 0.1 ms
#define SLOTS (1u << 17)   // the wheel turns in 13 s; longer intervals are cut to that

struct conn {
  int fd;
  char *in;
  size_t in_len, in_size;
  char *out;  // what the socket did not take yet
  size_t out_len, out_size;
  int chunks_left, chunks_total;
  uint64_t interval_ns, due;
  struct conn *prev, *next;  // neighbours in a slot of the wheel
  bool scheduled;
};

static struct { uint64_t requests, streams_active, streams_done, streams_aborted, chunks; } stats;
static struct conn wheel[SLOTS];  // list heads
static uint64_t turned_to;        // the slot number up to which the wheel has been turned
static int epoll_fd;

static void unschedule(struct conn *c) {
  if (!c->scheduled) return;
  c->prev->next = c->next;
  c->next->prev = c->prev;
  c->scheduled = false;
}

static void schedule(struct conn *c, uint64_t due) {
  uint64_t slot = due / SLOT_NS;
  if (slot <= turned_to) slot = turned_to + 1;
  if (slot > turned_to + SLOTS - 1) slot = turned_to + SLOTS - 1;
  struct conn *head = &wheel[slot % SLOTS];
  c->due = due;
  c->next = head->next;
  c->prev = head;
  head->next->prev = c;
  head->next = c;
  c->scheduled = true;
}

static void close_conn(struct conn *c) {
  if (c->chunks_total) stats.streams_active--, stats.streams_aborted++;
  unschedule(c);
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c);
}

static void append(char **buffer, size_t *len, size_t *size, const char *data, size_t n) {
  if (*len + n > *size) {
    *size = (*len + n) * 2;
    *buffer = realloc(*buffer, *size);
    if (!*buffer) die("realloc");
  }
  memcpy(*buffer + *len, data, n);
  *len += n;
}

static void watch(struct conn *c, uint32_t events, int operation) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, operation, c->fd, &e) < 0) die("epoll_ctl");
}

// Writes now what the socket takes and keeps the rest. False when the peer is gone.
static bool send_bytes(struct conn *c, const char *data, size_t n) {
  ssize_t sent = c->out_len ? 0 : send(c->fd, data, n, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  if (sent < 0) sent = 0;
  if ((size_t)sent < n) {
    if (!c->out_len) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    append(&c->out, &c->out_len, &c->out_size, data + sent, n - (size_t)sent);
  }
  return true;
}

static bool flush(struct conn *c) {
  ssize_t sent = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  c->out_len -= (size_t)sent;
  memmove(c->out, c->out + sent, c->out_len);
  if (!c->out_len) watch(c, EPOLLIN, EPOLL_CTL_MOD);
  return true;
}

static bool send_json(struct conn *c, const char *headers, const char *body) {
  char answer[8192];
  int n = snprintf(answer, sizeof answer,
                   "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n%s\r\n%s",
                   strlen(body), headers, body);
  return send_bytes(c, answer, (size_t)n);
}

static bool send_chunk(struct conn *c, const char *text, int n, const char *after) {
  char framed[2048];
  int size = snprintf(framed, sizeof framed, "%x\r\n%.*s\r\n%s", n, n, text, after);
  return send_bytes(c, framed, (size_t)size);
}

// Writes the next event of a stream, or its end. False when the peer is gone.
static bool stream_step(struct conn *c) {
  char event[1024];
  uint64_t now = now_ns();
  if (c->out_len) return schedule(c, now + c->interval_ns), true;  // the peer is slow: wait for it
  if (c->chunks_left == 0) {
    int n = snprintf(event, sizeof event, LAST_EVENTS, c->chunks_total, 328 + c->chunks_total);
    c->chunks_total = 0;
    stats.streams_active--;
    stats.streams_done++;
    return send_chunk(c, event, n, "0\r\n\r\n");
  }
  c->chunks_left--;
  stats.chunks++;
  schedule(c, c->due + c->interval_ns);
  int n = snprintf(event, sizeof event, CHUNK_EVENT, (unsigned long long)now);
  return send_chunk(c, event, n, "");
}

static int header_number(const char *head, const char *name, int otherwise) {
  const char *at = strcasestr(head, name);
  return at ? atoi(at + strlen(name)) : otherwise;
}

static bool start_stream(struct conn *c, const char *head, const char *body, size_t body_len) {
  int chunks = header_number(head, "\r\nx-mock-chunks:", 20);
  int interval_ms = header_number(head, "\r\nx-mock-interval-ms:", 20);
  const char *model = memmem(body, body_len, "bench-sse-", 10);
  if (model) sscanf(model + 10, "%d-%d", &chunks, &interval_ms);
  c->chunks_left = c->chunks_total = chunks > 0 ? chunks : 1;
  c->interval_ns = (uint64_t)interval_ms * 1000000ull;
  stats.streams_active++;
  static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                               "transfer-encoding: chunked\r\n" PROVIDER_HEADERS "\r\n";
  if (!send_bytes(c, answer, sizeof answer - 1)) return false;
  schedule(c, now_ns());
  return true;
}

static bool wants_stream(const char *body, size_t n) {
  const char *at = memmem(body, n, "\"stream\":", 9);
  if (!at) return false;
  for (at += 9; at < body + n && isspace((unsigned char)*at);) at++;
  return body + n - at >= 4 && memcmp(at, "true", 4) == 0;
}

static bool answer(struct conn *c, const char *head, const char *body, size_t body_len) {
  stats.requests++;
  if (strncmp(head, "GET /stats ", 11) == 0) {
    char text[256];
    snprintf(text, sizeof text,
             "{\"requests\":%lu,\"streamsActive\":%lu,\"streamsDone\":%lu,\"streamsAborted\":%lu,\"chunks\":%lu}\n",
             stats.requests, stats.streams_active, stats.streams_done, stats.streams_aborted, stats.chunks);
    return send_json(c, "", text);
  }
  if (strncmp(head, "GET ", 4) == 0) return send_json(c, PROVIDER_HEADERS, MODEL_LIST);
  if (wants_stream(body, body_len)) return start_stream(c, head, body, body_len);
  return send_json(c, PROVIDER_HEADERS, CHAT_ANSWER);
}

// The size of the request at the start of the buffer, 0 when it is not complete yet.
static size_t request_size(struct conn *c, size_t *head_len) {
  char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
  if (!end) return 0;
  *head_len = (size_t)(end - c->in) + 4;
  char saved = end[2];
  end[2] = 0;
  bool chunked = strcasestr(c->in, "\r\ntransfer-encoding: chunked") != NULL;
  size_t body = (size_t)header_number(c->in, "\r\ncontent-length:", 0);
  end[2] = saved;
  if (!chunked) return c->in_len >= *head_len + body ? *head_len + body : 0;
  char *last = memmem(c->in + *head_len, c->in_len - *head_len, "\r\n0\r\n\r\n", 7);
  return last ? (size_t)(last + 7 - c->in) : 0;
}

static bool read_requests(struct conn *c) {
  static char incoming[1 << 18];
  ssize_t n = recv(c->fd, incoming, sizeof incoming, 0);
  if (n < 0) return errno == EAGAIN;
  if (n == 0 || c->in_len + (size_t)n > MAX_REQUEST) return false;
  append(&c->in, &c->in_len, &c->in_size, incoming, (size_t)n);
  size_t head_len, size;
  while (!c->chunks_total && (size = request_size(c, &head_len))) {
    c->in[head_len - 1] = 0;
    if (!answer(c, c->in, c->in + head_len, size - head_len)) return false;
    c->in_len -= size;
    memmove(c->in, c->in + size, c->in_len);
  }
  return true;
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    struct conn *c = calloc(1, sizeof *c);
    c->fd = fd;
    set_nodelay(fd);
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void turn_wheel(void) {
  for (uint64_t until = now_ns() / SLOT_NS; turned_to < until;) {
    struct conn *head = &wheel[++turned_to % SLOTS];
    while (head->next != head) {
      struct conn *c = head->next;
      unschedule(c);
      if (!stream_step(c)) close_conn(c);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: mock PORT\n"), 2;
  prctl(PR_SET_TIMERSLACK, 1);
  for (unsigned i = 0; i < SLOTS; i++) wheel[i].prev = wheel[i].next = &wheel[i];
  turned_to = now_ns() / SLOT_NS;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = loopback(atoi(argv[1]));
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 8192) < 0) die("listen");
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[512];
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    struct timespec slot = timespec_of(SLOT_NS), second = timespec_of(1000000000ull);
    int n = epoll_pwait2(epoll_fd, events, 512, stats.streams_active ? &slot : &second, NULL);
    for (int i = 0; i < n; i++) {
      struct conn *c = events[i].data.ptr;
      if (!c) accept_all(listener);
      else if ((events[i].events & EPOLLOUT && c->out_len && !flush(c)) ||
               (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !read_requests(c))) close_conn(c);
    }
    turn_wheel();
  }
}

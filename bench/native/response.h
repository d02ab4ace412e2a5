// Reads HTTP/1.1 answers piece by piece: finds the status, follows content-length and chunked
// framing, and hands every piece of the body to a callback.
#pragma once
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum state { HEAD, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS, DONE, BROKEN };

struct response {
  enum state state;
  int status, head_len, line_len;
  uint64_t left, body_bytes;
  char head[8192], line[64];
};

typedef void (*body_fn)(void *context, const char *data, size_t n);

static inline void response_reset(struct response *r) {
  r->state = HEAD;
  r->status = r->head_len = r->line_len = 0;
  r->left = r->body_bytes = 0;
}

static inline void head_complete(struct response *r) {
  r->status = r->head_len > 12 ? atoi(r->head + 9) : 0;
  char *length = strcasestr(r->head, "\r\ncontent-length:");
  if (strcasestr(r->head, "\r\ntransfer-encoding: chunked")) r->state = CHUNK_SIZE;
  else if (length) r->state = (r->left = strtoull(length + 17, NULL, 10)) ? BODY : DONE;
  else r->state = BROKEN;  // a body that ends with the connection: no keep-alive, not measured
}

static inline size_t read_head(struct response *r, const char *data, size_t n) {
  size_t room = sizeof r->head - 1 - (size_t)r->head_len, take = n < room ? n : room;
  memcpy(r->head + r->head_len, data, take);
  int before = r->head_len, from = before > 3 ? before - 3 : 0;
  r->head_len += (int)take;
  char *end = memmem(r->head + from, (size_t)(r->head_len - from), "\r\n\r\n", 4);
  if (!end) return r->state = take < n ? BROKEN : HEAD, take;
  r->head_len = (int)(end - r->head) + 4;
  r->head[r->head_len] = 0;
  head_complete(r);
  return (size_t)(r->head_len - before);
}

// Takes one line of the framing (a chunk's size or a trailer) and decides what follows.
static inline size_t read_line(struct response *r, const char *data, size_t n) {
  size_t i = 0;
  while (i < n && data[i] != '\n') {
    if (r->line_len < (int)sizeof r->line - 1) r->line[r->line_len++] = data[i];
    i++;
  }
  if (i == n) return n;
  r->line[r->line_len] = 0;
  bool empty = r->line_len == 0 || r->line[0] == '\r';
  r->line_len = 0;
  if (r->state == CHUNK_END) r->state = CHUNK_SIZE;
  else if (r->state == TRAILERS) r->state = empty ? DONE : TRAILERS;
  else r->state = (r->left = strtoull(r->line, NULL, 16)) ? CHUNK_DATA : TRAILERS;
  return i + 1;
}

static inline size_t read_body(struct response *r, const char *data, size_t n, body_fn on_body, void *context) {
  size_t take = r->left < n ? (size_t)r->left : n;
  if (on_body) on_body(context, data, take);
  r->body_bytes += take;
  r->left -= take;
  if (!r->left) r->state = r->state == BODY ? DONE : CHUNK_END;
  return take;
}

// Consumes what was read from the socket; afterwards `state` is DONE, BROKEN, or waits for more.
static inline void response_feed(struct response *r, const char *data, size_t n, body_fn on_body, void *context) {
  while (n && r->state != DONE && r->state != BROKEN) {
    size_t used = r->state == HEAD                              ? read_head(r, data, n)
                  : r->state == BODY || r->state == CHUNK_DATA ? read_body(r, data, n, on_body, context)
                                                               : read_line(r, data, n);
    data += used;
    n -= used;
  }
}

// The requests the load generator sends: the headers of OpenAI's Python client, one of many keys,
// and a chat body of a chosen size.
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request_options {
  const char *path, *model, *key, *keys_file, *extra_headers;
  int port, body_bytes;
  bool stream;
};

struct requests {
  char **heads;  // one for each key
  size_t *head_lens;
  int count, next;
  char *body;
  size_t body_len;
};

static inline void build_body(struct requests *all, const struct request_options *o) {
  static const char words[] = "Summarise what this service does and say what could go wrong in it. ";
  static const char before[] =
      "{\"messages\":[{\"role\":\"system\",\"content\":\"You are a careful assistant.\"},"
      "{\"role\":\"user\",\"content\":\"";
  char after[512];
  int after_len = snprintf(after, sizeof after, "\"}],\"model\":\"%s\",\"max_tokens\":256,\"temperature\":0.2%s}",
                           o->model, o->stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "");
  size_t fixed = sizeof before - 1 + (size_t)after_len;
  size_t fill = (size_t)o->body_bytes > fixed ? (size_t)o->body_bytes - fixed : 0;
  all->body = malloc(fixed + fill + 1);
  memcpy(all->body, before, sizeof before - 1);
  for (size_t i = 0; i < fill; i++) all->body[sizeof before - 1 + i] = words[i % (sizeof words - 1)];
  memcpy(all->body + sizeof before - 1 + fill, after, (size_t)after_len + 1);
  all->body_len = fixed + fill;
}

static inline void add_head(struct requests *all, const struct request_options *o, const char *key) {
  all->heads = realloc(all->heads, sizeof(char *) * (size_t)(all->count + 1));
  all->head_lens = realloc(all->head_lens, sizeof(size_t) * (size_t)(all->count + 1));
  char *head = NULL;
  int n = asprintf(&head,
                   "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: gzip, deflate\r\n"
                   "Connection: keep-alive\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
                   "User-Agent: OpenAI/Python 2.8.1\r\nX-Stainless-Lang: python\r\n"
                   "X-Stainless-Package-Version: 2.8.1\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\n"
                   "X-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.13.1\r\n"
                   "X-Stainless-Async: false\r\nx-stainless-retry-count: 0\r\nx-stainless-read-timeout: 600\r\n"
                   "Authorization: Bearer %s\r\nContent-Length: %zu\r\n%s\r\n",
                   o->path, o->port, key, all->body_len, o->extra_headers);
  all->heads[all->count] = head;
  all->head_lens[all->count++] = (size_t)n;
}

// Reads the keys (one a line) and prepares everything that will be sent.
static inline struct requests build_requests(const struct request_options *o) {
  struct requests all = {0};
  build_body(&all, o);
  if (!o->keys_file) return add_head(&all, o, o->key), all;
  FILE *file = fopen(o->keys_file, "r");
  if (!file) die(o->keys_file);
  for (char line[512]; fgets(line, sizeof line, file);) {
    line[strcspn(line, "\r\n")] = 0;
    if (*line) add_head(&all, o, line);
  }
  fclose(file);
  if (!all.count) fprintf(stderr, "loadgen: no keys in %s\n", o->keys_file), exit(2);
  return all;
}

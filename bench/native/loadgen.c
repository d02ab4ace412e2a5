// Load on 127.0.0.1, measured without coordinated omission. Prints one JSON object.
//
//   loadgen closed   --conns C   each connection sends again as soon as it is answered
//   loadgen rate     --rate R    R requests a second whatever the answers do; latency also counts
//                                from the time a request should have been sent; the first --settle
//                                seconds, in which connections open, are sent but not measured
//   loadgen streams  --conns C   C concurrent event streams, started over --ramp seconds, begun anew
//                                when they end; latency of each chunk from the stamp the mock wrote
//
// and: --port P --seconds S --path /v1/chat/completions --model M --body-bytes B
//      --key K | --keys FILE, --header 'name: value' (repeatable)
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "clock.h"
#include "histogram.h"
#include "request.h"
#include "response.h"

#define STAMP "\"system_fingerprint\":\"t"
#define DRAIN_NS 2000000000ull

enum mode { CLOSED, RATE, STREAMS };

struct conn {
  int fd, request;
  size_t sent, total;
  bool busy, writing;
  uint64_t intended, started, first_byte;
  struct response response;
  int line_len;
  char line[2048];
};

static enum mode mode;
static struct request_options options = {.path = "/v1/chat/completions", .model = "bench-model",
                                         .key = "sk-bench", .extra_headers = "", .body_bytes = 1500};
static struct requests requests;
static struct conn *conns;
static int *idle, idle_count, conn_count = 32, in_flight, epoll_fd;
static double seconds = 4, rate = 1000, ramp_seconds = 1, settle_seconds = 0;
static uint64_t measured_from;
static bool stopping;
static uint64_t done, failed, refused, answer_bytes, chunks, max_backlog;
static int last_bad_status;
static struct histogram from_intended, from_sent, first_bytes, chunk_times;

static void send_request(struct conn *c, uint64_t intended);

static void open_conn(struct conn *c) {
  struct sockaddr_in address = loopback(options.port);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  set_nodelay(c->fd);
  set_nonblocking(c->fd);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
  c->busy = c->writing = false;
}

static void watch_writing(struct conn *c, bool writing) {
  if (c->writing == writing) return;
  c->writing = writing;
  struct epoll_event e = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

static void write_rest(struct conn *c) {
  size_t head_len = requests.head_lens[c->request];
  size_t skip_head = c->sent < head_len ? c->sent : head_len, skip_body = c->sent - skip_head;
  struct iovec parts[2] = {{requests.heads[c->request] + skip_head, head_len - skip_head},
                           {requests.body + skip_body, requests.body_len - skip_body}};
  ssize_t n = writev(c->fd, parts, 2);
  if (n > 0) c->sent += (size_t)n;
  watch_writing(c, c->sent < c->total);  // an error shows itself at the next read
}

static void send_request(struct conn *c, uint64_t intended) {
  c->request = requests.next;
  if (++requests.next == requests.count) requests.next = 0;
  c->sent = 0;
  c->total = requests.head_lens[c->request] + requests.body_len;
  c->line_len = 0;
  c->first_byte = 0;
  c->busy = true;
  in_flight++;
  response_reset(&c->response);
  c->started = now_ns();
  c->intended = intended ? intended : c->started;
  write_rest(c);
}

// Looks for the mock's stamp in a complete line of an event stream.
static void read_event(struct conn *c, uint64_t now) {
  c->line[c->line_len] = 0;
  char *stamp = strstr(c->line, STAMP);
  if (!stamp) return;
  uint64_t written = strtoull(stamp + sizeof STAMP - 1, NULL, 10);
  chunks++;
  if (now > written) record(&chunk_times, now - written);
}

static void on_stream_body(void *context, const char *data, size_t n) {
  struct conn *c = context;
  uint64_t now = now_ns();
  if (!c->first_byte) record(&first_bytes, (c->first_byte = now) - c->started);
  for (size_t i = 0; i < n; i++) {
    if (data[i] == '\n') read_event(c, now), c->line_len = 0;
    else if (c->line_len < (int)sizeof c->line - 1) c->line[c->line_len++] = data[i];
  }
}

static void go_on(struct conn *c) {
  if (stopping) return;
  if (mode == RATE) idle[idle_count++] = (int)(c - conns);
  else send_request(c, 0);
}

static void finish(struct conn *c) {
  uint64_t now = now_ns();
  c->busy = false;
  in_flight--;
  answer_bytes += c->response.body_bytes;
  if (c->response.status / 100 == 2) {
    if (c->intended >= measured_from) {
      record(&from_intended, now - c->intended);
      record(&from_sent, now - c->started);
    }
    done++;
  } else {
    refused++;
    last_bad_status = c->response.status;
  }
  go_on(c);
}

// The peer closed or broke the connection: a failure if it owed an answer, and a new connection.
static void lose(struct conn *c) {
  close(c->fd);
  if (c->busy) failed++, in_flight--;
  if (failed > 1000) fprintf(stderr, "loadgen: too many broken connections\n"), exit(1);
  bool was_busy = c->busy;
  open_conn(c);
  if (was_busy) go_on(c);
}

static void on_readable(struct conn *c) {
  static char data[1 << 18];
  ssize_t n = recv(c->fd, data, sizeof data, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0 || !c->busy) return lose(c);
  response_feed(&c->response, data, (size_t)n, mode == STREAMS ? on_stream_body : NULL, c);
  if (c->response.state == BROKEN) return lose(c);
  if (c->response.state == DONE) finish(c);
}

static void poll_until(uint64_t until) {
  struct epoll_event events[512];
  uint64_t now = now_ns();
  struct timespec wait = timespec_of(until > now ? until - now : 0);
  int n = epoll_pwait2(epoll_fd, events, 512, &wait, NULL);
  for (int i = 0; i < n; i++) {
    struct conn *c = events[i].data.ptr;
    if (c->writing && events[i].events & EPOLLOUT) write_rest(c);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(c);
  }
}

// Sends at fixed times; a request whose time has come waits for a free connection, and its wait counts.
static void run_rate(uint64_t start, uint64_t end) {
  double gap = 1e9 / rate;
  for (uint64_t sent = 0, now; (now = now_ns()) < end;) {
    uint64_t due = (uint64_t)((double)(now - start) / gap) + 1;
    if (due - sent > max_backlog) max_backlog = due - sent;
    for (; sent < due && idle_count; sent++)
      send_request(&conns[idle[--idle_count]], start + (uint64_t)((double)sent * gap));
    uint64_t next = start + (uint64_t)((double)sent * gap);
    poll_until(sent < due || next > end ? (next > end ? end : now + 1000000) : next);
  }
}

static void run_all(uint64_t start, uint64_t end) {
  double gap = mode == STREAMS ? ramp_seconds * 1e9 / conn_count : 0;
  for (int begun = 0; now_ns() < end;) {
    uint64_t next = start + (uint64_t)(begun * gap);
    for (; begun < conn_count && now_ns() >= next; next = start + (uint64_t)(begun * gap)) send_request(&conns[begun++], 0);
    poll_until(begun < conn_count && next < end ? next : end);
  }
}

static void print_latency(const char *name, const struct histogram *h) {
  printf(",\"%s\":{\"count\":%lu,\"p50Us\":%.1f,\"p90Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,\"maxUs\":%.1f}", name, h->count,
         percentile(h, 0.5) / 1e3, percentile(h, 0.9) / 1e3, percentile(h, 0.99) / 1e3,
         percentile(h, 0.999) / 1e3, (double)h->max / 1e3);
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void print_result(double took, uint64_t in_window) {
  printf("{\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"requests\":%lu,\"perSecond\":%.1f,\"failed\":%lu,\"refused\":%lu,\"lastBadStatus\":%d,"
         "\"unanswered\":%d,\"answerBytes\":%lu,\"maxBacklog\":%lu,\"chunks\":%lu", took, cpu_seconds(), done, (double)in_window / took,
         failed, refused, last_bad_status, mode == STREAMS ? 0 : in_flight, done ? answer_bytes / done : 0, max_backlog, chunks);
  print_latency("fromIntended", &from_intended);
  print_latency("fromSent", &from_sent);
  if (mode == STREAMS) print_latency("firstByte", &first_bytes), print_latency("chunk", &chunk_times);
  printf("}\n");
}

static void add_header(const char *line) {
  char *joined = NULL;
  if (asprintf(&joined, "%s%s\r\n", options.extra_headers, line) < 0) die("asprintf");
  options.extra_headers = joined;
}

static void read_option(const char *name, const char *value) {
  if (!strcmp(name, "--port")) options.port = atoi(value);
  else if (!strcmp(name, "--path")) options.path = value;
  else if (!strcmp(name, "--model")) options.model = value;
  else if (!strcmp(name, "--key")) options.key = value;
  else if (!strcmp(name, "--keys")) options.keys_file = value;
  else if (!strcmp(name, "--header")) add_header(value);
  else if (!strcmp(name, "--body-bytes")) options.body_bytes = atoi(value);
  else if (!strcmp(name, "--conns")) conn_count = atoi(value);
  else if (!strcmp(name, "--seconds")) seconds = atof(value);
  else if (!strcmp(name, "--rate")) rate = atof(value);
  else if (!strcmp(name, "--settle")) settle_seconds = atof(value);
  else if (!strcmp(name, "--ramp")) ramp_seconds = atof(value);
  else fprintf(stderr, "loadgen: unknown option %s\n", name), exit(2);
}

int main(int argc, char **argv) {
  if (argc < 4 || argc % 2) return fprintf(stderr, "usage: loadgen closed|rate|streams --port P ...\n"), 2;
  mode = !strcmp(argv[1], "rate") ? RATE : !strcmp(argv[1], "streams") ? STREAMS : CLOSED;
  for (int i = 2; i < argc; i += 2) read_option(argv[i], argv[i + 1]);
  options.stream = mode == STREAMS;
  prctl(PR_SET_TIMERSLACK, 1);
  requests = build_requests(&options);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  conns = calloc((size_t)conn_count, sizeof *conns);
  idle = calloc((size_t)conn_count, sizeof *idle);
  for (int i = 0; i < conn_count; i++) open_conn(&conns[idle[idle_count++] = i]);
  uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
  measured_from = start + (uint64_t)(settle_seconds * 1e9);
  if (mode == RATE) run_rate(start, end);
  else run_all(start, end);
  uint64_t in_window = done;
  double took = (double)(now_ns() - start) / 1e9;
  stopping = true;
  while (mode != STREAMS && in_flight && now_ns() < end + DRAIN_NS) poll_until(end + DRAIN_NS);
  print_result(took, in_window);
}

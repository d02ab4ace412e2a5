// A log-linear histogram in the manner of HdrHistogram: 128 steps per power of two, so any
// percentile is within 0.8 % of the true value, and recording one is a shift and an add.
#pragma once
#include <stdint.h>

#define STEP_BITS 7
#define STEPS (1 << STEP_BITS)
#define BUCKETS ((64 - STEP_BITS + 1) * STEPS)

struct histogram {
  uint64_t count, max;
  uint64_t buckets[BUCKETS];
};

static inline int bucket_of(uint64_t value) {
  if (value < STEPS) return (int)value;
  int shift = 63 - __builtin_clzll(value) - STEP_BITS;
  return (shift + 1) * STEPS + (int)(value >> shift) - STEPS;
}

static inline uint64_t middle_of(int bucket) {
  if (bucket < STEPS) return (uint64_t)bucket;
  int shift = bucket / STEPS - 1;
  uint64_t low = (uint64_t)(bucket % STEPS + STEPS) << shift;
  return low + ((1ull << shift) >> 1);
}

static inline void record(struct histogram *h, uint64_t value) {
  h->count++;
  h->buckets[bucket_of(value)]++;
  if (value > h->max) h->max = value;
}

// The value below which `fraction` of what was recorded lies; 0 when nothing was.
static inline uint64_t percentile(const struct histogram *h, double fraction) {
  uint64_t seen = 0, rank = (uint64_t)(fraction * (double)h->count);
  for (int i = 0; i < BUCKETS; i++) {
    seen += h->buckets[i];
    if (seen > rank) return middle_of(i);
  }
  return h->max;
}

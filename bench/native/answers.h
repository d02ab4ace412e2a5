// What the mock provider says: OpenAI's shapes, with as many headers as the real one sends.
#pragma once

#define PROVIDER_HEADERS                                                                     \
  "date: Sat, 21 Nov 2026 10:00:00 GMT\r\n"                                                  \
  "access-control-expose-headers: X-Request-ID\r\n"                                          \
  "openai-organization: bench-organization\r\n"                                              \
  "openai-processing-ms: 412\r\n"                                                            \
  "openai-project: proj_benchbenchbenchbench\r\n"                                            \
  "openai-version: 2020-10-01\r\n"                                                           \
  "x-ratelimit-limit-requests: 30000\r\n"                                                    \
  "x-ratelimit-limit-tokens: 150000000\r\n"                                                  \
  "x-ratelimit-remaining-requests: 29999\r\n"                                                \
  "x-ratelimit-remaining-tokens: 149999550\r\n"                                              \
  "x-ratelimit-reset-requests: 2ms\r\n"                                                      \
  "x-ratelimit-reset-tokens: 0s\r\n"                                                         \
  "x-request-id: req_0123456789abcdef0123456789abcdef\r\n"                                   \
  "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n"              \
  "x-content-type-options: nosniff\r\n"                                                      \
  "server: mock\r\n"

#define WORDS                                                                                \
  "A gateway in front of a model provider reads the caller's key, decides what it may do, "  \
  "holds the worst case of its cost, forwards the request and relays the answer as it is. "

#define CHAT_ANSWER                                                                          \
  "{\"id\":\"chatcmpl-BenchBenchBenchBenchBenchBench\",\"object\":\"chat.completion\","      \
  "\"created\":1795255200,\"model\":\"bench-model-2026-11-01\",\"choices\":[{\"index\":0,"   \
  "\"message\":{\"role\":\"assistant\",\"content\":\"" WORDS WORDS WORDS WORDS               \
  "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],"  \
  "\"usage\":{\"prompt_tokens\":328,\"completion_tokens\":152,\"total_tokens\":480,"         \
  "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"                      \
  "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"                \
  "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}},"                     \
  "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\"}\n"

// %019llu is the CLOCK_MONOTONIC time at which the chunk was written.
#define CHUNK_EVENT                                                                          \
  "data: {\"id\":\"chatcmpl-BenchBenchBenchBenchBenchBench\",\"object\":"                    \
  "\"chat.completion.chunk\",\"created\":1795255200,\"model\":\"bench-model-2026-11-01\","   \
  "\"service_tier\":\"default\",\"system_fingerprint\":\"t%019llu\",\"choices\":[{"          \
  "\"index\":0,\"delta\":{\"content\":\" word\"},\"logprobs\":null,"                         \
  "\"finish_reason\":null}],\"usage\":null}\n\n"

#define LAST_EVENTS                                                                          \
  "data: {\"id\":\"chatcmpl-BenchBenchBenchBenchBenchBench\",\"object\":"                    \
  "\"chat.completion.chunk\",\"created\":1795255200,\"model\":\"bench-model-2026-11-01\","   \
  "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\",\"choices\":[],"         \
  "\"usage\":{\"prompt_tokens\":328,\"completion_tokens\":%d,\"total_tokens\":%d}}\n\n"      \
  "data: [DONE]\n\n"

#define MODEL_LIST                                                                           \
  "{\"object\":\"list\",\"data\":[{\"id\":\"bench-model\",\"object\":\"model\","             \
  "\"created\":1795255200,\"owned_by\":\"bench\"}]}\n"

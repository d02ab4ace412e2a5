/**
 * How providers' own secrets look, most telling first (patterns as gitleaks and trufflehog publish them, shortened
 * to what tells them apart). Only for naming what somebody presented: a secret in a new format is still a secret.
 */
const PROVIDER_SECRETS: readonly { provider: string; pattern: RegExp }[] = [
  { provider: 'Anthropic', pattern: /^sk-ant-[\w-]{16,}$/ },
  { provider: 'OpenRouter', pattern: /^sk-or-[\w-]{16,}$/ },
  { provider: 'OpenAI', pattern: /^sk-(?:proj|svcacct|service|admin)-[\w-]{16,}$/ },
  { provider: 'DeepSeek', pattern: /^sk-[0-9a-f]{32}$/ },
  { provider: 'OpenAI', pattern: /^sk-[0-9A-Za-z]{20,}$/ },
  { provider: 'Google', pattern: /^AIza[\w-]{35}$/ },
  { provider: 'Google', pattern: /^AQ\.[\w-]{30,}$/ },
  { provider: 'Groq', pattern: /^gsk_[0-9A-Za-z]{40,}$/ },
  { provider: 'xAI', pattern: /^xai-\w{40,}$/ },
  { provider: 'Hugging Face', pattern: /^(?:hf_|api_org_)[0-9A-Za-z]{34}$/ },
  { provider: 'Replicate', pattern: /^r8_[\w-]{37}$/ },
  { provider: 'Perplexity', pattern: /^pplx-[0-9A-Za-z]{40,}$/ },
  { provider: 'NVIDIA', pattern: /^nvapi-[\w-]{40,}$/ },
  { provider: 'Amazon Bedrock', pattern: /^ABSK[0-9A-Za-z+/]{100,}={0,2}$/ },
]

const LONGEST_SECRET = 512

/** The provider whose secret `text` looks like, or null. */
export function looksLikeProviderSecret(text: string): string | null {
  if (text.length > LONGEST_SECRET) return null
  return PROVIDER_SECRETS.find(({ pattern }) => pattern.test(text))?.provider ?? null
}

/** What the demo connection serves. `echo` behaves; each of the others is named for how it does not. */
export const DEMO_MODELS: readonly string[] = [
  'echo',
  'slow',
  'huge',
  'stall',
  'cut',
  'reset',
  'no-usage',
  '400',
  '429',
  '500',
  '503',
]

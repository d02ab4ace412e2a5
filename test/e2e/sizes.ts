/** How pages are looked at: on a desk and on a telephone, by day and by night. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]
export const THEMES = ['light', 'dark'] as const

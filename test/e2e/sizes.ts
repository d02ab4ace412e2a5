/** How pages are looked at: on a desk and on a telephone, by day and by night. */
export const DESK = { width: 1280, height: 800 }
export const TELEPHONE = { width: 390, height: 844 }
export const SIZES = [DESK, TELEPHONE]
export const THEMES = ['light', 'dark'] as const

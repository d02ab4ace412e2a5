import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core'

/** Verdigris, lightest first. Mantine wants ten shades; what is seen are the tokens below. */
const VERDIGRIS: MantineColorsTuple = [
  '#e0f0ec',
  '#c3e2db',
  '#94cdc0',
  '#62b7a5',
  '#3aa38e',
  '#1f8f7a',
  '#137566',
  '#0f5f55',
  '#0a473f',
  '#062f2a',
]

/** What is written on a filled ground: the kit knows one contrast for both schemes, and ours turn around. */
const ON_FILLED: Record<string, string> = { verdigris: 'var(--on-accent)', red: 'var(--on-bad)' }

const variantColors: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  const on = ON_FILLED[input.color ?? input.theme.primaryColor]
  return input.variant === 'filled' && on !== undefined ? { ...colors, color: on } : colors
}

const HEAD = {
  attributes: { header: { role: 'none' } },
  // What a panel is about stands out from the names of its fields.
  styles: { title: { fontSize: 'var(--text-l)', fontWeight: 650 } },
}

export const theme = createTheme({
  variantColorResolver: variantColors,
  components: {
    // The head of a dialog is none of the page.
    Drawer: { defaultProps: HEAD },
    Modal: { defaultProps: HEAD },
    // 24 px: what a finger meets.
    Radio: { defaultProps: { size: 'md' } },
    SegmentedControl: {
      styles: { root: { background: 'var(--faint)' }, indicator: { background: 'var(--surface)' } },
    },
  },
  primaryColor: 'verdigris',
  primaryShade: { light: 7, dark: 3 },
  colors: { verdigris: VERDIGRIS },
  autoContrast: true,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  headings: { fontFamily: 'var(--font)', fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'never',
  fontSizes: {
    xs: 'var(--text-s)',
    sm: 'var(--text-m)',
    md: 'var(--text-m)',
    lg: 'var(--text-l)',
    xl: 'var(--text-xl)',
  },
})

/** What is not to be undone. */
const DANGER = {
  '--mantine-color-red-filled': 'var(--bad)',
  '--mantine-color-red-filled-hover': 'var(--bad)',
  '--mantine-color-red-contrast': 'var(--on-bad)',
  '--mantine-color-red-text': 'var(--bad)',
  '--mantine-color-red-outline': 'var(--bad)',
  '--mantine-color-red-outline-hover': 'var(--bad-ground)',
  '--mantine-color-red-light': 'var(--bad-ground)',
  '--mantine-color-red-light-hover': 'var(--bad-ground)',
  '--mantine-color-red-light-color': 'var(--bad)',
}

/** What can be done. */
const ACCENT = {
  '--mantine-color-verdigris-filled': 'var(--accent)',
  '--mantine-color-verdigris-filled-hover': 'var(--accent-strong)',
  '--mantine-color-verdigris-text': 'var(--accent)',
  '--mantine-color-verdigris-outline': 'var(--accent)',
  '--mantine-color-verdigris-outline-hover': 'var(--accent-ground)',
  '--mantine-color-verdigris-light': 'var(--accent-ground)',
  '--mantine-color-verdigris-light-hover': 'var(--accent-ground)',
  '--mantine-color-verdigris-light-color': 'var(--accent-strong)',
}

const COMPUTED = { ...ACCENT, ...DANGER }

/** Mantine's variables, told in our tokens: the kit draws, the language is ours. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-bright': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--muted)',
    '--mantine-color-placeholder': 'var(--muted)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-disabled': 'var(--sunken)',
    '--mantine-color-disabled-color': 'var(--muted)',
    '--mantine-color-disabled-border': 'var(--faint)',
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-primary-color-filled-hover': 'var(--accent-strong)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
    '--mantine-primary-color-light': 'var(--accent-ground)',
    '--mantine-primary-color-light-hover': 'var(--accent-ground)',
    '--mantine-primary-color-light-color': 'var(--accent-strong)',
  },
  // The kit computes these for each scheme, and what it computes would win over what is said for both. It also learns of
  // another scheme later than the tokens do, which for a moment would stand on the ground of one with the ink of the other.
  light: COMPUTED,
  dark: COMPUTED,
})

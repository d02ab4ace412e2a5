import { DEFAULT_THEME, getCSSColorVariables, mergeMantineTheme } from '@mantine/core'
import { expect, test } from 'vitest'
import { cssVariables, theme } from './theme.ts'

const whole = mergeMantineTheme(DEFAULT_THEME, theme)

test.each(['light', 'dark'] as const)('of our colours the kit computes none itself: %s', (colorScheme) => {
  const told = cssVariables(whole)[colorScheme]
  for (const color of ['verdigris', 'red']) {
    const computed = getCSSColorVariables({ theme: whole, color, colorScheme, withColorValues: false })
    expect(Object.keys(computed)).not.toEqual([])
    for (const name of Object.keys(computed)) expect(told[name], name).toMatch(/^var\(--[a-z-]+\)$/)
  }
})

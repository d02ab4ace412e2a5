import { SIZES, THEMES } from './sizes.ts'

/** What axe and layout.ts found wrong with one page, by the name of the look: `390 px, dark`. */
export type Looked = { name: string; address: string; problems: Record<string, string[]> }

/** How a look is called. */
export function lookOf(width: number, theme: string): string {
  return `${width} px, ${theme}`
}

/** The report of a run over all pages: how many things are wrong with each of them in each look, and then which. */
export function printAxeReport(
  pages: Looked[],
  { day, version, rules }: { day: string; version: string; rules: number },
): string {
  const looks = SIZES.flatMap(({ width }) => THEMES.map((theme) => lookOf(width, theme)))
  const all = pages.flatMap(({ name, problems }) =>
    looks.flatMap((look) => (problems[look] ?? []).map((problem) => `- ${name}, ${look}: ${problem}`)),
  )
  const rows = pages.map(({ name, address, problems }) => {
    const counts = looks.map((look) => problems[look]?.length ?? 0)
    return `| ${name} | \`${address}\` | ${counts.join(' | ')} |`
  })
  return `# Axe on every page

Made by \`npm run axe\` on ${day}: axe ${version} with ${rules} rules (WCAG 2.2 A and AA, and good practice) in Chromium, on
${pages.length} pages and parts of pages, each in ${looks.length} looks. What is wrong with the shape of a page counts, too: it scrolls sideways, something is
past its edge, or it has not one first heading. Violations: **${all.length}**.

| page | address | ${looks.join(' | ')} |
|---|---|${'--:|'.repeat(looks.length)}
${rows.join('\n')}
${all.length === 0 ? '' : `\n${all.join('\n')}\n`}`
}

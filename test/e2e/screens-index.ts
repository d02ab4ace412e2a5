import { PAGES } from '../../web/paths.ts'
import { PARTS_SHOWN } from './parts-shown.ts'
import { PURPOSES } from './purposes.ts'
import { SIZES, THEMES } from './sizes.ts'
import { VISITS } from './visits.ts'

/** The pages that are shown; what else is, is in parts-shown.ts. */
export const SHOWN = VISITS.filter(({ path, part }) => path !== null && !part)

type Named = { name: string }

export function pictureName({ name }: Named, theme: string, width: number): string {
  return `${name}-${theme}-${width}.png`
}

/** The page that shows the pictures: for each page of the dashboard what it is for, and how it looks. */
export function printIndex(): string {
  const parts = PAGES.map(({ path, title }) => {
    const visits = SHOWN.filter((visit) => visit.path === path)
    return `## ${title}\n\n\`${path}\`. ${PURPOSES[path]}\n\n${visits.map(pictures).join('\n')}\n`
  })
  const more = PARTS_SHOWN.map(
    (part) => `### ${part.title}\n\n\`${part.path}\`. ${part.purpose}\n\n${pictures(part)}\n`,
  )
  return `# The dashboard in pictures

Made by \`npm run screens\`, of an organization that the tests make up. Each page by day and by night, on a desk and on a
telephone.

${parts.join('\n')}
## What the server itself renders, and parts of pages

${more.join('\n')}`
}

function pictures(visit: Named): string {
  const images = SIZES.flatMap(({ width }) =>
    THEMES.map((theme) => {
      const alt = `${visit.name}, ${theme}, ${width} pixels`
      return `<img src="${pictureName(visit, theme, width)}" alt="${alt}" width="${width > 500 ? 480 : 150}">`
    }),
  )
  return images.join('\n')
}

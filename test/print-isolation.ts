/** What one operation answered: their own admin, whoever is in the other team, and which ids of it were tried. */
export type IsolationRow = {
  theirs: string
  ours: Record<string, string>
  positions: string[]
  isList: boolean
}

/** Prints `docs/isolation.md`: what people of one team get of another one's, operation by operation. */
export function printIsolation(rows: ReadonlyMap<string, IsolationRow>, people: readonly string[]): string {
  const lines = [...rows].map(([name, { theirs, ours, positions, isList }]) => [
    name,
    positions.map((position) => `\`${position}\``).join(' '),
    theirs,
    wordsFor(ours, isList),
  ])
  const head = ['operation', 'ids that were tried', 'its own team’s admin', 'everybody of the other team']
  return [
    '# Two teams, one installation',
    'Printed by `npx vitest run test/security/isolation.test.ts -u`; the test fails when it is stale. Two teams have one of everything. Each operation of the contract is called with whatever it names being the other team’s, and once more for each id alone among ids of one’s own.',
    `Everybody of the other team: ${people.join(', ')}. They get no id and no name of the first team’s, the same answer as for an id that was never given, and leave no row behind. \`404\` is for what they may not know of, \`403\` for what is the organization’s; \`theirs\` is a list of what is their own team’s; \`shared\` is what belongs to no team: models, documents, one’s own profile.`,
    [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    '',
  ].join('\n\n')
}

function wordsFor(ours: Record<string, string>, isList: boolean): string {
  const words = Object.values(ours).map((answer) => (answer !== 'yes' ? answer : isList ? 'own' : 'shared'))
  return [...new Set(words)].sort().reverse().join(', ')
}

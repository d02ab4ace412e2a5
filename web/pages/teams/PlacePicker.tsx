import { Select } from '../../ui/Select.tsx'
import { ORGANIZATION, usePlaces, type Where } from './places.ts'

const EVERYWHERE = 'organization'

type Props = { label: string; value: Where; onChange: (where: Where) => void }

/** Chooses the organization, a team or a project. */
export function PlacePicker({ label, value, onChange }: Props) {
  const { teams, projects } = usePlaces()
  const data = [
    { group: 'Everywhere', items: [{ value: EVERYWHERE, label: 'The whole organization' }] },
    { group: 'A team', items: teams.map(({ id, name }) => ({ value: id, label: name })) },
    {
      group: 'A project',
      items: projects.map(({ id, name, teamId }) => ({
        value: id,
        label: `${teams.find((team) => team.id === teamId)?.name ?? '…'} / ${name}`,
      })),
    },
  ]
  const choose = (id: string | null) => {
    const project = projects.find((one) => one.id === id)
    if (project) return onChange({ teamId: project.teamId, projectId: project.id })
    onChange(id === null || id === EVERYWHERE ? ORGANIZATION : { teamId: id, projectId: null })
  }
  return (
    <Select
      label={label}
      searchable
      allowDeselect={false}
      value={value.projectId ?? value.teamId ?? EVERYWHERE}
      onChange={choose}
      data={data.filter(({ items }) => items.length > 0)}
    />
  )
}

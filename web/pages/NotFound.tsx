import { Button } from '@mantine/core'
import { Page } from '../ui/Page.tsx'
import { Empty } from '../ui/Region.tsx'
import { To } from '../ui/To.tsx'

export function NotFound() {
  return (
    <Page title="Nothing here" passing>
      <Empty title="There is no such page">
        <p>The address may be mistyped, or the page has another name now.</p>
        <Button component={To} to="/" variant="default">
          Go home
        </Button>
      </Empty>
    </Page>
  )
}

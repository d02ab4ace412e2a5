import { Button } from '@mantine/core'
import { useState } from 'react'
import { connectionDelete, connectionUpdate } from '../../../src/contract/connections.ts'
import { useAct } from '../../api.ts'
import { ago } from '../../format.ts'
import { ConfirmDialog, ConnectionEdit } from '../../forms/panels.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { toast } from '../../ui/announce.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { To } from '../../ui/To.tsx'
import { useViewer } from '../../viewer.ts'
import { type Connection, ConnectionState } from './ConnectionState.tsx'
import { Mappings } from './Mappings.tsx'
import classes from './settings.module.css'

type Asking = 'enable' | 'disable' | 'enforce' | 'stop' | 'delete' | 'edit' | null

/** One provider: what to register there, its test, whom it lets in, and which groups get which roles. */
export function ConnectionPanel({ connection }: { connection: Connection }) {
  const { inOrganization } = useViewer()
  const can = inOrganization('connection:update')
  const [asking, setAsking] = useState<Asking>(null)
  const { name, enabled, enforced, testedAt } = connection
  const close = () => setAsking(null)
  return (
    <>
      <p>
        <To to="/settings/$section" params={{ section: 'sso' }}>
          All providers
        </To>
      </p>
      <Section
        title={name}
        actions={
          <>
            <ActButton variant="default" can={can} onClick={() => setAsking('edit')}>
              Change
            </ActButton>
            <ActButton variant="default" can={can} onClick={() => setAsking('delete')}>
              Delete
            </ActButton>
          </>
        }
      >
        <Card>
          <Facts
            of={[
              { label: 'State', value: <ConnectionState of={connection} /> },
              { label: 'Issuer', value: <code>{connection.issuer}</code> },
              { label: 'Client id', value: <code>{connection.clientId}</code> },
              { label: 'Client secret', value: connection.hasSecret ? 'kept, and shown to nobody' : 'none' },
              { label: 'Domains', value: connection.domains.join(', ') || 'none: nobody signs in there yet' },
              { label: 'Role of all', value: connection.defaultRole ?? 'none: only who was invited' },
              {
                label: 'Second factor',
                value: connection.mfaValues.join(', ') || 'none of its values counts',
              },
            ]}
          />
        </Card>
      </Section>
      <Section title="Register there" note="The provider has to know these addresses of yours.">
        <Card>
          <Facts
            of={[
              { label: 'Redirect', value: <Copied text={connection.redirectUri} what="redirect address" /> },
              {
                label: 'Back-channel logout',
                value: <Copied text={connection.backchannelLogoutUri} what="logout address" />,
              },
              {
                label: 'Tile or bookmark',
                value: <Copied text={connection.signInUrl} what="sign-in address" />,
              },
            ]}
          />
        </Card>
      </Section>
      <Section title="Let people in">
        <Card>
          <ol className={classes.steps}>
            <li>
              <strong>Try it out.</strong>{' '}
              {testedAt === null
                ? 'Nobody has since it was last changed.'
                : `Somebody signed in for a test ${ago(testedAt)}.`}{' '}
              It shows what the provider says of you and which roles that comes to, and signs nobody in.
              <div>
                <Button
                  component="a"
                  href={connection.testUrl}
                  target="_blank"
                  rel="noopener"
                  variant="default"
                  mt="xs"
                >
                  Test sign-in in a new window
                </Button>
              </div>
            </li>
            <li>
              <strong>Enable it.</strong>{' '}
              {enabled
                ? 'People of its domains may sign in there.'
                : 'Then people of its domains may sign in there, beside their password.'}
              <div>
                <ActButton
                  variant="default"
                  mt="xs"
                  can={can}
                  onClick={() => setAsking(enabled ? 'disable' : 'enable')}
                >
                  {enabled ? 'Disable' : 'Enable'}
                </ActButton>
              </div>
            </li>
            <li>
              <strong>Enforce it.</strong>{' '}
              {enforced
                ? 'People of its domains sign in there and in no other way.'
                : 'Then people of its domains sign in in no other way. It takes a test, and an owner with break glass.'}
              <div>
                <ActButton
                  variant="default"
                  mt="xs"
                  can={can}
                  onClick={() => setAsking(enforced ? 'stop' : 'enforce')}
                >
                  {enforced ? 'Stop enforcing' : 'Enforce'}
                </ActButton>
              </div>
            </li>
          </ol>
        </Card>
      </Section>
      <Mappings connection={connection} />
      {asking === 'edit' && <ConnectionEdit connection={connection} onClose={close} />}
      {asking === 'delete' && <Delete connection={connection} onClose={close} />}
      {asking !== null && asking !== 'edit' && asking !== 'delete' && (
        <Switched connection={connection} how={asking} onClose={close} />
      )}
    </>
  )
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <span className={classes.copied}>
      <code>{text}</code>
      <CopyButton value={text} label={`Copy the ${what}`} />
    </span>
  )
}

type Switching = 'enable' | 'disable' | 'enforce' | 'stop'

const SWITCH: Record<
  Switching,
  {
    title: string
    act: string
    body: { enabled?: boolean; enforced?: boolean }
    means: string
    danger: boolean
  }
> = {
  enable: {
    title: 'Let people sign in there?',
    act: 'Enable',
    body: { enabled: true },
    means: 'People of its domains may sign in there from now on. It can be disabled at any time.',
    danger: false,
  },
  disable: {
    title: 'Disable it?',
    act: 'Disable',
    body: { enabled: false },
    means: 'Whoever signed in there is signed out at once. Their roles stay until it is deleted.',
    danger: true,
  },
  enforce: {
    title: 'Enforce it?',
    act: 'Enforce',
    body: { enforced: true },
    means:
      'People of its domains sign in there and in no other way: no password of theirs is taken, and sessions that they had otherwise end, perhaps yours too. Owners with break glass keep their way in.',
    danger: true,
  },
  stop: {
    title: 'Stop enforcing it?',
    act: 'Stop enforcing',
    body: { enforced: false },
    means: 'Passwords are taken again.',
    danger: false,
  },
}

type DialogProps = { connection: Connection; onClose: () => void }

function Switched({ connection, how, onClose }: DialogProps & { how: Switching }) {
  const act = useAct(connectionUpdate)
  const { title, act: says, body, means, danger } = SWITCH[how]
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`${connection.name}: ${title}`}
      act={says}
      danger={danger}
      {...(how === 'enforce' ? { typed: connection.name } : {})}
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { connectionId: connection.id }, body }, ifMatch: connection.version },
          {
            onSuccess: () => {
              toast('Done.')
              onClose()
            },
          },
        )
      }
    >
      {means}
    </ConfirmDialog>
  )
}

function Delete({ connection, onClose }: DialogProps) {
  const act = useAct(connectionDelete)
  const [, setAddress] = useAddress()
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete ${connection.name}?`}
      act="Delete it"
      danger
      typed={connection.name}
      pending={act.isPending}
      error={act.error}
      onConfirm={() =>
        act.mutate(
          { input: { params: { connectionId: connection.id } } },
          {
            onSuccess: () => {
              toast('Deleted.')
              setAddress({ connection: undefined })
            },
          },
        )
      }
    >
      Its secret is erased, the roles that it gave are taken back, and its people are signed out. This cannot
      be undone.
    </ConfirmDialog>
  )
}

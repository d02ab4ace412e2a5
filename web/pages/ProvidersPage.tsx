import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { credentialList } from '../../src/contract/credentials.ts'
import { providerList } from '../../src/contract/providers.ts'
import { all } from '../all.ts'
import { count } from '../format.ts'
import { CredentialAdd, ProviderConnect } from '../forms/panels.ts'
import { useAddress } from '../search.ts'
import { ActButton } from '../ui/ActButton.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { panel } from '../ui/later.tsx'
import { Page, Section } from '../ui/Page.tsx'
import { Empty, Region } from '../ui/Region.tsx'
import { useViewer } from '../viewer.ts'
import { Credentials } from './providers/Credentials.tsx'
import { ageOf, type Credential, KINDS, type Provider, stateOf } from './providers/health.ts'
import { KindTiles } from './providers/KindTiles.tsx'

const COMMAND = 'claviger provider create --name openai --kind openai'

const CredentialPanels = panel(
  async () => (await import('./providers/CredentialPanels.tsx')).CredentialPanels,
)

export default function ProvidersPage() {
  const [address, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const providers = useQuery(all(providerList, {}))
  const credentials = useQuery(all(credentialList, {}))
  const may = inOrganization('provider:create')
  const live = providers.data?.items.filter(({ archivedAt }) => archivedAt === null) ?? []
  const close = () => setAddress({ new: undefined, kind: undefined, add: undefined })
  const adding = live.find(({ id }) => id === address.add)
  return (
    <Page
      title="Providers"
      lead={credentials.data && leadOf(credentials.data.items)}
      actions={
        <ActButton
          can={may}
          leftSection={<Plus size={16} aria-hidden />}
          onClick={() => setAddress({ new: 'provider' }, false)}
        >
          Connect a provider
        </ActButton>
      }
    >
      <Region of={providers} rows={3}>
        {() =>
          live.length === 0 ? (
            <Empty title="No provider is connected">
              <p>
                Connect one with a secret of yours. It is stored sealed, tested at once and never shown again.
              </p>
              {may === true && <KindTiles onPick={(kind) => setAddress({ new: 'provider', kind }, false)} />}
              <p>
                <code>{COMMAND}</code> <CopyButton value={COMMAND} label="Copy the command" />
              </p>
            </Empty>
          ) : (
            <Region of={credentials} rows={8}>
              {({ items }) =>
                live.map((provider) => (
                  <OneProvider key={provider.id} provider={provider} credentials={items} />
                ))
              }
            </Region>
          )
        }
      </Region>
      {address.new === 'provider' && <ProviderConnect providers={live} onClose={close} />}
      {adding && <CredentialAdd key={adding.id} provider={adding} onClose={close} />}
      {credentials.data && address.credential && (
        <CredentialPanels
          credentials={credentials.data.items}
          providers={live}
          onClose={() => setAddress({ credential: undefined, do: undefined })}
        />
      )}
    </Page>
  )
}

function leadOf(credentials: Credential[]): string | null {
  if (credentials.length === 0) return null
  const used = credentials.filter(({ state }) => state !== 'disabled')
  const broken = used.filter((credential) => stateOf(credential).tone === 'bad').length
  const old = used.filter((credential) => ageOf(credential, Date.now()).dueInDays < 0).length
  const works =
    broken === 0
      ? 'All credentials in use work'
      : `${count(broken)} of ${count(used.length)} credentials in use ${broken === 1 ? 'does' : 'do'} not work`
  const due =
    old === 0
      ? 'no secret is older than 90 days'
      : `${count(old)} ${old === 1 ? 'secret is' : 'secrets are'} older than 90 days`
  return `${works}; ${due}.`
}

function OneProvider({ provider, credentials }: { provider: Provider; credentials: Credential[] }) {
  const [, setAddress] = useAddress()
  const { inOrganization } = useViewer()
  const own = credentials.filter(({ providerId }) => providerId === provider.id)
  const demo = provider.kind === 'demo'
  return (
    <Section
      title={provider.name}
      note={demo ? KINDS.demo.note : `${KINDS[provider.kind].title} at ${provider.baseUrl}`}
      actions={
        !demo && (
          <ActButton
            size="compact-sm"
            variant="default"
            can={inOrganization('credential:create')}
            onClick={() => setAddress({ add: provider.id }, false)}
          >
            Add a credential
          </ActButton>
        )
      }
    >
      {own.length === 0 ? (
        <Empty title="No credential yet">
          <p>Without one nobody can call {provider.name}.</p>
        </Empty>
      ) : (
        <Credentials provider={provider} credentials={own} />
      )}
    </Section>
  )
}

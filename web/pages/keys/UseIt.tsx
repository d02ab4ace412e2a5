import { Autocomplete, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { call } from '../../../src/contract/client.ts'
import { keyExplain } from '../../../src/contract/key-explain.ts'
import { client } from '../../api.ts'
import { useAddress } from '../../search.ts'
import { mayBePasted, SNIPPETS, type Snippet } from '../../snippets.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Loading } from '../../ui/Region.tsx'
import { useTyped } from '../../ui/use-typed.ts'
import classes from './keys.module.css'
import type { Key } from './Place.tsx'
import { useModelsOf } from './use-models.ts'

/** Each is a question to the API. */
const MOST_TRIED = 8
const ANY = 'MODEL'

/** How to call with a key, by tool: texts to copy, with this address and a model that the key may use. */
export function UseIt({ of: key }: { of: Key }) {
  const [search, change] = useAddress()
  const snippet = SNIPPETS.find(({ id }) => id === search.tool) ?? SNIPPETS[0]
  const { names, isPending } = useModelsOf(key)
  const offered = useFirstThatPasses(key, snippet)
  const pasted = search.with && mayBePasted(search.with) ? search.with : undefined
  const model = pasted ?? offered.model ?? ANY
  const [typed, setTyped] = useTyped(search.with ?? offered.model ?? '', (model) => change({ with: model }))
  if (snippet === undefined) return null
  return (
    <div className={classes.stack}>
      <Tabs
        value={snippet.id}
        onChange={(tool) => change({ tool: tool ?? undefined, with: undefined })}
        variant="unstyled"
        activateTabWithKeyboard={false}
      >
        <Tabs.List aria-label="Tool" className={classes.toolList ?? ''}>
          {SNIPPETS.map(({ id, title }) => (
            <Tabs.Tab key={id} value={id} className={classes.tool ?? ''}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {SNIPPETS.map((one) => (
          <Tabs.Panel key={one.id} value={one.id} className={classes.panel ?? ''}>
            {one.id !== snippet.id ? null : isPending || offered.isPending ? (
              <Loading rows={4} />
            ) : (
              <div className={classes.stack}>
                <CodeBlock
                  label={one.title}
                  where={one.where}
                  text={one.text({ origin: location.origin, model })}
                />
                {model === ANY && (
                  <p className="muted" style={{ margin: 0 }}>
                    No model was found that this key may call in this way now. Put its name in the place of{' '}
                    {ANY}.
                  </p>
                )}
              </div>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      <div className={classes.tools} style={{ marginBottom: 0 }}>
        <Autocomplete
          label="Model"
          className={classes.wide ?? ''}
          description="Of those that this key’s policies name."
          data={names.filter(mayBePasted)}
          limit={20}
          value={typed}
          onChange={setTyped}
        />
        <p className="muted" style={{ margin: 0, flex: '1 1 18rem' }}>
          Set CLAVIGER_API_KEY to the key’s secret first. It was shown once, when it was made; if it is lost,
          rotate the key.
        </p>
      </div>
    </div>
  )
}

/**
 * Of the models that one would try first, the first that would pass in this kind of call. They are asked about one after the
 * other: mostly the first does.
 */
function useFirstThatPasses(
  key: Key,
  snippet: Snippet | undefined,
): { model: string | undefined; isPending: boolean } {
  const { toTry } = useModelsOf(key)
  const tried = toTry.filter(mayBePasted).slice(0, MOST_TRIED)
  const operation = snippet?.operation ?? 'chat.completions'
  const { data, isLoading } = useQuery({
    queryKey: [keyExplain.name, 'first', key.id, operation, tried],
    queryFn: async ({ signal }) => {
      let leads: string | undefined
      for (const model of tried) {
        const input = { params: { keyId: key.id }, body: { model, operation } }
        const { allowed, call: asked, rules } = await call(client, keyExplain, input, { signal })
        if (allowed) return { model }
        // A key that is suspended or over its budget still has a model that it would call: one that leads somewhere.
        if (asked?.route && !refusedByPolicy(rules)) leads ??= model
      }
      return { model: leads }
    },
    staleTime: 60_000,
    enabled: tried.length > 0,
  })
  return { model: data?.model, isPending: isLoading }
}

function refusedByPolicy(rules: { kind: string; allows: boolean | null }[]): boolean {
  return rules.some(({ kind, allows }) => kind === 'policy' && allows === false)
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { auditCsv, auditExport, auditHeadList, auditKeyView } from '../../../src/contract/audit.ts'
import { pages, q, queryClient } from '../../api.ts'
import { count, moment } from '../../format.ts'
import { useAddress } from '../../search.ts'
import { ActButton } from '../../ui/ActButton.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DataTable, moreOf } from '../../ui/DataTable.tsx'
import { Download, useDownload } from '../../ui/Download.tsx'
import { Card, Section } from '../../ui/Page.tsx'
import { Empty, Region } from '../../ui/Region.tsx'
import { useViewer } from '../../viewer.ts'
import classes from './audit.module.css'

/** What proves the trail to somebody who does not trust this server: exports, the public key and signed heads. */
export function Proof() {
  return (
    <>
      <Export />
      <Key />
      <Heads />
    </>
  )
}

function Export() {
  const [{ from, to }] = useAddress()
  const { inOrganization } = useViewer()
  const can = inOrganization('audit:export')
  const range = from || to ? 'of the time that is chosen in the list' : 'from its first event on'
  const file = useDownload()
  const query = { from, to }
  return (
    <Section title="Take it along" note={`The trail ${range}. Taking it along is an event itself.`}>
      <Card>
        <Download of={file}>
          <div className={classes.buttons}>
            <ActButton
              variant="default"
              can={can}
              onClick={() =>
                file.start({ operation: auditExport, query, name: 'audit.jsonl', unit: ['line', 'lines'] })
              }
            >
              Export with its proof (JSON lines)
            </ActButton>
            <ActButton
              variant="default"
              can={can}
              onClick={() =>
                file.start({
                  operation: auditCsv,
                  query,
                  name: 'audit.csv',
                  unit: ['event', 'events'],
                  // How many events there are in a part of the trail is not known before they are read.
                  ...(from || to ? {} : { total: countEvents }),
                })
              }
            >
              Export as a table (CSV)
            </ActButton>
          </div>
        </Download>
        <p className="muted">
          The first is CloudEvents with OCSF, and <code>claviger audit verify --file audit.jsonl</code> checks
          it without this server. The second proves nothing, and opens in a spreadsheet.
        </p>
      </Card>
    </Section>
  )
}

/** The last position that was signed: events have no gaps. */
async function countEvents(): Promise<number> {
  const { data } = await queryClient.fetchQuery(q(auditHeadList, { query: { limit: 1 } }))
  return data[0]?.position ?? 0
}

function Key() {
  const key = useQuery(q(auditKeyView, {}))
  return (
    <Section
      title="Public key"
      note="Heads and exports are signed with its other half. Keep a copy where this server cannot write."
    >
      <Card>
        <Region of={key} rows={3}>
          {({ keyId, publicKey }) => (
            <>
              <p>
                Key <code>{keyId}</code> <CopyButton value={publicKey} label="Copy the public key" />
              </p>
              {/* It scrolls on its own, so a keyboard has to reach it. */}
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls. */}
              <pre className={classes.pem} tabIndex={0}>
                {publicKey}
              </pre>
            </>
          )}
        </Region>
      </Card>
    </Section>
  )
}

function Heads() {
  const list = useInfiniteQuery(pages(auditHeadList, { query: { limit: 20 } }))
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <Section title="Signed heads" note="Each vouches for every event up to its position.">
      <Region of={list} rows={4}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No head was signed yet">
              <p>One is signed a minute after something changed, and with every export.</p>
            </Empty>
          ) : (
            <DataTable
              label="Signed heads, newest first"
              rows={rows}
              rowId={({ signature }) => signature}
              more={moreOf(list)}
              columns={[
                { id: 'at', header: 'Signed', title: true, cell: ({ signedAt }) => moment(signedAt) },
                {
                  id: 'position',
                  header: 'Position',
                  numeric: true,
                  cell: ({ position }) => count(position),
                },
                {
                  id: 'hash',
                  header: 'Hash',
                  cell: ({ hash }) => (
                    <span className={classes.ident}>
                      <code>{hash.slice(0, 16)}…</code>
                      <CopyButton value={hash} label={`Copy the hash ${hash.slice(0, 8)}…`} />
                    </span>
                  ),
                },
                { id: 'key', header: 'Key', cell: ({ keyId }) => <code>{keyId}</code> },
              ]}
            />
          )
        }
      </Region>
    </Section>
  )
}

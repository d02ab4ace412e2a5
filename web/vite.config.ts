import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin, type Rolldown } from 'vite'
import { PAGES } from './paths.ts'

/** Where `npm start` listens: `npm run dev:web` hands it all that is not the dashboard. */
const SERVER = 'http://127.0.0.1:8484'
/** The server's own pages, which the dashboard links to. */
const OF_SERVER =
  '^/(api|v1|readyz|pages.css|passkeys.js|setup|sign-in|sign-out|account|training|access-requests|delivery|device|step-up|sso|oauth|invite|reset|email)(/|\\?|$)'

const HOME = `${import.meta.dirname}/pages/HomePage.tsx`
/** Libraries whose entry names all of their parts: what is used of them is not seen from here. */
const BARRELS = /node_modules.(?:@mantine|@floating-ui|recharts)/

/**
 * Which files the dashboard is fetched in. Left alone, each set of pages that share something gets a file for it: some 80 small
 * ones for one page. Here what every page needs is one file, what Home needs is one, since most open it first and it is held to
 * a size (src/api/dashboard.test.ts), and so is what many other pages share; the rest is by sets of pages, very small ones with
 * the nearest. Charts are in none of them: only pages with charts share their library. With larger numbers for small and for
 * many, pages bring what they do not need, or files import each other in a circle, which the same test refuses.
 */
const GROUPS: Rolldown.CodeSplittingGroup[] = [
  { name: 'initial', tags: ['$initial'], priority: 3 },
  {
    name: (id, context) => (closureOf(HOME, context).has(id) ? 'home' : null),
    debugName: 'home',
    minShareCount: 4,
    // These would be all of Mantine.
    includeDependenciesRecursively: false,
    priority: 2,
  },
  {
    name: 'kit',
    test: (id) => id.startsWith(import.meta.dirname) || id.includes('/src/contract/'),
    minShareCount: 8,
    priority: 1,
  },
  { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 1_000 },
]

const closures = new Map<string, Set<string>>()

/** A module and all that it imports, but for what is in `BARRELS`. */
function closureOf(from: string, context: Rolldown.ChunkingContext): Set<string> {
  const known = closures.get(from)
  if (known) return known
  const found = new Set([from])
  for (const id of found) {
    const imported = context.getModuleInfo(id)?.importedIds ?? []
    for (const next of imported) if (!BARRELS.test(next)) found.add(next)
  }
  closures.set(from, found)
  return found
}

/** What of an operation only the server, the command line and the documents read. */
const NOT_FOR_BROWSERS = new Set(['params', 'query', 'body', 'response', 'examples', 'permission'])

/**
 * The dashboard sends what its types say, the server checks it, and what it answers is what the contract says. So schemas are
 * types alone here: operations are built without theirs, which then nobody reads, and of the library no-schemas.ts is enough.
 * Of its summary only the first sentence is shown (ui/ConfirmInPerson.tsx).
 */
const forBrowsers: Plugin = {
  name: 'operations-for-browsers',
  enforce: 'pre',
  config: () => ({
    resolve: { alias: { zod: `${import.meta.dirname}/no-schemas.ts` } },
    build: { rolldownOptions: { treeshake: { manualPureFunctions: ['z'] } } },
  }),
  transform: {
    filter: { id: /src.contract.[\w-]+\.ts$/ },
    handler(code) {
      let left = code
      for (const { start, end, text } of editsOf(this.parse(code, { lang: 'ts' })).reverse()) {
        left = `${left.slice(0, start)}${text}${left.slice(end)}`
      }
      return { code: left, map: null }
    },
  },
}

type Edit = { start: number; end: number; text: string }

/** Those of each `export const keyView = operation({ … })`, from the first to the last. */
function editsOf(file: ReturnType<Rolldown.PluginContext['parse']>): Edit[] {
  return file.body.flatMap((statement) => {
    const { declaration } = statement as Partial<
      Extract<typeof statement, { type: 'ExportNamedDeclaration' }>
    >
    if (declaration?.type !== 'VariableDeclaration') return []
    const [call] = declaration.declarations.map(({ init }) => init)
    const isOperation =
      call?.type === 'CallExpression' && call.callee.type === 'Identifier' && call.callee.name === 'operation'
    const [definition] = isOperation ? call.arguments : []
    if (definition?.type !== 'ObjectExpression') return []
    return definition.properties.flatMap((property): Edit[] => {
      if (property.type !== 'Property' || property.key.type !== 'Identifier') return []
      const { start, end } = property.value
      if (NOT_FOR_BROWSERS.has(property.key.name)) return [{ start, end, text: 'undefined' }]
      if (property.key.name !== 'summary' || property.value.type !== 'Literal') return []
      const [first = ''] = String(property.value.value).split('. ')
      return [{ start, end, text: JSON.stringify(first) }]
    })
  })
}

/**
 * Writes down which files each page is made of, for the server to name them to a browser that goes there: they are on their
 * way while the first script is still read.
 */
const firstFiles: Plugin = {
  name: 'first-files',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
    const filesOf = (chunk: Rolldown.OutputChunk, seen = new Set<string>()): Set<string> => {
      if (chunk.isEntry || seen.has(chunk.fileName)) return seen
      seen.add(chunk.fileName)
      for (const style of chunk.viteMetadata?.importedCss ?? []) seen.add(style)
      for (const next of chunks) if (chunk.imports.includes(next.fileName)) filesOf(next, seen)
      return seen
    }
    const pages = PAGES.map(({ path, file }) => {
      const own = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/pages/${file}.tsx`))
      if (own === undefined) throw new Error(`pages/${file}.tsx is built into no file of its own.`)
      return { path, files: [...filesOf(own)] }
    })
    this.emitFile({ type: 'asset', fileName: 'first-files.json', source: JSON.stringify(pages) })
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [forBrowsers, react(), firstFiles],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: GROUPS },
        // The name of a shared file is a list of all that share it, and each of them repeats it.
        chunkFileNames: ({ name }) => `assets/${name.split('~')[0]}-[hash].js`,
      },
    },
  },
  server: { proxy: { [OF_SERVER]: { target: SERVER } } },
})

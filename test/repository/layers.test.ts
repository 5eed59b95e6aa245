// That the linter really stops an import across layers, a second clock, a look at the environment, and a read that
// verifies nothing.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Offending file -> its text and what the linter must say. */
const offenders: Record<string, readonly [text: string, complaint: string]> = {
  'src/domain/a.ts': ["import { b } from '../inputs/b.ts'\nb()\n", 'src/domain may import nothing'],
  'src/domain/b.ts': ["import { readFile } from 'node:fs'\nreadFile\n", 'src/domain touches nothing outside itself'],
  'src/operations/a.ts': [
    "import { b } from '../stores/b.ts'\nb()\n",
    'src/operations may import domain, ports, streams',
  ],
  'src/operations/b.ts': ["import pg from 'pg'\npg.Client\n", 'src/operations uses no packages'],
  'src/streams/a.ts': [
    "import { b } from '../operations/back-up.ts'\nb()\n",
    'src/streams may import domain and port types',
  ],
  'src/streams/b.ts': ["import { b } from '../sandbox/b.ts'\nb()\n", 'src/streams may import domain and port types'],
  'src/sandbox/a.ts': [
    "import { b } from '../sources/b.ts'\nb()\n",
    'src/sandbox may import domain, streams and port types',
  ],
  'src/report/a.ts': ["import { b } from '../commands/b.ts'\nb()\n", 'src/report may import domain'],
  'src/operations/e.ts': [
    "import { b } from '../report/report.ts'\nb()\n",
    'src/operations may import domain, ports, streams',
  ],
  'src/inputs/a.ts': ["import { b } from '../operations/ports.ts'\nb()\n", 'src/inputs may import domain'],
  'src/sources/postgres/a.ts': ["import { b } from '../../stores/s3/b.ts'\nb()\n", 'src/sources may import'],
  'src/sources/postgres/b.ts': [
    "export const b = () => import('@aws-sdk/client-s3')\n",
    'src/sources uses the clients of databases',
  ],
  'src/stores/a.ts': ["import { b } from '../sources/postgres/b.ts'\nb()\n", 'src/stores may import'],
  'src/stores/f.ts': [
    "import { Octokit } from '@octokit/core'\nOctokit.VERSION\n",
    'src/stores uses the client packages of stores',
  ],
  'src/stores/s3/h.ts': ["import { b } from '../directory/b.ts'\nb()\n", 'a store knows no other store'],
  'src/stores/s3/i.ts': ["import { b } from '../../inputs/parse.ts'\nb()\n", 'src/stores may import'],
  'src/hosts/cli/b.ts': [
    "import { b } from '@azure/storage-blob'\nb()\n",
    'src/hosts uses the toolkit of GitHub Actions alone',
  ],
  'src/github/a.ts': ["import { b } from '../stores/b.ts'\nb()\n", 'src/github may import domain and port types'],
  'src/sources/postgres/c.ts': ["import { b } from '../../github/b.ts'\nb()\n", 'src/sources may import'],
  'src/kinds/redis/a.ts': ["import { b } from '../../sources/redis/b.ts'\nb()\n", 'src/kinds may import'],
  'src/kinds/b.ts': ["import { readFile } from 'node:fs'\nreadFile\n", 'src/kinds uses no packages'],
  'src/commands/b.ts': ["import { b } from '../kinds/b.ts'\nb()\n", 'src/commands may import'],
  'src/commands/a.ts': ["import { b } from '../streams/b.ts'\nb()\n", 'src/commands may import'],
  'src/hosts/cli/a.ts': ["import { b } from '../../main/b.ts'\nb()\n", 'src/hosts may import'],
  'src/operations/c.ts': ['export const c = Date.now()\n', 'Ask the Clock port'],
  'src/stores/c.ts': ['export const c = new Date()\n', 'Ask the Clock port'],
  'src/operations/d.ts': ['export const d = (store) => store.readUnverified("a")\n', 'bytes that were not verified'],
  'src/sources/postgres/d.ts': [
    'export const d = async ({ store }) => (await store)?.readUnverified("a")\n',
    'bytes that were not verified',
  ],
  'src/stores/d.ts': ['export const d = process.env.HOME\n', 'noProcessEnv'],
}

/** Files that stay within the rules although they come near them. */
const lawful: Record<string, string> = {
  'src/streams/verified-read.ts': 'export const d = (store) => store.readUnverified("a")\n',
  'src/operations/read-object.ts': 'export const d = (store) => store.readUnverified("a")\n',
  'src/stores/e.ts': "import type { Store } from '../operations/ports.ts'\nexport type E = Store\n",
  'src/stores/azure/e.ts':
    "import { b } from '@azure/storage-blob'\nimport { inputTable } from '../../inputs/kinds.ts'\nexport const e = [b(), inputTable({})]\n",
  'src/operations/store-ports.ts': "import type { InputTable } from '../inputs/kinds.ts'\nexport type E = InputTable\n",
  'src/kinds/e.ts':
    "import { b } from '../commands/b.ts'\nimport { c } from '../operations/c.ts'\nexport const e = [b(), c()]\n",
  'src/stores/g.ts': "import { b } from '../github/b.ts'\nexport const g = b()\n",
  'src/github/e.ts': "import { Octokit } from '@octokit/core'\nexport const e = Octokit.VERSION\n",
  'src/commands/e.ts': "import { b } from '../report/report.ts'\nexport const e = b()\n",
  'src/main/e.ts': "import { b } from '../stores/b.ts'\nexport const e = [b(), new Date(), process.env.HOME]\n",
  'src/sources/postgres/e.ts': "import pg from 'pg'\nexport const e = new Date(0)\nexport const f = pg.Client\n",
}

let folder: string
let said: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resguardo-layers-'))
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true })
  const texts = { ...lawful, ...Object.fromEntries(Object.entries(offenders).map(([path, [text]]) => [path, text])) }
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const biome = join(root, 'node_modules/.bin/biome')
  const run = spawnSync(biome, ['lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  said = run.stdout
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string | { readonly file: string } }
}

function complaintsAbout(path: string): string[] {
  const { diagnostics } = JSON.parse(said) as { diagnostics: readonly Diagnostic[] }
  return diagnostics
    .filter(({ location }) => JSON.stringify(location.path).includes(path))
    .map((one) => JSON.stringify(one))
}

test.each(Object.keys(offenders))('%s is refused', (path) => {
  expect(complaintsAbout(path).join('\n')).toContain(offenders[path]?.[1])
})

test.each(Object.keys(lawful))('%s is allowed', (path) => {
  expect(complaintsAbout(path)).toEqual([])
})

// That the linter really stops an import across layers, a second clock, a look at the environment, and a read that
// verifies nothing.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layers } from '../../scripts/generate/layers.ts'

const root = join(import.meta.dirname, '../..')

/** Folders of a layer that the tests put their files in: none, one and two below it. */
const folders = ['', 'part/', 'part/piece/']

/** Files that import from another layer, and whether the table allows it. */
const imports = Object.entries(layers).flatMap(([layer, { layers: allowed }]) =>
  folders.flatMap((below) =>
    [...Object.keys(layers), 'main']
      .filter((other) => other !== layer)
      .map((other) => ({
        path: `src/${layer}/${below}${other}.ts`,
        text: `import { b } from '${'../'.repeat(below.split('/').length)}${other}/b.ts'\nb()\n`,
        allowed: allowed.includes(other),
      })),
  ),
)

/** Offending file -> its text and what the linter must say. */
const offenders: Record<string, readonly [text: string, complaint: string]> = {
  'src/domain/b.ts': ["import { readFile } from 'node:fs'\nreadFile\n", 'src/domain may import only these packages'],
  'src/operations/b.ts': ["import pg from 'pg'\npg.Client\n", 'src/operations may import only these packages'],
  'src/engines/postgres/b.ts': [
    "export const b = () => import('@aws-sdk/client-s3')\n",
    'src/engines may import only these packages',
  ],
  'src/engines/postgres/load/b.ts': ["import { b } from '../../redis/b.ts'\nb()\n", 'src/engines may import'],
  'src/stores/f.ts': [
    "import { Octokit } from '@octokit/core'\nOctokit.VERSION\n",
    'src/stores may import only these packages',
  ],
  'src/stores/s3/h.ts': ["import { b } from '../directory/b.ts'\nb()\n", 'a store knows no other store'],
  'src/stores/s3/i.ts': ["import { b } from '../../inputs/parse.ts'\nb()\n", 'src/stores may import'],
  'src/hosts/cli/b.ts': ["import { b } from '@azure/storage-blob'\nb()\n", 'src/hosts may import only these packages'],
  'src/kinds/b.ts': ["import { readFile } from 'node:fs'\nreadFile\n", 'src/kinds may import no package'],
  'src/operations/c.ts': ['export const c = Date.now()\n', 'Ask the Clock port'],
  'src/stores/c.ts': ['export const c = new Date()\n', 'Ask the Clock port'],
  'src/operations/d.ts': ['export const d = (store) => store.readUnverified("a")\n', 'bytes that were not verified'],
  'src/engines/postgres/d.ts': [
    'export const d = async ({ store }) => (await store)?.readUnverified("a")\n',
    'bytes that were not verified',
  ],
  'src/stores/d.ts': ['export const d = process.env.HOME\n', 'noProcessEnv'],
}

/** Files that stay within the rules although they come near them. */
const lawful: Record<string, string> = {
  'src/streams/verified-read.ts': 'export const d = (store) => store.readUnverified("a")\n',
  'src/operations/stores/read-object.ts': 'export const d = (store) => store.readUnverified("a")\n',
  'src/stores/s3/e.ts': "import { b } from '../stores.ts'\nimport { c } from '../../inputs/kinds.ts'\nb(c())\n",
  'src/ports/e.ts': "import type { InputTable } from '../inputs/kinds.ts'\nexport type E = InputTable\n",
  'src/github/e.ts': "import { Octokit } from '@octokit/core'\nexport const e = Octokit.VERSION\n",
  'src/main/e.ts': "import { b } from '../stores/b.ts'\nexport const e = [b(), new Date(), process.env.HOME]\n",
  'src/engines/postgres/e.ts': "import pg from 'pg'\nexport const e = new Date(0)\nexport const f = pg.Client\n",
}

let folder: string
let complaints: readonly { readonly path: string; readonly text: string }[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resguardo-layers-'))
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true })
  const texts = {
    ...lawful,
    ...Object.fromEntries(Object.entries(offenders).map(([path, [text]]) => [path, text])),
    ...Object.fromEntries(imports.map(({ path, text }) => [path, text])),
  }
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const biome = join(root, 'node_modules/.bin/biome')
  const run = spawnSync(biome, ['lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: readonly Diagnostic[] }
  complaints = diagnostics.map((one) => ({ path: JSON.stringify(one.location.path), text: JSON.stringify(one) }))
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string | { readonly file: string } }
}

function complaintsAbout(path: string): string[] {
  return complaints.filter((complaint) => complaint.path.includes(path)).map(({ text }) => text)
}

test('a layer imports from those that the table lists, and from no other', () => {
  const wrong = imports.filter(({ path, allowed }) => complaintsAbout(path).join('').includes('may import') === allowed)
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test.each(Object.keys(offenders))('%s is refused', (path) => {
  expect(complaintsAbout(path).join('\n')).toContain(offenders[path]?.[1])
})

test.each(Object.keys(lawful))('%s is allowed', (path) => {
  expect(complaintsAbout(path)).toEqual([])
})

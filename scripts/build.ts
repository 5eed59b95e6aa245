// Builds dist/: `node scripts/build.ts` writes it, `--check` fails if dist/ differs from a build of the sources.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { bundle } from './build/bundle.ts'
import { licences } from './build/licences.ts'
import { actionEntries } from './generate/action-list.ts'

/** Name of a file in dist/ (without `.js`) -> its entry point. */
const entries = {
  cli: 'src/main/cli.ts',
  ...Object.fromEntries(actionEntries.map(({ command }) => [command, `src/main/actions/${command}.ts`])),
}

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

const built = await bundle(root, entries)
const files = new Map([...built.files, ['LICENSES.txt', await licences(root, built.inputs)]])
if (process.argv.includes('--check')) await check(files)
else await write(files)

async function write(wanted: ReadonlyMap<string, string>): Promise<void> {
  for (const name of await present()) if (!wanted.has(name)) await rm(join(dist, name))
  for (const [name, text] of wanted) {
    const path = join(dist, name)
    await mkdir(dirname(path), { recursive: true })
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text)
    await chmod(path, text.startsWith('#!') ? 0o755 : 0o644)
  }
  const bytes = [...wanted.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  console.log(`dist/: ${wanted.size} files, ${(bytes / 1e6).toFixed(1)} MB`)
}

async function check(wanted: ReadonlyMap<string, string>): Promise<void> {
  const stale: string[] = []
  for (const [name, text] of wanted) {
    const have = await readFile(join(dist, name), 'utf8').catch(() => undefined)
    if (have !== text) stale.push(`dist/${name} ${have === undefined ? 'is missing' : 'is stale'}`)
  }
  for (const name of await present()) if (!wanted.has(name)) stale.push(`dist/${name} should not be there`)
  if (stale.length === 0) return console.log('dist/ is what the sources give')
  console.error(`${stale.sort().join('\n')}\nRun npm run build and commit dist/.`)
  process.exitCode = 1
}

async function present(): Promise<string[]> {
  const found = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => [])
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

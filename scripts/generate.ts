// Generates files from the input tables: every action.yml and its README, tables in README.md, docs/reference.md,
// docs/manifest.schema.json, templates/, the tables in docs/benchmarks.md, docs/security-tests.md, exit codes in
// docs/troubleshooting.md, the list in docs/decisions/README.md, the layers in src/README.md and
// scripts/lint/layers.json. `node scripts/generate.ts` writes them; `--check` fails if a file is stale (and names it)
// or if a failure code has no entry or no use.
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from '../src/commands/command.ts'
import { manifestJsonSchema } from '../src/domain/manifest/manifest-json.ts'
import { registry } from '../src/main/registry.ts'
import { fillPage } from './bench-parts/page.ts'
import { parseResults } from './bench-parts/results.ts'
import { actionEntries } from './generate/action-list.ts'
import { actionPage, actionsBlock } from './generate/action-pages.ts'
import { actionYml } from './generate/action-yml.ts'
import { fillBlocks } from './generate/blocks.ts'
import { decisionList } from './generate/decisions.ts'
import { layersJson, layersTable } from './generate/layers.ts'
import { reference } from './generate/reference.ts'
import { securityTestsPage } from './generate/security-tests.ts'
import { commandTable, environmentTable, exitCodeTable } from './generate/tables.ts'
import { templated, templateOf } from './generate/templates.ts'
import { codeFaults, troubleshootingPage } from './generate/troubleshooting.ts'

const root = join(import.meta.dirname, '..')

const commands = await Promise.all(Object.values(registry).map(({ load }) => load()))
const stale: string[] = []
for (const [path, text] of await generated(commands)) {
  const file = join(root, path)
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue
  stale.push(path)
  if (process.argv.includes('--check')) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
if (!process.argv.includes('--check'))
  console.log(stale.length === 0 ? 'nothing to write' : `wrote ${stale.join(', ')}`)
else if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nRun npm run generate.`)
  process.exitCode = 1
}
const faults = await faultsOfCodes()
if (faults.length > 0) console.error(faults.join('\n'))
if (faults.length > 0 && process.argv.includes('--check')) process.exitCode = 1

async function faultsOfCodes(): Promise<string[]> {
  const sources = (await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))).filter(
    (path) => !/\/failure-codes[^/]*\.ts$/.test(path),
  )
  const texts = await Promise.all(sources.map((path) => readFile(join(root, path), 'utf8')))
  return codeFaults(await readFile(join(root, 'docs/troubleshooting.md'), 'utf8'), texts)
}

/** Path below the root -> its expected text. */
async function generated(all: readonly Command[]): Promise<Map<string, string>> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const troubleshooting = await readFile(join(root, 'docs/troubleshooting.md'), 'utf8')
  const decisions = await readFile(join(root, 'docs/decisions/README.md'), 'utf8')
  const sources = await readFile(join(root, 'src/README.md'), 'utf8')
  const benchmarks = await readFile(join(root, 'docs/benchmarks.md'), 'utf8')
  const measured = parseResults(await readFile(join(root, 'docs/benchmarks.json'), 'utf8'))
  const actions = actionEntries.flatMap((entry) => {
    const found = all.find(({ name }) => name === entry.command)
    return found ? [[entry, found] as const] : []
  })
  const blocks = {
    actions: actionsBlock(actions),
    commands: commandTable(all),
    environment: environmentTable(all),
    'exit codes': exitCodeTable(),
  }
  const templates = await Promise.all(
    templated.map(async (name) => {
      const workflow = await readFile(join(root, '.github/workflows', `${name}.yml`), 'utf8')
      return [join('templates', `${name}.yml`), templateOf(workflow)] as const
    }),
  )
  return new Map([
    ...templates,
    ['README.md', fillBlocks(readme, blocks)],
    ['src/README.md', fillBlocks(sources, { layers: layersTable() })],
    ['scripts/lint/layers.json', layersJson()],
    ['docs/reference.md', reference(all)],
    ['docs/troubleshooting.md', troubleshootingPage(troubleshooting)],
    ['docs/benchmarks.md', fillPage(benchmarks, measured)],
    [
      'docs/decisions/README.md',
      fillBlocks(decisions, { decisions: await decisionList(join(root, 'docs/decisions')) }),
    ],
    ['docs/security-tests.md', await securityTestsPage(join(root, 'test/security'))],
    ['docs/manifest.schema.json', `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`],
    ...actions.map(([entry, found]) => [join(entry.folder, 'action.yml'), actionYml(entry, found)] as const),
    ...actions
      .filter(([{ folder }]) => folder !== '')
      .map(([entry, found]) => [join(entry.folder, 'README.md'), actionPage(entry, found)] as const),
  ])
}

// The benchmarks behind ./scripts/bench: each part measures beside its rival and gives a table; ratios count, seconds are noise.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchBackup } from './bench-parts/backup.ts'
import { benchCatalogue } from './bench-parts/catalogue.ts'
import { benchDrill } from './bench-parts/drill.ts'
import { benchEngine } from './bench-parts/engine.ts'
import { benchFaults } from './bench-parts/faults.ts'
import type { BenchOptions, Part } from './bench-parts/measure.ts'
import { benchMemory } from './bench-parts/memory.ts'
import { benchRedis } from './bench-parts/redis.ts'
import { benchStart } from './bench-parts/start.ts'
import { benchTenants } from './bench-parts/tenants.ts'

const parts: Readonly<Record<string, Part>> = {
  backup: benchBackup,
  engine: benchEngine,
  memory: benchMemory,
  drill: benchDrill,
  catalogue: benchCatalogue,
  tenants: benchTenants,
  redis: benchRedis,
  start: benchStart,
  faults: benchFaults,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '1500' },
    write: { type: 'boolean', default: false },
  },
})
const root = join(import.meta.dirname, '..')
const options: BenchOptions = { root, rounds: Number(values.rounds), megabytes: Number(values.megabytes) }
const page = join(root, 'docs/benchmarks.md')

for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name]
  if (!part) throw new Error(`there is no part ${name}; there are ${Object.keys(parts).join(', ')}`)
  const lines = await part(options)
  console.log(`\n${lines.join('\n')}\n`)
  if (values.write) await record(name, lines)
}

/** Replaces one part's section between its markers. */
async function record(name: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(page, 'utf8')
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- /measured: ${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < 0) throw new Error(`docs/benchmarks.md has no place for ${name}`)
  const day = new Date().toISOString().slice(0, 10)
  const command = `./scripts/bench ${name}${['backup', 'drill', 'engine', 'tenants'].includes(name) ? ` --megabytes ${options.megabytes}` : ''} --rounds ${options.rounds}`
  const section = [begin, '', `\`${command}\`, ${day}`, '', ...lines, '', end].join('\n')
  await writeFile(page, text.slice(0, from) + section + text.slice(to + end.length))
}

// The benchmarks of ./scripts/bench: parts with contests of this revision with rivals, or of two revisions.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchBackup } from './bench-parts/backup.ts'
import { benchCatalogue } from './bench-parts/catalogue.ts'
import { type Contest, type Revision, revisionAt, runContest, type Session } from './bench-parts/contest.ts'
import { benchDrill } from './bench-parts/drill.ts'
import { benchEngine } from './bench-parts/engine.ts'
import { faultTable } from './bench-parts/faults.ts'
import { benchMemory } from './bench-parts/memory.ts'
import { fillBlock, fillPage, sectionText } from './bench-parts/page.ts'
import { spread } from './bench-parts/ratio.ts'
import { benchRedis } from './bench-parts/redis.ts'
import { parseResults, type ResultLine, type Section, withSection } from './bench-parts/results.ts'
import { build, commitOf, currentRevision, withRevision } from './bench-parts/revision.ts'
import type { Limits } from './bench-parts/rounds.ts'
import { benchScaleBackups, benchScaleObjects, benchScaleTables, benchScaleTenants } from './bench-parts/scale.ts'
import { withFolder } from './bench-parts/server.ts'
import { benchStart } from './bench-parts/start.ts'
import { benchTenants } from './bench-parts/tenants.ts'

const parts: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  backup: benchBackup,
  engine: benchEngine,
  memory: benchMemory,
  drill: benchDrill,
  catalogue: benchCatalogue,
  tenants: benchTenants,
  redis: benchRedis,
  'scale-tables': benchScaleTables,
  'scale-objects': benchScaleObjects,
  'scale-tenants': benchScaleTenants,
  'scale-backups': benchScaleBackups,
  start: benchStart,
}
const names = [...Object.keys(parts), 'faults']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    'max-rounds': { type: 'string' },
    'max-minutes': { type: 'string' },
    megabytes: { type: 'string' },
    compare: { type: 'string' },
    write: { type: 'boolean' },
  },
})
const root = join(import.meta.dirname, '..')
const page = join(root, 'docs/benchmarks.md')
const data = join(root, 'docs/benchmarks.json')
const megabytes = count('megabytes') ?? 1500
const rounds = count('rounds')
const limits: Limits = {
  ...(rounds === undefined ? {} : { rounds }),
  maxRounds: count('max-rounds') ?? 60,
  maxMinutes: count('max-minutes') ?? 20,
}

const unknown = positionals.find((name) => !names.includes(name))
if (unknown) throw new Error(`unknown part ${unknown}: the parts are ${names.join(', ')}`)
const chosen = positionals.length > 0 ? positionals : names
await build(root)
if (values.compare === undefined) await benchAll()
else await withRevision(root, values.compare, benchAll)

async function benchAll(there?: string): Promise<void> {
  for (const name of chosen) {
    const part = parts[name]
    if (part) await report(await measured(name, part, there))
    else if (there === undefined) await reportFaults()
  }
}

/** Runs a part with a folder for each revision. */
async function measured(name: string, part: (session: Session) => Promise<void>, there?: string): Promise<Section> {
  const revision = await currentRevision(root)
  const lines: ResultLine[] = []
  const calibrations: number[] = []
  const contest = (each: Contest) =>
    withRevisions(there, async (revisions) => {
      const found = await runContest(each, revisions, limits)
      lines.push(...found.lines)
      calibrations.push(...found.calibrations)
    })
  await part({ megabytes, contest })
  const date = new Date().toISOString()
  const comparedWith = there === undefined ? null : await commitOf(there, 'HEAD')
  return {
    part: name,
    date,
    command: commandFor(name),
    revision,
    comparedWith,
    machine: machine(),
    noise: spread(calibrations),
    lines,
  }
}

function withRevisions<T>(
  there: string | undefined,
  work: (revisions: { here: Revision; there?: Revision }) => Promise<T>,
): Promise<T> {
  return withFolder((mine) => {
    const here = revisionAt(root, mine)
    return there === undefined
      ? work({ here })
      : withFolder((theirs) => work({ here, there: revisionAt(there, theirs) }))
  })
}

/** Prints a section, and with `--write` puts it into docs/benchmarks.json and docs/benchmarks.md. */
async function report(section: Section): Promise<void> {
  console.log(`\n${sectionText(section)}\n`)
  if (!values.write) return
  const text = withSection(parseResults(await readFile(data, 'utf8')), section)
  await writeFile(page, fillPage(await readFile(page, 'utf8'), parseResults(text)))
  await writeFile(data, text)
}

async function reportFaults(): Promise<void> {
  const text = await faultTable(root)
  console.log(`\n${text}\n`)
  if (values.write) await writeFile(page, fillBlock(await readFile(page, 'utf8'), 'faults', text))
}

function commandFor(name: string): string {
  const flags = Object.entries(values).flatMap(([flag, value]) =>
    typeof value === 'string' ? [`--${flag} ${value}`] : [],
  )
  return ['./scripts/bench', ...flags, name].join(' ')
}

function machine(): Section['machine'] {
  const processor = cpus()[0]?.model.trim() ?? 'unknown'
  return {
    processor,
    cores: cpus().length,
    memoryMegabytes: Math.round(totalmem() / 2 ** 20),
    system: `${type()} ${release()}`,
  }
}

/** A positive number; a fraction of minutes is permitted. Throws if the whole text is not one. */
function count(flag: 'rounds' | 'max-rounds' | 'max-minutes' | 'megabytes'): number | undefined {
  const text = values[flag]
  if (text === undefined) return undefined
  if (!(flag === 'max-minutes' ? /^\d+(\.\d+)?$/ : /^[1-9]\d*$/).test(text))
    throw new Error(`invalid --${flag} "${text}": a positive number is needed`)
  return Number(text)
}

// Rehearsals for tests: a real drill, with a checkout that a test writes and packages copied into it.
import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRehearsal } from '../../src/engines/postgres/rehearsal/open-rehearsal.ts'
import { openScratch } from '../../src/engines/postgres/scratch/open-scratch.ts'
import { findBackup } from '../../src/operations/catalogue/find-backup.ts'
import type { Drilled, TestRestoreRequest } from '../../src/operations/drill/drill-request.ts'
import type { RehearsalRequest } from '../../src/operations/drill/rehearse.ts'
import { testRestore } from '../../src/operations/drill/test-restore.ts'
import type { RehearsalPorts } from '../../src/ports/rehearsal.ts'
import { openConfinement } from '../../src/sandbox/open-confinement.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { runUserCommand } from '../../src/streams/processes/user-command.ts'
import { fakeWorld } from './fakes.ts'
import { realClock } from './real-clock.ts'

const packages = join(import.meta.dirname, '../../node_modules')

/** Copies packages and their dependencies into a checkout. */
export async function copyPackages(names: readonly string[], checkout: string): Promise<void> {
  const copied = new Set<string>()
  const copy = async (name: string): Promise<void> => {
    if (copied.has(name)) return
    copied.add(name)
    const from = join(packages, name)
    const to = join(checkout, 'node_modules', name)
    if (!(await readFile(join(from, 'package.json')).catch(() => undefined))) return // optional, or nested elsewhere
    await mkdir(dirname(to), { recursive: true })
    await cp(from, to, { recursive: true, verbatimSymlinks: true })
    for await (const file of glob(['package.json', '**/node_modules/{*,@*/*}/package.json'], { cwd: from })) {
      const { dependencies = {} } = JSON.parse(await readFile(join(from, file), 'utf8')) as {
        dependencies?: Record<string, string>
      }
      for (const each of Object.keys(dependencies)) await copy(each)
    }
  }
  for (const name of names) await copy(name)
}

/** Writes files (path in the folder -> text). Returns the folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

export interface Rehearsed extends Drilled {
  /** Notes reported, in order. */
  readonly said: readonly string[]
  readonly warned: readonly string[]
}

export interface RehearsedDrill {
  /** A directory store and the backup in it. */
  readonly store: string
  readonly backup: string
  readonly temporary: string
  readonly rehearsal: Partial<RehearsalRequest> & Pick<RehearsalRequest, 'directory' | 'migrateCommand'>
  readonly server?: TestRestoreRequest['server']
}

/** Drills a backup with a rehearsal, with real ports. */
export async function drillWithRehearsal({
  store,
  backup,
  temporary,
  rehearsal,
  server,
}: RehearsedDrill): Promise<Rehearsed> {
  const { reporter } = fakeWorld()
  const ports: RehearsalPorts = { origin: { inActions: false }, openDatabase: openRehearsal, openConfinement }
  const places = await findBackup([openDirectoryStore(store)], { backup })
  const defaults = {
    setupCommand: undefined,
    timeoutSeconds: 60,
    connectionVariables: [],
    confinement: 'required' as const,
  }
  const drilled = await testRestore(
    {
      ...{ places, temporary, server, jobs: 2, allowMissingExtensions: false, checkSql: [], checkCommand: undefined },
      isolation: 'auto',
      installTools: false,
      rtoObjectiveSeconds: 14_400,
      rehearsal: { ...defaults, ...rehearsal },
    },
    { ...fakeWorld(), reporter, clock: realClock, openScratch, runUserCommand, rehearsal: ports },
  )
  return { ...drilled, said: reporter.texts('note'), warned: reporter.texts('warn') }
}

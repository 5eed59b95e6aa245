// A database whose runs are recorded in its table "BackupRun", and the commands that write and read the record.
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup } from '../../src/commands/backup/backup.ts'
import type { Command, Outcome, World } from '../../src/commands/command.ts'
import { checksum } from '../../src/commands/copies/checksum.ts'
import { restore } from '../../src/commands/restore/restore.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { openLiveServer } from '../../src/engines/postgres/live/open-live-server.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { openRecord } from '../../src/engines/postgres/record/open-record.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { fakeWorld, type RecordingReporter, recordingReporter } from './fakes.ts'
import { completed } from './lists.ts'
import type { TestPostgres } from './postgres-server.ts'
import { realClock } from './real-clock.ts'
import { randomDigits } from './real-world.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/backup-run.md'), 'utf8')
const block = (language: string, beginning: string): string =>
  [...page.matchAll(/```(\w+)\n(.*?)```/gs)].find(
    ([, name, text]) => name === language && text?.startsWith(beginning),
  )?.[2] ?? ''

/** The statement in docs/backup-run.md that creates the table. */
export const documentedTable = block('sql', 'CREATE TABLE')

/** The Prisma model in docs/backup-run.md. */
export const documentedModel = block('prisma', 'model BackupRun')

/** A row of the table, with times in UTC. */
export interface RecordRow {
  readonly id: string
  readonly status: string
  readonly checksum: string | null
  readonly manifest: string | null
  readonly bytes: string | null
  readonly location: string | null
  readonly error: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
}

/** The outcome of a command, and what it reported. */
export interface Ran {
  readonly outcome: Outcome
  readonly reporter: RecordingReporter
}

type Inputs = Readonly<Record<string, string>>
type Differences = Partial<World> & { readonly reporter?: RecordingReporter }

/** A database with one table of 50 rows, and the folder of its backups, which has the same name. */
export interface RecordedDatabase {
  readonly name: string
  readonly url: string
  query<T = Record<string, unknown>>(sql: string): Promise<T[]>
  /** Creates the table of the record as documented. */
  makeTable(): Promise<unknown>
  /** All rows of the record, oldest first. */
  rows(table?: string): Promise<RecordRow[]>
  /** The address of the store in which the backups are. */
  storeAddress(): string
  /** A file of the backup that a run made. */
  storedFile(ran: Ran, file: string): string
  /** The address of a store that cannot be written to: a file is where its folder would be. */
  brokenStore(): Promise<string>
  /** Runs a command. Throws if its inputs are not valid or its outcome is a failure. */
  run(command: Command, inputs: Inputs, differences?: Differences): Promise<Ran>
  backUp(inputs?: Inputs, differences?: Differences): Promise<Ran>
  /** Runs `checksum`. */
  check(inputs?: Inputs): Promise<Ran>
  restore(inputs?: Inputs): Promise<Ran>
}

/** All rows of a record, oldest first. */
export function recordRows(server: TestPostgres, database: string, table = '"BackupRun"'): Promise<RecordRow[]> {
  return server.query<RecordRow>(
    database,
    `SELECT t.*, t."startedAt" AT TIME ZONE 'UTC' AS "startedAt", t."finishedAt" AT TIME ZONE 'UTC' AS "finishedAt"
       FROM ${table} t ORDER BY t."startedAt"`,
  )
}

/** The ID of the backup that a command made. */
export const idOf = ({ outcome }: Ran): string => String(outcome.outputs['backup-id'])

/** Creates the database on a server; its backups are in a folder below `folder`. */
export async function makeRecordedDatabase(
  server: TestPostgres,
  folder: string,
  name: string,
): Promise<RecordedDatabase> {
  const url = await server.createDatabase(name)
  await server.query(
    name,
    'CREATE TABLE "Product" (id int PRIMARY KEY); INSERT INTO "Product" SELECT generate_series(1, 50)',
  )
  const storeAddress = () => `file:${join(folder, name)}`
  const run = async (command: Command, inputs: Inputs, differences: Differences = {}): Promise<Ran> => {
    const { reporter = recordingReporter(), ...more } = differences
    const given: Record<string, string> = { 'database-url': url, record: 'true', ...inputs }
    const table: InputTable = completed(command).inputs
    if ('backup-dir' in table && !('store' in table)) given['backup-dir'] = join(folder, name)
    else given.store ??= storeAddress()
    const values = parseInputs(table, (row) =>
      row in given ? { text: given[row] ?? '', from: `--${row}` } : undefined,
    )
    const broken = command.check?.(values, fakeWorld()) ?? []
    if (broken.length > 0) throw new Failure('input/invalid', broken.join('; '))
    const outcome = await command.run(values, {
      ...fakeWorld(),
      clock: realClock,
      random: randomDigits,
      temporary: tmpdir(),
      openLiveServer,
      openPlatform,
      openRecord,
      openStore: async (address: string) => openDirectoryStore(address.slice('file:'.length)),
      ...more,
      reporter,
    })
    if (outcome.failure) throw outcome.failure
    return { outcome, reporter }
  }
  return {
    name,
    url,
    query: (sql) => server.query(name, sql),
    makeTable: () => server.query(name, documentedTable),
    rows: (table) => recordRows(server, name, table),
    storeAddress,
    storedFile: (ran, file) => join(folder, name, name, idOf(ran), file),
    async brokenStore() {
      const path = join(folder, `${name}-in-the-way`)
      await writeFile(path, '')
      return `file:${path}`
    },
    run,
    backUp: (inputs = {}, differences = {}) => run(backup as unknown as Command, inputs, differences),
    check: (inputs = {}) => run(checksum as unknown as Command, inputs),
    restore: (inputs = {}) => run(restore as unknown as Command, { confirm: name, ...inputs }),
  }
}

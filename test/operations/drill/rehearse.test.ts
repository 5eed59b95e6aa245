// Drills with a migration rehearsal, on fakes: order of steps, refusals and the drill record.
import { describe, expect, test } from 'vitest'
import type { DrillRecord } from '../../../src/domain/drill/drill.ts'
import type { DatabaseState } from '../../../src/domain/drill/rehearsal-changes.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import type { RehearsalRequest } from '../../../src/operations/drill/rehearse.ts'
import { testRestore } from '../../../src/operations/drill/test-restore.ts'
import type { Scratch } from '../../../src/ports/drill.ts'
import type { Confinement, RehearsalDatabase, RehearsalPorts } from '../../../src/ports/rehearsal.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const empty: DatabaseState = { bytes: 100, tables: [] }

interface Options {
  readonly origin?: RehearsalPorts['origin']
  /** Exit codes by command; 0 for others, `undefined` for one whose time is up. */
  readonly exits?: Readonly<Record<string, number | undefined>>
  readonly database?: Partial<RehearsalDatabase>
  readonly scratch?: Partial<Scratch>
  readonly request?: Partial<RehearsalRequest>
  readonly confinement?: Partial<Confinement>
  readonly lines?: readonly string[]
}

/** Runs a drill with a rehearsal; `log` tells in which order the world was used. */
async function drill(options: Options = {}) {
  const log: string[] = []
  const step =
    <T>(name: string, value: T) =>
    async () => {
      log.push(name)
      return value
    }
  const world = fakeWorld()
  const scratch: Scratch = {
    ...{ url: 'postgresql://postgres:secret@127.0.0.1:1/shop', display: 'shop on 127.0.0.1:1' },
    isolation: { isolation: 'root', reasons: [] },
    openPort: step('open port', { url: '', close: async () => {} }),
    ...{ load: step('load', []), compare: step('compare', []), checkSql: step('check', { passed: true, detail: '' }) },
    drop: step('drop', undefined),
    ...options.scratch,
  }
  const database: RehearsalDatabase = {
    ...{ login: { user: 'r', password: 'pass-word', database: 'shop' }, notes: ['a note'] },
    ...{ dial: step('dial', undefined) as never, tls: false },
    ...{
      measure: step('measure', empty),
      close: step('close database', undefined),
      remove: step('remove login', undefined),
    },
    watchLocks: step('watch', { stop: step('stop', { locks: [], samples: 1, every: 0.05, everyStatement: true }) }),
    ...options.database,
  }
  const confinement: Confinement = {
    display: 'a fake',
    run: async ({ command, environment, onLine }) => {
      const at = environment?.({ host: '127.0.0.1', port: 5432 })
      log.push(`run ${command}${at ? ` on ${at.SHOP_URL}` : ''}`)
      for (const line of options.lines ?? []) onLine(line)
      world.clock.advance(3)
      return { exitCode: options.exits && command in options.exits ? options.exits[command] : 0 }
    },
    close: step('close confinement', undefined),
    ...options.confinement,
  }
  const rehearsal: RehearsalPorts = {
    origin: options.origin ?? { inActions: false },
    openDatabase: step('open database', database),
    openConfinement: step('open confinement', confinement),
  }
  const store = memoryStore({ address: 'memory:a' })
  putBackup(store, id)
  const request: RehearsalRequest = {
    ...{
      setupCommand: 'install',
      migrateCommand: 'migrate',
      directory: '.',
      timeoutSeconds: 60,
      confinement: 'required',
    },
    connectionVariables: [{ name: 'SHOP_URL' }],
    ...options.request,
  }
  const places = await findBackup([store], { backup: id })
  const drilled = testRestore(
    {
      ...{
        places,
        jobs: 1,
        server: undefined,
        allowMissingExtensions: false,
        installTools: false,
        temporary: '/tmp',
        rtoObjectiveSeconds: 60,
      },
      isolation: 'auto',
      ...{ checkSql: [], checkCommand: undefined, rehearsal: request },
    },
    { ...world, openScratch: step('open scratch', scratch), runUserCommand: async () => 0, rehearsal },
  )
  const recorded = () => {
    const key = [...store.objects.keys()].find((each) => each.includes('/drills/'))
    return key === undefined ? undefined : (JSON.parse(String(store.objects.get(key)?.content)) as DrillRecord)
  }
  return { drilled, log, reporter: world.reporter, recorded }
}

const rejected = async (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error) => error as Failure,
  )

describe('successful rehearsals', () => {
  test('setup runs before the restore, the migration after the comparison, and cleanup last', async () => {
    const { drilled, log, recorded } = await drill()
    const { record, failure } = await drilled
    expect(log).toEqual([
      ...['open confinement', 'run install', 'open scratch', 'load', 'compare', 'open database', 'measure', 'watch'],
      'run migrate on postgresql://r:pass-word@127.0.0.1:5432/shop',
      ...['stop', 'measure', 'close database', 'drop', 'remove login', 'close confinement'],
    ])
    expect(failure).toBeUndefined()
    expect(record.rehearsal).toMatchObject({
      verdict: 'passed',
      command: 'migrate',
      exitCode: 0,
      seconds: 3,
      notes: ['a note'],
    })
    expect(recorded()).toEqual(record)
  })

  test('the time of the setup command does not count as restore time', async () => {
    const { drilled } = await drill()
    expect((await drilled).record.rtoSeconds).toBe(0)
  })

  test('the output of commands is shown with the password masked', async () => {
    const { drilled, reporter } = await drill({ lines: ['connecting with pass-word', '::error::x'] })
    const { record } = await drilled
    expect(reporter.texts('note')).toContain('| connecting with ***')
    expect(reporter.texts('note')).toContain('| ::error::x')
    expect(JSON.stringify(record)).not.toContain('pass-word')
  })
})

describe('failed rehearsals', () => {
  test('a failed migration fails the run after the backup is recorded as proven', async () => {
    const { drilled, recorded } = await drill({
      exits: { migrate: 2 },
      lines: ['ERROR:  column "name" contains null values', 'npm error code 1', ''],
    })
    const { failure } = await drilled
    expect(failure).toMatchObject({
      code: 'rehearsal/failed',
      message:
        'the rehearsal of the migration failed: migrate-command exited with 2 (ERROR:  column "name" contains null values)',
    })
    expect(recorded()).toMatchObject({ verdict: 'proven', rehearsal: { verdict: 'failed', exitCode: 2 } })
  })

  test('a migration that times out has no exit code in the record', async () => {
    const { drilled } = await drill({ exits: { migrate: undefined } })
    const { failure, record } = await drilled
    expect(failure?.message).toContain('migrate-command timed out after 1 min')
    expect(record.rehearsal).not.toHaveProperty('exitCode')
  })

  test('the findings of a failed migration begin with the changes that it committed', async () => {
    const states = [empty, { ...empty, objects: [{ object: 'schema half', digest: '' }] }]
    const { drilled } = await drill({
      exits: { migrate: 1 },
      database: { measure: async () => states.shift() ?? empty },
    })
    const { record, failure } = await drilled
    expect(record.rehearsal).toMatchObject({
      findings: [expect.stringMatching(/schema half was added$/)],
      objects: [{ object: 'schema half', change: 'added' }],
    })
    expect(failure?.hint).toContain('left behind')
  })

  test('exit code 127 leads to a hint about the setup command', async () => {
    const { drilled } = await drill({ exits: { migrate: 127 } })
    expect((await drilled).failure?.hint).toContain('setup-command')
  })

  test('if the setup command fails, the migration is not run, and the drill continues', async () => {
    const { drilled, log } = await drill({ exits: { install: 1 }, lines: ['npm error 404 Not Found - x'] })
    const { record, failure } = await drilled
    expect(record).toMatchObject({
      verdict: 'proven',
      rehearsal: { verdict: 'setup-failed', decidedBy: 'setup-command', error: 'npm error 404 Not Found - x' },
    })
    expect(failure).toMatchObject({ code: 'rehearsal/setup-failed', hint: expect.stringContaining('was not tried') })
    expect(log).not.toContain('open database')
  })
})

describe('cases without a rehearsal', () => {
  test.each([
    ['in a public repository', { inActions: true, visibility: 'public', fork: false }],
    ['in a fork', { inActions: true, visibility: 'private', fork: true }],
    ['in a repository of unknown visibility', { inActions: true, fork: false }],
  ] as const)('a rehearsal %s is refused before the drill starts', async (_, origin) => {
    const { drilled, log, recorded } = await drill({ origin })
    expect(await rejected(drilled)).toMatchObject({ code: 'rehearsal/not-allowed' })
    expect(log).toEqual([])
    expect(recorded()).toBeUndefined()
  })

  test('a backup that fails its drill is not rehearsed', async () => {
    const difference = { what: 'table', name: 'public.t', sentence: 'public.t: gone' } as const
    const { drilled, log } = await drill({ scratch: { compare: async () => [difference] } })
    const { record, failure } = await drilled
    expect(record.rehearsal).toBeUndefined()
    expect(failure?.code).toBe('drill/failed')
    expect(log).not.toContain('open database')
    expect(log.at(-1)).toBe('close confinement')
  })

  test('if the sandbox fails, the backup is recorded as proven, and the run fails', async () => {
    const broken = async () => {
      throw new Failure('tool/failed', 'the warden died')
    }
    const run: Confinement['run'] = async (request) => (request.environment ? broken() : { exitCode: 0 })
    const { drilled, recorded, log } = await drill({ confinement: { run } })
    expect((await drilled).failure).toMatchObject({ code: 'tool/failed' })
    expect(recorded()).toMatchObject({ verdict: 'proven', notes: ['The migration was not rehearsed: the warden died'] })
    expect(log.slice(-5)).toEqual(['stop', 'close database', 'drop', 'remove login', 'close confinement'])
  })
})

test('a rehearsal without a sandbox is preceded by a warning', async () => {
  const { drilled, reporter } = await drill({ request: { confinement: 'none' } })
  await drilled
  expect(reporter.texts('warn')).toEqual([expect.stringContaining('--rehearsal-confinement none')])
})

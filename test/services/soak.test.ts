// The soak (./scripts/soak): its checks find each kind of leftover, and three rounds pass.
import { execFileSync } from 'node:child_process'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftovers, notCompleted, wrongData } from '../soak/check-round.ts'
import { falseProof } from '../soak/check-success.ts'
import { type Contents, differingParts, readContents } from '../soak/checks/contents.ts'
import { abandonedSharedMemory, sharedMemoryOf } from '../soak/checks/files.ts'
import { processesBelow } from '../soak/checks/processes.ts'
import { damaged, unfinished } from '../soak/checks/stores.ts'
import { leftoverId, leftoverKinds, putObject } from '../soak/leftover-kinds.ts'
import { type Observation, observe } from '../soak/observe.ts'
import { runResguardo } from '../soak/run-command.ts'
import { runRounds } from '../soak/run-rounds.ts'
import { startSupervisedCommand } from '../soak/supervised-command.ts'
import { prepareBucket, prepareTestEnvironment, prepareWorkspace } from '../soak/test-environment.ts'
import type { TestEnvironment, Workspace } from '../soak/workspace.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'

let environment: TestEnvironment
let workspace: Workspace
let before: Observation

beforeAll(async () => {
  environment = await prepareTestEnvironment(await sharedS3Server())
  workspace = await prepareWorkspace(environment)
  await prepareBucket(workspace)
  before = await observe(workspace, [], true)
}, 240_000)

afterAll(() => environment?.stop())

const sql = (statement: string, database = 'postgres') => environment.server.query(database, statement)

describe('the checks find', () => {
  test('nothing if there are no leftovers', async () => {
    const now = await observe(workspace, [], true)
    expect(leftovers(before, now)).toEqual([])
    expect(
      wrongData({ name: '', weight: 1, words: () => [] }, before, now, { milliseconds: 0, before, after: now }),
    ).toEqual([])
  })

  describe('among leftovers of every kind', () => {
    let found: ReturnType<typeof leftovers>
    beforeAll(async () => {
      const undo = []
      for (const [, , , leave] of leftoverKinds) undo.push(await leave(workspace))
      found = leftovers(before, await observe(workspace, [], true))
      for (const remove of undo.toReversed()) await remove?.()
    })
    afterAll(async () => expect(leftovers(before, await observe(workspace, [], true))).toEqual([]))

    test.each(leftoverKinds)('%s', (_, kind, text) => {
      expect(found).toContainEqual({ kind, text: expect.stringContaining(text) })
    })
  })

  test.runIf(process.getuid?.() === 0)('a mount', async () => {
    const mounted = join(workspace.folder, 'work')
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mounted])
    const found = leftovers(before, await observe(workspace, [], true))
    execFileSync('umount', [mounted])
    expect(found).toContainEqual({ kind: 'mount', text: `mount ${mounted}` })
  })

  test('shared memory without a process', async () => {
    const servers = processesBelow(process.pid).filter(({ command }) => command.includes(environment.server.folder))
    const used = sharedMemoryOf(servers.map(({ pid }) => pid))
    expect(used).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\/dev\/shm\//), expect.stringMatching(/^sysv:/)]),
    )
    expect(abandonedSharedMemory(used)).toEqual([])
    await writeFile('/dev/shm/PostgreSQL.17', '')
    const segment = execFileSync('perl', ['-e', 'print shmget(0, 4096, 0600 | 01000)'], { encoding: 'utf8' })
    expect(abandonedSharedMemory([...used, '/dev/shm/PostgreSQL.17', `sysv:${segment}`])).toHaveLength(2)
    execFileSync('perl', ['-e', 'shmctl(shift, 0, 0) or die', segment])
    await rm('/dev/shm/PostgreSQL.17')
  })

  test('a process in another session without its parent, and end it', async () => {
    const script = 'setsid sh -c "sleep 100 & sleep 100" >/dev/null 2>&1 & sleep 0.2'
    const command = await startSupervisedCommand(
      ['sh', '-c', script],
      { PATH: process.env.PATH ?? '' },
      workspace.folder,
    )
    expect(await command.ended).toEqual({ code: 0, signal: 0 })
    const left = command.alive()
    expect(left.map((entry) => entry.command)).toContain('sleep 100')
    await command.end()
    for (const { pid } of left) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('that a signal ended a command', async () => {
    const command = await startSupervisedCommand(['sleep', '100'], { PATH: process.env.PATH ?? '' }, workspace.folder)
    process.kill(command.pid, 'SIGKILL')
    expect(await command.ended).toEqual({ code: 0, signal: 9 })
    expect(command.alive()).toEqual([])
    await command.end()
  })

  describe('in a live database that changed', () => {
    const changes = [
      [
        'a row',
        'UPDATE "Customer" SET name = name || \'x\' WHERE id = (SELECT min(id::text)::uuid FROM "Customer")',
        'public."Customer"',
      ],
      ['a sequence', `SELECT nextval('"AuditLog_id_seq"')`, 'sequence public."AuditLog_id_seq"'],
      ['a large object', "SELECT lo_put((SELECT max(oid) FROM pg_largeobject_metadata), 0, 'x')", 'large object'],
      ['a definition', 'ALTER TABLE "Customer" ALTER phone SET DEFAULT \'+1 234567\'', 'definitions'],
      ['access', 'REVOKE CONNECT ON DATABASE shop FROM PUBLIC', 'access'],
      [
        'an event trigger',
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()",
        'event trigger e',
      ],
    ] as const
    let whole: Contents
    let now: Observation
    const command = { name: '', weight: 1, words: () => [], changesDatabase: true }
    beforeAll(async () => {
      whole = await readContents(environment.server, 'shop')
      for (const [, change] of changes) await sql(change, 'shop')
      now = await observe(workspace, [], true)
      await prepareWorkspace(environment)
      await prepareBucket(workspace)
    })

    test.each(changes)('%s', (_what, _change, part) => {
      const reference = { milliseconds: 0, before, after: before }
      const found = { kind: 'live database', text: expect.stringContaining(part) }
      expect(wrongData(command, before, now, reference)).toContainEqual(found)
      expect(notCompleted(now, reference)).toContainEqual({ ...found, kind: 'not completed' })
      expect(differingParts(whole, now.databases.get('shop') ?? new Map()).join()).toContain(part)
    })

    test('nothing in either valid state, and a change by a command that must not change it', () => {
      const reference = { milliseconds: 0, before, after: now }
      expect(wrongData(command, before, now, reference)).toEqual([])
      expect(wrongData(command, before, before, reference)).toEqual([])
      expect(wrongData({ ...command, changesDatabase: false }, before, now, reference)).not.toEqual([])
    })
  })

  test('changed stored bytes and a missing payload', async () => {
    const payload = [...before.directory.keys()].find((key) => /^plain\/.*\.sql\.zst$/.test(key)) ?? ''
    await appendFile(join(workspace.store, payload), 'x')
    expect(damaged(before.directory, (await observe(workspace, [], false)).directory)).toEqual([payload])
    await rm(join(workspace.store, payload))
    expect(damaged(before.directory, (await observe(workspace, [], false)).directory)).toEqual([payload])
    await prepareWorkspace(environment)
  })

  test('a drill record that proves a damaged backup', () => {
    const key = 'false/20261124T020005Z-platform-manual-7f3a9c/drills/20261124T030005Z-proven.json'
    const now = { ...before, directory: new Map([...before.directory, [key, '']]) }
    const command = { name: '', weight: 1, words: () => [], mustFail: true }
    expect(falseProof(command, before, now)).toEqual([{ kind: 'false proof', text: key }])
  })
})

test('prune removes unfinished writes only when they appear to be two days old', async () => {
  const unfinishedKey = `shop/${leftoverId}/database.dump.zst`
  await putObject(environment, `round/${unfinishedKey}`)
  const left = async () => unfinished((await observe(workspace, [], true)).bucket)
  const prune = (endpoint: string) =>
    runResguardo(workspace, ['prune', '--store', `s3://${environment.bucket}/round`], { AWS_S3_ENDPOINT: endpoint })
  expect((await prune(environment.s3.endpoint)).code).toBe(0)
  expect(await left()).toEqual([unfinishedKey])
  expect((await prune(environment.proxy.endpoint)).code).toBe(0)
  expect(await left()).toEqual([])
})

test('three rounds leave no leftovers and lose no data', async () => {
  const lines: string[] = []
  const soak = { rounds: 1, stop: new AbortController().signal, print: (line: string) => lines.push(line) }
  const results = []
  for (const [only, seed] of [
    ['backup custom', 8],
    ['restore tenant replace', 49],
    ['restore redis replace', 18],
  ] as const)
    results.push(...(await Array.fromAsync(runRounds(environment, { ...soak, only, seed }))))
  expect(
    results.flatMap(({ findings }) => findings),
    lines.join('\n'),
  ).toEqual([])
  expect(results).toHaveLength(3)
}, 240_000)

import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { hideSecrets } from '../../../src/domain/text/hide-secrets.ts'
import { type RunResult, recordRun } from '../../../src/operations/record/record-run.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { type MemoryRecord, memoryRecord } from '../../support/memory-record.ts'

const backup = '20261124T020105Z-platform-scheduled-000001'
const result: RunResult = { id: backup, checksum: 'a'.repeat(64), bytes: 1234, location: 'file:./backups,s3://bucket' }
const noDatabase = new Failure('postgres/connection-refused', 'nothing answers there: shop on fake:5432', {
  hint: 'Check host and port.',
})

function setUp(overrides: Parameters<typeof fakeWorld>[0] = {}) {
  const world = fakeWorld(overrides)
  const record = memoryRecord()
  const run = (work: (itsWorld: typeof world) => Promise<RunResult>) =>
    recordRun({ record, kind: 'platform', trigger: 'scheduled', resultOf: (done: RunResult) => done }, world, work)
  return { world, record, run }
}

const only = ({ rows }: MemoryRecord) => {
  expect(rows.size).toBe(1)
  return [...rows.values()][0]
}

test('a row has the status running during the run, then completed with the result', async () => {
  const { world, record, run } = setUp()
  await run(async () => {
    expect(only(record)).toMatchObject({ status: 'running', startedAt: new Date('2026-11-24T02:00:05Z') })
    expect(only(record)).not.toHaveProperty('finishedAt')
    world.clock.advance(90)
    return result
  })
  expect(only(record)).toEqual({
    ...result,
    kind: 'platform',
    trigger: 'scheduled',
    status: 'completed',
    startedAt: new Date('2026-11-24T02:00:05Z'),
    finishedAt: new Date('2026-11-24T02:01:35Z'),
    failure: undefined,
  })
})

test('the first ID of the row and the ID of the backup end in the same random digits', async () => {
  const { record, run } = setUp()
  await run(async (world) => {
    expect(only(record)?.id).toBe('20261124T020005Z-platform-scheduled-000001')
    expect([world.random(), world.random()]).toEqual(['000001', '000002'])
    return result
  })
  expect([...record.rows.keys()]).toEqual([backup])
})

test('a run that fails is recorded as failed with the error message, and the error is rethrown', async () => {
  const { record, run } = setUp()
  const failure = new Failure('tool/failed', 'pg_dump exited with 1')
  await expect(run(() => Promise.reject(failure))).rejects.toBe(failure)
  expect(only(record)).toMatchObject({
    id: '20261124T020005Z-platform-scheduled-000001',
    status: 'failed',
    error: 'pg_dump exited with 1',
    finishedAt: new Date('2026-11-24T02:00:05Z'),
  })
})

test('a backup that one of several stores rejected is recorded as failed, with its location', async () => {
  const { record, run } = setUp()
  const failure = new Failure('s3/unreachable', 'whole in file:./backups, but s3://bucket failed')
  await run(async () => ({ ...result, location: 'file:./backups', failure }))
  expect(only(record)).toMatchObject({
    id: backup,
    status: 'failed',
    error: failure.message,
    location: 'file:./backups',
  })
})

test('an interrupted run is recorded as failed at the signal, before cleanup', async () => {
  const controller = new AbortController()
  const { record, run } = setUp({ signal: controller.signal })
  const interruption = new Failure('interrupted', 'interrupted by SIGINT')
  const running = run(async () => {
    controller.abort(interruption)
    await new Promise((resolve) => setImmediate(resolve))
    expect(only(record)).toMatchObject({ status: 'failed', error: 'interrupted by SIGINT' })
    throw interruption
  })
  await expect(running).rejects.toBe(interruption)
  expect(record.saved.map(({ status }) => status)).toEqual(['running', 'failed'])
})

test('a run that was complete at the signal is recorded as completed', async () => {
  const controller = new AbortController()
  const { record, run } = setUp({ signal: controller.signal })
  await run(async () => {
    controller.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    return result
  })
  expect(only(record)).toMatchObject({ id: backup, status: 'completed' })
})

test('if the run table is unavailable, one warning with a hint is shown, and the run continues', async () => {
  const { world, record, run } = setUp()
  record.failure = noDatabase
  await expect(run(async () => result)).resolves.toBe(result)
  expect(world.reporter.texts('warn')).toEqual([
    'This run is not recorded as running: nothing answers there: shop on fake:5432. Check host and port.',
  ])
})

test('if the run table becomes available during the run, the result is recorded', async () => {
  const { record, run } = setUp()
  record.failure = noDatabase
  await run(async () => {
    record.failure = undefined
    return result
  })
  expect(only(record)).toMatchObject({ id: backup, status: 'completed' })
})

test('if the run table becomes unavailable, the failure of the run is still reported', async () => {
  const { world, record, run } = setUp()
  const failure = new Failure('tool/failed', 'pg_dump exited with 1')
  const running = run(async () => {
    record.failure = noDatabase
    throw failure
  })
  await expect(running).rejects.toBe(failure)
  expect(world.reporter.texts('warn')).toEqual([
    expect.stringContaining('not recorded as failed: nothing answers there'),
  ])
})

test('the recorded error masks secrets and passwords in URLs, and is cut to 2000 characters', async () => {
  const { record, run } = setUp({ hideSecrets: (text) => hideSecrets(text, ['hunter22']) })
  const sentence = `no postgresql://shop:s3cret@db/shop\0 for hunter22 ${'x'.repeat(9000)}`
  await expect(run(() => Promise.reject(new Failure('tool/failed', sentence)))).rejects.toMatchObject({
    code: 'tool/failed',
    message: expect.stringContaining('hunter22'),
  })
  expect(only(record)?.error).toMatch(/^no postgresql:\/\/shop:\*\*\*@db\/shop for \*\*\* x+$/)
  expect(only(record)?.error).toHaveLength(2000)
})

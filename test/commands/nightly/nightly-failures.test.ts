// Failures of single steps of the nightly job: kept backups, report and exit code.
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { fakePlatform } from '../../support/fake-platform.ts'
import { backups, byDrill, drills, made, night, now, scratch, storeWithPast } from './night.ts'

describe('failures in the nightly job', () => {
  const difference = {
    what: 'table',
    name: 'public.t',
    sentence: 'public.t: 2 rows in the backup, 1 restored',
  } as const

  test('if the drill finds a difference, nothing is pruned, and the job fails', async () => {
    const store = storeWithPast('memory:a')
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    const { outputs, failure, lines } = await night([store], byDrill, { world })
    expect(failure).toMatchObject({
      code: 'drill/failed',
      exitCode: 4,
      message: expect.stringContaining('public.t: 2 rows'),
    })
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: 'failed', differences: 1, removed: undefined })
    expect(backups(store)).toHaveLength(5)
    expect(lines.at(-1)).toBe('Nothing was pruned, because an earlier step failed')
  })

  test('if the drill cannot run, nothing is pruned, and the error says that the backup is stored', async () => {
    const store = storeWithPast('memory:a')
    const openScratch = async () => {
      throw new Failure('drill/no-server', 'no PostgreSQL server is installed', { hint: 'Install one.' })
    }
    const { failure, outputs, document } = await night([store], byDrill, { world: { openScratch } })
    expect(failure).toMatchObject({
      code: 'drill/no-server',
      message: `${made} is stored, but could not be drilled: no PostgreSQL server is installed`,
      hint: 'Install one.',
    })
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: undefined })
    expect(document).toMatchObject({ drill: { failure: { code: 'drill/no-server' } }, prune: null })
    expect(backups(store)).toHaveLength(5)
  })

  test('if one store fails, the other copy is drilled, nothing is pruned, and the hint is an upload', async () => {
    const [down, up] = [storeWithPast('memory:down'), storeWithPast('memory:up')]
    down.cues = { failFinish: 1 }
    const { failure, outputs } = await night([down, up], byDrill)
    expect(failure).toMatchObject({
      code: 's3/unreachable',
      hint: expect.stringContaining('--from memory:up --to memory:down'),
    })
    expect(outputs).toMatchObject({ verdict: 'proven', path: `memory:up/shop/${made}/`, removed: undefined })
    expect([drills(down).length, drills(up).length]).toEqual([0, 1])
    expect([backups(down).length, backups(up).length]).toEqual([4, 5])
  })

  test('if a store and the drill fail, the failure is that of the drill and names both', async () => {
    const [down, up] = [storeWithPast('memory:down'), storeWithPast('memory:up')]
    down.cues = { failFinish: 1 }
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    const { failure } = await night([down, up], byDrill, { world })
    expect(failure?.code).toBe('drill/failed')
    expect(failure?.message).toMatch(/public\.t: 2 rows.*memory:down failed/)
  })

  test('if prune fails, the error says that the backup is stored', async () => {
    const store = storeWithPast('memory:a')
    store.now = async () => new Date(now.getTime() + 7_200_000)
    const { failure, outputs } = await night([store])
    expect(failure).toMatchObject({
      code: 'prune/clock-skew',
      message: expect.stringMatching(`^${made} is stored, but pruning failed: this machine's clock`),
    })
    expect(outputs).toMatchObject({ 'backup-id': made, removed: 0 })
    expect(backups(store)).toContain(made)
  })

  test('if the dump fails, nothing is drilled or pruned', async () => {
    const store = storeWithPast('memory:a')
    const platform = fakePlatform({ breaks: new Failure('tool/failed', 'pg_dump exited with 1') })
    await expect(night([store], byDrill, { platform })).rejects.toMatchObject({ code: 'tool/failed' })
    expect(backups(store)).toHaveLength(4)
  })

  test('an interruption during the drill is reported as such, and the backup is stored', async () => {
    const store = storeWithPast('memory:a')
    const stop = new AbortController()
    const load = async () => {
      stop.abort(new Failure('interrupted', 'interrupted by SIGINT'))
      throw new Error('the pipe broke')
    }
    const world = { signal: stop.signal, openScratch: async () => scratch({ load }) }
    await expect(night([store], byDrill, { world })).rejects.toMatchObject({ code: 'interrupted' })
    expect(backups(store)).toHaveLength(5)
  })
})

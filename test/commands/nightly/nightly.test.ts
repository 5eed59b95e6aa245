// The nightly job: its steps, their order, its report and its inputs.
import { describe, expect, test } from 'vitest'
import { nightly } from '../../../src/commands/nightly/nightly.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import { fakePlatform } from '../../support/fake-platform.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { completed } from '../../support/lists.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { putBackup } from '../../support/sample-backups.ts'
import { backups, byDrill, daysAgo, drills, made, type Night, night, scratch, storeWithPast } from './night.ts'

describe('a night', () => {
  test('backs up, drills that very backup in every store, and prunes', async () => {
    const stores = [storeWithPast('memory:a'), storeWithPast('memory:b')]
    const { outputs, failure, lines, document } = await night(stores, byDrill)
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: 'proven', differences: 0, removed: 2, kept: 8 })
    for (const store of stores) {
      expect(drills(store)).toEqual([`shop/${made}/drills/20261124T020005Z-proven.json`])
      expect(backups(store)).toEqual([daysAgo(1), daysAgo(2), daysAgo(3), made])
    }
    expect(lines.join('\n')).toMatch(/^Backup \S+\n.*Proven: .*1 backup removed/s)
    expect(lines.join('\n')).not.toContain('To prove the backup')
    expect(document).toMatchObject({
      backup: { backup: made },
      drill: { verdict: 'proven' },
      prune: { stores: [{ store: 'memory:a' }, { store: 'memory:b' }] },
    })
  })

  test('is refused where every store goes with the runner, and not where one stays', async () => {
    const lost = storeWithPast('file:./backups')
    const before = lost.objects.size
    const failure = await night([lost], {}, { world: { ephemeral: true } }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'store/ephemeral', hint: expect.stringContaining('s3://') })
    expect(lost.objects.size).toBe(before)
    const outcome = await night([lost, storeWithPast('s3://b/r')], {}, { world: { ephemeral: true } })
    expect(outcome.outputs['backup-id']).toBe(made)
  })

  test('has no drill unless asked for, and says how to make one', async () => {
    const { outputs, lines, document } = await night([storeWithPast('memory:a')])
    expect(outputs).toMatchObject({ verdict: undefined, 'rto-seconds': undefined, removed: 1 })
    expect(lines).toContain(`  resguardo test-restore ${made} --name shop --store memory:a`)
    expect(document).toMatchObject({ drill: null })
  })

  test('prunes nothing if told so', async () => {
    const store = storeWithPast('memory:a')
    const { outputs, lines, document } = await night([store], { prune: 'false' })
    expect(outputs).toMatchObject({ removed: undefined, kept: undefined, 'freed-bytes': undefined })
    expect([backups(store).length, document]).toEqual([5, expect.objectContaining({ prune: null })])
    expect(lines.join()).not.toContain('pruned')
  })

  test('leaves the backups of other databases in the same store alone', async () => {
    const store = storeWithPast('memory:a')
    for (const days of [1, 2, 3, 40]) putBackup(store, daysAgo(days), { name: 'blog' })
    expect((await night([store])).outputs).toMatchObject({ removed: 1, kept: 4 })
    expect(backups(store, 'blog')).toHaveLength(4)
  })

  test('dumps as `dump` does where the number of workers is not given, and waits for other runs', async () => {
    const platform = fakePlatform()
    await night([memoryStore({ address: 'memory:a' })], {}, { platform })
    expect(platform.requests).toMatchObject([{ jobs: 2, backupLock: { seconds: 14_400 } }])
  })
})

describe('the report of a night', () => {
  const reported = async (given: Record<string, string>, more: Night = {}) =>
    JSON.stringify((await night([storeWithPast('memory:a')], given, more)).report)

  test('has the parts of the steps that were taken, in order', async () => {
    expect(await reported(byDrill)).toMatch(/Backup 2026.*Proven: 2026.*Pruned/)
    expect(await reported({ prune: 'false' })).not.toMatch(/Proven: |Pruned|pruned/)
  })

  test('asks for a proof only where no drill gave a verdict', async () => {
    const difference = { what: 'table', name: 'public.t', sentence: 'public.t differs' } as const
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    expect(await reported({})).toContain('To prove the backup')
    expect(await reported(byDrill)).not.toContain('To prove the backup')
    expect(await reported(byDrill, { world })).not.toContain('To prove the backup')
  })

  test('says that nothing was pruned, where a step before it failed', async () => {
    const openScratch = async () => {
      throw new Failure('drill/no-server', 'no PostgreSQL server is installed')
    }
    expect(await reported(byDrill, { world: { openScratch } })).toContain('Nothing was pruned')
  })
})

const broken = (given: Record<string, string>): readonly string[] => {
  const texts: Record<string, string> = { 'database-url': 'postgresql://localhost/shop', ...given }
  const values = parseInputs(completed(nightly).inputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
  return nightly.check?.(values, fakeWorld()) ?? []
}

describe('the inputs of a night', () => {
  test('keep the rules of their steps', () => {
    expect(broken({ drill: 'true', 'scratch-url': 'postgresql://x/y' }).join()).toContain('scratch-database')
    expect(broken({ drill: 'true', parts: 'data-only' }).join()).toContain('--parts data-only')
    expect(broken({ store: 's3://b', 's3-access-key-id': 'x' }).join()).toContain('s3-secret-access-key')
    expect(broken({ name: '../x' }).join()).toContain('name:')
  })
  test('do not ask for what a step needs that is not taken', () => {
    expect(broken({ 'scratch-url': 'postgresql://x/y', parts: 'data-only' })).toEqual([])
  })
  test('call it scheduled unless told otherwise', () => {
    expect(nightly.inputs.trigger.fallback).toBe('scheduled')
  })
})

// The nightly job: steps, order, report and inputs.
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

describe('steps of the nightly job', () => {
  test('a backup is made, drilled and recorded in every store, then old backups are pruned', async () => {
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

  test('on an ephemeral runner, the job is refused unless a store outside the runner is given', async () => {
    const lost = storeWithPast('file:./backups')
    const before = lost.objects.size
    const failure = await night([lost], {}, { world: { ephemeral: true } }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'store/ephemeral', hint: expect.stringContaining('s3://') })
    expect(lost.objects.size).toBe(before)
    const outcome = await night([lost, storeWithPast('s3://b/r')], {}, { world: { ephemeral: true } })
    expect(outcome.outputs['backup-id']).toBe(made)
  })

  test('no drill runs by default, and the report shows the command for one', async () => {
    const { outputs, lines, document } = await night([storeWithPast('memory:a')])
    expect(outputs).toMatchObject({ verdict: undefined, 'rto-seconds': undefined, removed: 1 })
    expect(lines).toContain(`  resguardo test-restore ${made} --name shop --store memory:a`)
    expect(document).toMatchObject({ drill: null })
  })

  test('with prune: false, nothing is pruned', async () => {
    const store = storeWithPast('memory:a')
    const { outputs, lines, document } = await night([store], { prune: 'false' })
    expect(outputs).toMatchObject({ removed: undefined, kept: undefined, 'freed-bytes': undefined })
    expect([backups(store).length, document]).toEqual([5, expect.objectContaining({ prune: null })])
    expect(lines.join()).not.toContain('pruned')
  })

  test('backups of other databases in the same store are not pruned', async () => {
    const store = storeWithPast('memory:a')
    for (const days of [1, 2, 3, 40]) putBackup(store, daysAgo(days), { name: 'blog' })
    expect((await night([store])).outputs).toMatchObject({ removed: 1, kept: 4 })
    expect(backups(store, 'blog')).toHaveLength(4)
  })

  test('the dump uses the default number of workers and waits for the backup lock', async () => {
    const platform = fakePlatform()
    await night([memoryStore({ address: 'memory:a' })], {}, { platform })
    expect(platform.requests).toMatchObject([{ jobs: 2, backupLock: { seconds: 14_400 } }])
  })
})

describe('report of the nightly job', () => {
  const reported = async (given: Record<string, string>, more: Night = {}) =>
    JSON.stringify((await night([storeWithPast('memory:a')], given, more)).report)

  test('the report contains the parts of the completed steps in order', async () => {
    expect(await reported(byDrill)).toMatch(/Backup 2026.*Proven: 2026.*Pruned/)
    expect(await reported({ prune: 'false' })).not.toMatch(/Proven: |Pruned|pruned/)
  })

  test('the command for a drill is shown only if no drill ran', async () => {
    const difference = { what: 'table', name: 'public.t', sentence: 'public.t differs' } as const
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    expect(await reported({})).toContain('To prove the backup')
    expect(await reported(byDrill)).not.toContain('To prove the backup')
    expect(await reported(byDrill, { world })).not.toContain('To prove the backup')
  })

  test('the report says that nothing was pruned if an earlier step failed', async () => {
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

describe('inputs of the nightly job', () => {
  test('the input rules of each step apply', () => {
    expect(broken({ drill: 'true', 'scratch-url': 'postgresql://x/y' }).join()).toContain('scratch-database')
    expect(broken({ drill: 'true', parts: 'data-only' }).join()).toContain('--parts data-only')
    expect(broken({ store: 's3://b', 's3-access-key-id': 'x' }).join()).toContain('s3-secret-access-key')
    expect(broken({ name: '../x' }).join()).toContain('name:')
  })
  test('the input rules of a disabled drill do not apply', () => {
    expect(broken({ 'scratch-url': 'postgresql://x/y', parts: 'data-only' })).toEqual([])
  })
  test('the default trigger is scheduled', () => {
    expect(nightly.inputs.trigger.fallback).toBe('scheduled')
  })
})

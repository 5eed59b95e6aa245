// The pin that `migration-gate` puts on the backup it accepts.
import { describe, expect, it } from 'vitest'
import { putGateBackup } from '../../support/gate-backups.ts'
import { base, forgeOf, head, idOf, makeStore, pins, runGate, url } from './gate-run.ts'

describe('pin of the accepted backup', () => {
  const passing = (address?: string) => {
    const store = makeStore(address)
    putGateBackup(store, idOf(10))
    return store
  }
  const given = { base, 'database-url': url }
  it('without a pull request, the pin contains the commit ID', async () => {
    const store = passing()
    await runGate(given, { stores: [store] })
    expect(pins(store)).toEqual([`commit-${head.slice(0, 12)}-until-2026-12-08`])
  })
  it('an existing pin with a later expiry date is not changed', async () => {
    const store = passing()
    await runGate({ ...given, 'pin-days': '30' }, { stores: [store] })
    store.cues.failCreate = 2
    expect((await runGate(given, { stores: [store] })).warned).toEqual([])
    expect(pins(store)).toEqual([`commit-${head.slice(0, 12)}-until-2026-12-24`])
  })
  it('a pin that cannot be written is a warning', async () => {
    const store = passing()
    store.cues.failCreate = 1
    const { failure, warned, lines } = await runGate(given, { stores: [store] })
    expect(failure).toBeUndefined()
    expect(warned).toEqual([expect.stringContaining('could not be pinned')])
    expect(lines.join()).not.toContain('Pinned until')
  })
  describe('removal of the backup during the check', () => {
    /** The backup is there when the gate looks, and gone once it is pinned. */
    const vanishing = (address?: string) => {
      const store = passing(address)
      const { create } = store
      store.create = async (key, content) => {
        await create(key, content)
        if (key.includes('/pins/')) store.objects.delete(`shop/${idOf(10)}/manifest.json`)
      }
      return store
    }
    it('removal from all stores leads to refusal, a failure status and the backup command', async () => {
      const [stores, forge] = [[vanishing('file:./backups'), vanishing()], forgeOf()]
      const { outputs, failure, lines, document } = await runGate(
        { ...given, 'post-status': 'true' },
        { stores, forge },
      )
      const reason = `${idOf(10)} was good, but it was removed from file:./backups and s3://far during the check`
      expect(outputs).toMatchObject({ verdict: 'refused', reason, 'backup-id': undefined })
      expect(failure).toMatchObject({
        code: 'gate/blocked',
        hint: expect.stringContaining('resguardo backup --trigger pre-migration'),
      })
      expect(forge.posted.map(({ state }) => state)).toEqual(['failure'])
      expect(document).toMatchObject({ backup: null, candidates: [{ faults: [{ kind: 'incomplete' }] }], pin: null })
      expect(lines.join()).not.toContain('Pinned until')
      expect(stores.flatMap(pins)).toEqual([])
    })
    it('removal from one of two buckets is a warning, and the other copy is pinned', async () => {
      const stores = [vanishing('s3://near'), passing()]
      const { outputs, failure, warned, document } = await runGate(given, { stores })
      expect([outputs.verdict, failure]).toEqual(['allowed', undefined])
      expect(warned).toEqual([`${idOf(10)} was removed from s3://near during the check: that copy does not count.`])
      expect(document).toMatchObject({ backup: { stores: ['s3://far'] }, pin: { until: '2026-12-08' } })
      expect(stores.map((store) => pins(store).length)).toEqual([0, 1])
    })
    it('removal from the only bucket leads to refusal if an off-site copy is required', async () => {
      const stores = () => [passing('file:./backups'), vanishing()]
      const { outputs, lines } = await runGate(given, { stores: stores() })
      expect(outputs).toMatchObject({
        verdict: 'refused',
        reason: expect.stringContaining('removed from s3://far during the check; it is not off-site'),
      })
      expect(lines.at(-1)).toBe(`  resguardo upload ${idOf(10)} --from file:./backups --to s3://far`)
      const near = await runGate({ ...given, 'require-off-site': 'false' }, { stores: stores() })
      expect(near.outputs.verdict).toBe('allowed')
    })
  })
  it('a pin under an object lock is a warning, and the backup is accepted', async () => {
    const store = passing()
    await runGate(given, { stores: [store] })
    store.cues.retain = { key: 'until-2026-12-08', until: undefined }
    const { outputs, warned } = await runGate({ ...given, 'pin-days': '30' }, { stores: [store] })
    expect(outputs.verdict).toBe('allowed')
    expect(warned).toEqual([expect.stringContaining('object lock')])
  })
  it('with pin: false, no pin is written', async () => {
    const store = passing()
    await runGate({ ...given, pin: 'false' }, { stores: [store] })
    expect(pins(store)).toEqual([])
  })
})

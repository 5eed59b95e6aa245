import { expect, test } from 'vitest'
import { defaultPolicy } from '../../src/domain/retention/retention.ts'
import { planRetention } from '../../src/domain/retention/retention-plan.ts'
import { sampleEntry } from '../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const policy = { ...defaultPolicy, days: { ...defaultPolicy.days, scheduled: 1 }, keepAtLeast: 1 }

function tenants(id: string, names: readonly string[], allTenants = false) {
  return sampleEntry(id, {
    allTenants,
    keys: [...names.map((name) => `tenants/${name}.zip`), 'manifest.json'].map((file) => ({
      key: `shop/${id}/${file}`,
      bytes: 1,
    })),
  })
}

test('a backup of some tenants does not replace a backup of all tenants or of other tenants', () => {
  const all = tenants('20261101T020000Z-tenant-scheduled-000001', ['acme', 'globex'], true)
  const globex = tenants('20261102T020000Z-tenant-scheduled-000002', ['globex'])
  const older = tenants('20261103T020000Z-tenant-scheduled-000003', ['acme'])
  const newer = tenants('20261104T020000Z-tenant-scheduled-000004', ['acme'])
  const kept = planRetention([all, globex, older, newer], policy, now)
    .decisions.filter(({ action }) => action === 'keep')
    .map(({ entry }) => entry.id.text)
  expect(kept.sort()).toEqual([all, globex, newer].map(({ id }) => id.text))
})

test('backups of an unknown kind are kept', () => {
  const ids = ['20251101T020000Z-vector-scheduled-000001', '20251102T020000Z-vector-scheduled-000002']
  const plan = planRetention(
    ids.map((id) => sampleEntry(id)),
    policy,
    now,
    ({ id }) => id.kind !== 'vector',
  )
  expect(plan.decisions.map(({ action }) => action)).toEqual(['keep', 'keep'])
})

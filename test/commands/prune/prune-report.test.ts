// The report of a prune: removed backups, kept backups and failures.
import { expect, test } from 'vitest'
import { pruneReport } from '../../../src/commands/prune/prune-report.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Pruned } from '../../../src/operations/prune/prune.ts'
import { headingsOf, itemsOf, tableWith } from '../../support/report-text.ts'
import { idText, sampleEntry } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')

test('the report lists removed, then kept backups with reasons, then warnings and failures', () => {
  const entry = sampleEntry(id)
  const old = sampleEntry(idText('2026-09-01T02:00:05Z'))
  const result: Pruned = {
    address: 'file:./backups',
    plan: {
      decisions: [
        { entry, action: 'keep', reasons: ['23 days left', 'last backup proven by a drill'] },
        { entry: old, action: 'remove', reasons: ['older than 30 days'] },
      ],
      unfinished: [],
      leftovers: [],
      warnings: [],
      refusals: [],
    },
    removed: [old],
    spared: [],
    leftovers: [],
    freed: 1000,
    retained: [{ key: 'shop/x', until: undefined }],
    failures: [new Failure('tool/failed', 'it is stuck')],
  }
  const down: Pruned = {
    address: 's3://b',
    removed: [],
    spared: [],
    leftovers: [],
    freed: 0,
    retained: [],
    failures: [new Failure('s3/unreachable', 'down')],
  }
  const parts = pruneReport([result, down], false)
  expect(headingsOf(parts)).toEqual(['Pruned', 'file:./backups', 's3://b'])
  expect(tableWith(parts, 'Reasons')).toEqual([
    ['remove', `shop/${old.id.text}`, '1.00 KB', 'older than 30 days'],
    ['keep', `shop/${id}`, '1.00 KB', '23 days left; last backup proven by a drill'],
  ])
  expect(itemsOf(parts).map(({ text, state }) => [state, text])).toEqual([
    ['warning', 'shop/x is protected by an object lock'],
    ['blocked', 'it is stuck'],
    ['blocked', 'down'],
  ])
})

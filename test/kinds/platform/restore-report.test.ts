// The reports of a restore, a restore plan and an undo.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { restoreReport, undoReport } from '../../../src/kinds/platform/restore-report.ts'
import type { Restored } from '../../../src/operations/restore/restore.ts'
import type { LiveServer } from '../../../src/ports/restore.ts'
import { completedCommands } from '../../support/completed-commands.ts'
import { codeOf, factsOf, headingsOf, itemsOf } from '../../support/report-text.ts'
import { idText, sampleManifest } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const manifest = sampleManifest(id)
const server = { display: 'shop on db:5432', database: 'shop' } as LiveServer
const restored: Restored = {
  manifest,
  database: 'shop',
  schema: undefined,
  kept: 'shop_before',
  safetyBackup: undefined,
  closed: 0.3,
  steps: [
    { title: 'Room on the disk', state: 'done' },
    { title: 'A replica', state: 'warning', detail: 'it will follow' },
    { title: 'Load', state: 'planned', stage: 'during' },
    { title: 'Run: start', state: 'planned', stage: 'after' },
  ],
  phases: [],
  seconds: 60,
  notes: [],
  done: true,
  failure: undefined,
}

test('a restore is shown as completed steps before, during and after, with the undo command', () => {
  const parts = restoreReport(restored, server, { words: ['restore'], flags: { undo: true, confirm: 'shop' } })
  expect(headingsOf(parts)).toEqual([`Restored ${id} into shop`, 'Before', 'During', 'After'])
  expect(itemsOf(parts)).toEqual([
    { text: 'Room on the disk', state: 'done' },
    { text: 'A replica. it will follow', state: 'warning' },
    { text: 'Load', state: 'done' },
    { text: 'Run: start', state: 'done' },
  ])
  expect(factsOf(parts)).toMatchObject({
    'Closed to connections for': '0.3 s',
    'Earlier database': 'kept as shop_before',
  })
  expect(completedCommands(parts)).toEqual(['resguardo restore --undo --confirm shop'])
  expect(codeOf(parts)).toEqual(['DROP DATABASE "shop_before"'])
})

test('a plan shows steps as planned, and is blocked if a step is blocked', () => {
  const plan = {
    ...restored,
    done: false,
    kept: undefined,
    steps: [{ title: 'No room', state: 'blocked' } as const, ...restored.steps],
  }
  const parts = restoreReport(plan, server, undefined)
  expect(parts[0]).toMatchObject({ text: 'Restore plan for shop: nothing was changed', state: 'blocked' })
  expect(itemsOf(parts).map(({ state }) => state)).toEqual(['blocked', 'done', 'warning', 'planned', 'planned'])
  expect(codeOf(parts)).toEqual([])
})

test('a failure after the swap marks the later steps with a warning', () => {
  const parts = restoreReport(
    { ...restored, failure: new Failure('restore/unhealthy', 'the health check failed') },
    server,
    undefined,
  )
  expect(parts[0]).toMatchObject({ state: 'warning' })
  expect(itemsOf(parts).map(({ state }) => state)).toEqual(['done', 'warning', 'done', 'warning'])
})

test('an undo lists the data that it discards', () => {
  const undone = {
    live: { name: 'shop', oid: 16500, owner: 'app' },
    kept: { name: 'shop_before', oid: 16400, owner: 'app' },
    backup: id,
    swapped: '2026-11-24T04:00:00Z',
    lost: ['3 rows of "Order"'],
    aside: undefined,
  }
  expect(headingsOf(undoReport(undone, server, true))[0]).toContain('nothing was changed')
  expect(itemsOf(undoReport(undone, server, false))).toEqual([{ text: '3 rows of "Order"', state: 'warning' }])
  expect(itemsOf(undoReport({ ...undone, lost: [] }, server, false))).toEqual([
    { text: 'no writes were detected', state: 'done' },
  ])
})

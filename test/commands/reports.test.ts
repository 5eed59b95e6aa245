// Reports of a backup, a drill, a restore, pruning and copies.
import { expect, test } from 'vitest'
import { backupReport, byHand } from '../../src/commands/backup/backup-report.ts'
import { checksumReport, uploadReport } from '../../src/commands/copies/copy-report.ts'
import { drillReport } from '../../src/commands/drill/drill-report.ts'
import { completeReport } from '../../src/commands/printed-commands/complete-commands.ts'
import { pruneReport } from '../../src/commands/prune/prune-report.ts'
import { type DrillRecord, drillFormat } from '../../src/domain/drill/drill.ts'
import { dataAge, restoreTime } from '../../src/domain/drill/objectives.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { commandText } from '../../src/domain/text/command-line.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import { restoreReport, undoReport } from '../../src/kinds/platform/restore-report.ts'
import type { BackedUp } from '../../src/operations/backup/back-up.ts'
import type { Pruned } from '../../src/operations/prune/prune.ts'
import type { Restored } from '../../src/operations/restore/restore.ts'
import type { LiveServer } from '../../src/ports/restore.ts'
import type { Cell, Report } from '../../src/report/report.ts'
import { storeKinds } from '../../src/stores/stores.ts'
import { partsOf } from '../support/report-text.ts'
import { idText, sampleEntry, sampleManifest } from '../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const manifest = sampleManifest(id)

function backedUp(more: Partial<BackedUp> = {}): BackedUp {
  return {
    manifest,
    stores: [{ address: 's3://bucket/pre fix', confirmed: 'digest' }],
    bytes: 8,
    size: { rows: 41, bytes: 8 },
    seconds: 12,
    phases: [],
    last: undefined,
    failure: undefined,
    ...more,
  }
}

const world = { kinds: backupKinds, stores: storeKinds }
const values = {
  ...{ s3Endpoint: 'http://localhost:9000', s3Region: undefined },
  ...{ tenantTable: '"Tenant"', tenantColumn: 'tenantId', tenantSchema: undefined, tenantRule: [] },
}

const code = (parts: Report) => partsOf(parts, 'code').map(({ text }) => text)
const shell = (parts: Report) =>
  partsOf(completeReport(parts, values, world), 'commands').flatMap((part) => part.commands.map(commandText))
const facts = (parts: Report) => Object.fromEntries(partsOf(parts, 'facts').flatMap(({ rows }) => rows))
const headings = (parts: Report) => partsOf(parts, 'heading').map(({ text }) => text)
const rowsOf = (part: { readonly rows: Iterable<readonly Cell[]> } | undefined) =>
  part && [...part.rows].map((row) => row.map((cell) => String(cell ?? '')))
const tableWith = (parts: Report, title: string) =>
  rowsOf(partsOf(parts, 'table').find(({ columns }) => columns.some((column) => column.title === title)))

test('a backup: what, when, where it was confirmed, its sums, and commands that can be pasted', () => {
  const parts = backupReport(backedUp(), world)
  expect(headings(parts)).toEqual([`Backup ${id}`])
  expect(facts(parts)).toMatchObject({ Snapshot: '2026-11-24T02:00:05.000Z', Rows: '41', Trigger: 'scheduled' })
  expect(tableWith(parts, 'Store')).toEqual([
    ['s3://bucket/pre fix', 'a digest that the store computed covers every byte'],
  ])
  expect(tableWith(parts, 'SHA-256')).toEqual([['database.dump.zst', '8', manifest.payloads[0]?.sha256]])
  const [hand] = code(parts)
  const where = `${id} --name shop --store 's3://bucket/pre fix' --s3-endpoint http://localhost:9000`
  expect(shell(parts)).toEqual([
    `resguardo test-restore ${where}`,
    `resguardo restore ${where} --dry-run`,
    `resguardo restore ${where} --confirm shop`,
  ])
  expect(hand?.split('\n').slice(0, 2)).toEqual([
    `aws s3 cp --recursive 's3://bucket/pre fix/shop/${id}/' .`,
    'sha256sum -c SHA256SUMS',
  ])
})

test.each([
  [41, 'none'],
  [50, '−9 (−18.0%)'],
  [20, '+21 (+105.0%)'],
  [0, '+41'],
])('41 rows against %i last time: %s', (rows, change) => {
  const last = { id: 'before', size: { rows, bytes: 20 } }
  const table = tableWith(backupReport(backedUp({ last }), world), 'Before')
  expect(table?.[0]).toEqual(['Rows', '41', String(rows), change])
})

test('a suspect backup says why, and has no tick', () => {
  const parts = backupReport(backedUp({ manifest: sampleManifest(id, { suspect: 'rows fell by 80%' }) }), world)
  expect(partsOf(parts, 'heading')).toMatchObject([{ text: `Backup ${id}`, state: 'warning' }])
  expect(JSON.stringify(partsOf(parts, 'checklist'))).toContain('rows fell by 80%')
})

test('a backup that is drilled in the same run has no command for a drill', () => {
  const [proof, drilled] = [true, false].map((prove) => shell(backupReport(backedUp(), world, prove)))
  expect(proof?.[0]).toContain('resguardo test-restore ')
  expect(drilled).toEqual(proof?.slice(1))
})

test('by hand: roles and tablespaces come before the data, where the backup has them', () => {
  const payload = {
    ...manifest.payloads[0],
    role: 'globals',
    file: 'globals.sql.zst',
  } as (typeof manifest.payloads)[number]
  const lines = code([
    byHand({ ...manifest, payloads: [...manifest.payloads, payload] }, 'file:./backups', world),
  ])[0]?.split('\n')
  expect(lines?.slice(2)).toEqual([
    '# roles and tablespaces, on a new server; "already exists" is harmless',
    "zstd -dc globals.sql.zst | grep -v '^ALTER ROLE postgres ' | psql -d postgres",
    expect.stringContaining('createdb restored'),
  ])
})

test('by hand: plain dumps go to psql, directories have no single command', () => {
  const plain = sampleManifest(id, { dump: { ...manifest.dump, format: 'plain' } })
  expect(code([byHand(plain, 'file:./backups/', world)])[0]).toBe(
    `cd ./backups/shop/${id}/\nsha256sum -c SHA256SUMS\ncreatedb restored && zstd -dc database.dump.zst | psql -d restored`,
  )
  const directory = sampleManifest(id, { dump: { ...manifest.dump, format: 'directory' } })
  expect(code([byHand(directory, 'file:./backups', world)])[0]).not.toContain('createdb')
})

const record: DrillRecord = {
  format: drillFormat,
  backup: id,
  name: 'shop',
  manifestSha256: '0'.repeat(64),
  verdict: 'proven',
  differences: [],
  checks: [],
  notes: [],
  phases: [],
  started: '2026-11-24T03:00:00.000Z',
  finished: '2026-11-24T03:01:00.000Z',
  bytes: 8,
  contentBytes: 20,
  tables: 1,
  isolation: 'root',
  rows: 41,
  scratch: 'shop on 127.0.0.1:1',
  rtoSeconds: 60,
  rtoObjectiveSeconds: 14_400,
}
const objectives = [restoreTime(60, 14_400), dataAge('2026-11-24T02:00:05Z', new Date('2026-11-26T02:00:05Z'), 86_400)]
const drilled = (more: Partial<DrillRecord>) =>
  drillReport(
    { record: { ...record, ...more }, recorded: ['file:./backups'], snapshotTaken: '2026-11-24T02:00:05Z' },
    objectives,
  )

test('a proven drill: the time to restore and the age of the data against what is allowed', () => {
  const parts = drilled({})
  expect(headings(parts)).toEqual([`Proven: ${id}`])
  expect(tableWith(parts, 'Objective')).toEqual([
    ['RTO', '4 h', '1 min to restore', 'met'],
    ['RPO', '24 h', '2 days old', 'MISSED'],
  ])
  expect(facts(parts).Compared).toBe('1 table with 41 rows, equal to the backup')
  expect(tableWith(parts, 'Differs')).toBeUndefined()
})

test('a failed drill: the table of differences, the checks, and what kept it from loading', () => {
  const parts = drilled({
    verdict: 'failed',
    problem: 'the server refuses its data',
    differences: [{ what: 'table', name: 'public.t', sentence: 'public.t: 2 rows in the backup, 1 restored' }],
    checks: [{ kind: 'sql', check: 'SELECT false', passed: false, detail: 'it gave false' }],
    notes: ['no extensions'],
  })
  expect(headings(parts)).toEqual([`Drill failed: ${id}`])
  expect(tableWith(parts, 'Differs')).toEqual([['table', 'public.t', 'public.t: 2 rows in the backup, 1 restored']])
  expect(tableWith(parts, 'Passed')).toEqual([['SELECT false', 'NO', 'it gave false']])
  expect(partsOf(parts, 'paragraph').map(({ text }) => text)).toEqual(['the server refuses its data'])
  expect(facts(parts).Note).toBe('no extensions')
})

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
const ticks = (parts: Report) => partsOf(parts, 'checklist').flatMap(({ items }) => items)

test('a restore is ticked off before, during and after, with the way back', () => {
  const parts = restoreReport(restored, server, { words: ['restore'], flags: { undo: true, confirm: 'shop' } })
  expect(headings(parts)).toEqual([`Restored ${id} into shop`, 'Before', 'During', 'After'])
  expect(ticks(parts)).toEqual([
    { text: 'Room on the disk', state: 'done' },
    { text: 'A replica. it will follow', state: 'warning' },
    { text: 'Load', state: 'done' },
    { text: 'Run: start', state: 'done' },
  ])
  expect(facts(parts)).toMatchObject({
    'Closed to connections for': '0.3 s',
    'Earlier database': 'kept as shop_before',
  })
  expect(shell(parts)).toEqual(['resguardo restore --undo --confirm shop'])
  expect(code(parts)).toEqual(['DROP DATABASE "shop_before"'])
})

test('a plan is not ticked off, and a blocked one shows it', () => {
  const plan = {
    ...restored,
    done: false,
    kept: undefined,
    steps: [{ title: 'No room', state: 'blocked' } as const, ...restored.steps],
  }
  const parts = restoreReport(plan, server, undefined)
  expect(parts[0]).toMatchObject({ text: 'Restore plan for shop: nothing was changed', state: 'blocked' })
  expect(ticks(parts).map(({ state }) => state)).toEqual(['blocked', 'done', 'warning', 'planned', 'planned'])
  expect(code(parts)).toEqual([])
})

test('a failure after the data was in its place leaves the steps afterwards in doubt', () => {
  const parts = restoreReport(
    { ...restored, failure: new Failure('restore/unhealthy', 'the health check failed') },
    server,
    undefined,
  )
  expect(parts[0]).toMatchObject({ state: 'warning' })
  expect(ticks(parts).map(({ state }) => state)).toEqual(['done', 'warning', 'done', 'warning'])
})

test('an undo tells what is lost by it', () => {
  const undone = {
    live: { name: 'shop', oid: 16500, owner: 'app' },
    kept: { name: 'shop_before', oid: 16400, owner: 'app' },
    backup: id,
    swapped: '2026-11-24T04:00:00Z',
    lost: ['3 rows of "Order"'],
    aside: undefined,
  }
  expect(headings(undoReport(undone, server, true))[0]).toContain('nothing was changed')
  expect(ticks(undoReport(undone, server, false))).toEqual([{ text: '3 rows of "Order"', state: 'warning' }])
  expect(ticks(undoReport({ ...undone, lost: [] }, server, false))).toEqual([
    { text: 'no writes were detected', state: 'done' },
  ])
})

test('pruning shows what goes before what stays, each with its reasons, and what went wrong', () => {
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
  expect(headings(parts)).toEqual(['Pruned', 'file:./backups', 's3://b'])
  expect(tableWith(parts, 'Reasons')).toEqual([
    ['remove', `shop/${old.id.text}`, '1.00 KB', 'older than 30 days'],
    ['keep', `shop/${id}`, '1.00 KB', '23 days left; last backup proven by a drill'],
  ])
  expect(ticks(parts).map(({ text, state }) => [state, text])).toEqual([
    ['warning', 'shop/x is protected by an object lock'],
    ['blocked', 'it is stuck'],
    ['blocked', 'down'],
  ])
})

test('checksum and upload name every store and every sum', () => {
  const verified = { manifest, bytes: 8, stores: [{ address: 'file:./a', files: 3, bytes: 8 }] }
  expect(tableWith(checksumReport(verified, undefined, world), 'Store')).toEqual([
    ['file:./a', '3', '8 B', 'not signed'],
  ])
  expect(tableWith(checksumReport(verified, undefined, world), 'SHA-256')).toHaveLength(1)
  const copied = { manifest, stores: [{ address: 's3://b', state: 'repaired', files: 1 } as const] }
  expect(tableWith(uploadReport(copied), 'Store')).toEqual([['s3://b', 'repaired', '1']])
})

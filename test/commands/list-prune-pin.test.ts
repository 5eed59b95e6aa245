// The commands list, prune and pin: lines, outputs and JSON document for given inputs.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/commands/command.ts'
import { pin } from '../../src/commands/copies/pin.ts'
import { list } from '../../src/commands/list/list.ts'
import { prune } from '../../src/commands/prune/prune.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { type GivenInputs, runCommand } from '../support/run-command.ts'
import { idText, putBackup } from '../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const daysAgo = (days: number) => idText(new Date(now.getTime() - days * 86_400_000), 'scheduled', days)
const make = (address = 'file:./backups') => memoryStore({ address, now: () => now })

/** Runs a command at `now` over these stores; `given` are texts by input name. */
const run = <T extends InputTable>(command: Command<T>, stores: MemoryStore[], given: GivenInputs = {}) =>
  runCommand(command, { stores, now }, given)

describe('list', () => {
  it('backups are shown in a table, newest first', async () => {
    const store = make()
    putBackup(store, daysAgo(0), { marks: ['drills/20261124T090000Z-proven.json'] })
    putBackup(store, daysAgo(3), {
      marks: ['suspect', 'pins/audit%1b-until-2026-12-31', 'drills/20261121T130000Z-failed.json'],
    })
    const { lines, outputs } = await run(list, [store])
    expect(lines.slice(1).map((line) => line.replace(/\d\.\d\d KB/, 'SIZE'))).toEqual([
      `${daysAgo(0)}   0.0 s  SIZE  scheduled  proven 3 h ago`,
      `${daysAgo(3)}  3 days  SIZE  scheduled  failed 2 days ago  SUSPECT; pinned until 2026-12-31: audit\\x1b`,
    ])
    expect(lines[0]).toMatch(/^ID +AGE +STORED +TRIGGER +PROVEN +NOTES$/)
    expect(outputs).toEqual({ count: 2, latest: daysAgo(0), 'latest-proven': daysAgo(0) })
  })
  it('the JSON document has exactly the documented fields', async () => {
    const store = make()
    putBackup(store, daysAgo(1), { marks: ['keep-until-2026-12-24', 'pins/audit'] })
    const { document } = await run(list, [store])
    expect(document).toEqual({
      backups: [
        {
          id: daysAgo(1),
          name: 'shop',
          kind: 'platform',
          trigger: 'scheduled',
          started: '2026-11-23T12:00:00.000Z',
          ageSeconds: 86_400,
          bytes: expect.any(Number),
          stores: ['file:./backups'],
          drill: null,
          suspect: false,
          signed: false,
          pins: [{ reason: 'audit', until: null }],
          keepUntil: '2026-12-24',
        },
      ],
      unfinished: [],
      problems: [],
    })
  })
  it('a proven backup with a damaged manifest is shown as damaged and is not the latest', async () => {
    const store = make()
    for (const days of [0, 1]) putBackup(store, daysAgo(days), { marks: ['drills/20261124T090000Z-proven.json'] })
    store.objects.set(`shop/${daysAgo(0)}/manifest.json`, { content: Buffer.from('{'), modified: now })
    const { lines, outputs, document } = await run(list, [store])
    expect(lines[1]).toMatch(/ damaged +DAMAGED: /)
    expect(outputs).toEqual({ count: 2, latest: daysAgo(1), 'latest-proven': daysAgo(1) })
    expect(document).toMatchObject({ backups: [{ damaged: expect.any(String) }, { drill: { verdict: 'proven' } }] })
  })
  it('an empty list names the store and shows the backup command', async () => {
    const { lines } = await run(list, [make()])
    expect(lines[0]).toBe('There are no backups yet in file:./backups.')
    expect(lines.at(-1)).toBe('  resguardo backup --store file:./backups')
  })
  it.each<[Record<string, string>, number[]]>([
    [{ backup: '20261123' }, [1]],
    [{ backup: daysAgo(3) }, [3]],
    [{ backup: 'shop' }, [0, 1, 3]],
    [{ backup: 'blog' }, []],
    [{ backup: '202611' }, [0, 1, 3]],
    [{ name: 'shop', backup: '20261124' }, [0]],
    [{ name: 'blog', backup: '20261123' }, []],
    [{ name: 'blog' }, []],
  ])('backups are filtered by %j', async (given, days) => {
    const store = make()
    for (const day of [0, 1, 3]) putBackup(store, daysAgo(day))
    const { document } = await run(list, [store], given)
    expect((document as { backups: { id: string }[] }).backups.map(({ id }) => id)).toEqual(days.map(daysAgo))
  })
  it('an unknown ID is a failure, an unknown name is not', async () => {
    const store = make()
    putBackup(store, daysAgo(1))
    expect((await run(list, [store], { backup: '2020' })).failure).toMatchObject({ code: 'backup/not-found' })
    expect((await run(list, [store], { name: 'blog' })).failure).toBeUndefined()
  })
  it('a column for signatures is shown if a backup is signed', async () => {
    const store = make()
    putBackup(store, daysAgo(0), { marks: ['manifest.json.sig'] })
    putBackup(store, daysAgo(1))
    const { lines, document } = await run(list, [store])
    const [titles = [], ...rows] = lines.map((line) => line.split(/ {2,}/))
    expect(rows.map((cells) => cells[titles.indexOf('SIGNED')])).toEqual(['yes', 'no'])
    expect(document).toMatchObject({ backups: [{ signed: true }, { signed: false }] })
  })
  it('if a store is down, the other backups are shown, and the command fails', async () => {
    const [near, far] = [make('file:./near'), make('s3://far')]
    putBackup(near, daysAgo(1))
    far.list = () => {
      throw new Failure('s3/unreachable', 'no answer from far')
    }
    const { lines, failure, document } = await run(list, [near, far])
    expect(lines[1]).toContain(daysAgo(1))
    expect(failure).toMatchObject({ code: 's3/unreachable', exitCode: 6 })
    expect(document).toMatchObject({ problems: [{ store: 's3://far', code: 's3/unreachable' }] })
  })
})

describe('prune', () => {
  it('a dry run shows the plan with reasons and removes nothing', async () => {
    const store = make()
    for (const days of [0, 1, 2, 40]) putBackup(store, daysAgo(days))
    const { lines, outputs, document } = await run(prune, [store], { 'dry-run': 'true' })
    expect(lines.join('\n')).toMatch(/remove +\S+ +\S+ KB {2}scheduled, 40 days old: past 30 days/)
    expect(lines.at(-1)).toMatch(/^Dry run: 1 backup would be removed, \S+ KB freed, 3 backups kept\.$/)
    expect(outputs).toMatchObject({ removed: 1, kept: 3 })
    expect(document).toMatchObject({
      dryRun: true,
      stores: [{ store: 'file:./backups', removed: [`shop/${daysAgo(40)}`] }],
    })
    expect(store.objects.size).toBe(12)
  })
  it('the retention inputs are applied', async () => {
    const store = make()
    for (const days of [0, 1, 2, 8, 15, 40, 70]) putBackup(store, daysAgo(days))
    const { outputs, failure } = await run(prune, [store], {
      'retention-days': '1',
      'keep-at-least': '1',
      'keep-monthly': '2',
    })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ removed: 4, kept: 3 })
    const left = [...store.objects.keys()]
      .filter((key) => key.endsWith('manifest.json'))
      .map((key) => key.split('/')[1])
    expect(left.sort().reverse()).toEqual([daysAgo(0), daysAgo(1), daysAgo(40)])
  })
  it('backups pinned during the run are shown with a warning and counted as kept', async () => {
    const store = make()
    for (const days of [0, 1, 2, 40, 50]) putBackup(store, daysAgo(days))
    const { list: listAll } = store
    store.list = (prefix, options) => {
      const late = options?.below?.find((below) => below.includes(daysAgo(50)))
      if (late !== undefined) store.objects.set(`${late}pins/audit`, { content: Buffer.from('{}'), modified: now })
      return listAll(prefix, options)
    }
    const { lines, outputs, document } = await run(prune, [store])
    expect(outputs).toMatchObject({ removed: 1, kept: 4 })
    const sentence = /^1 backup removed, \S+ KB freed, 4 backups kept, 1 of them because of a pin during the run\.$/
    expect(lines.at(-1)).toMatch(sentence)
    expect(lines).toContain(`  [warning] shop/${daysAgo(50)} is kept, because it was pinned during the run`)
    expect(document).toMatchObject({ stores: [{ removed: [`shop/${daysAgo(40)}`], spared: [`shop/${daysAgo(50)}`] }] })
  })
  it('a refusal in one store fails the command, and the other store is pruned', async () => {
    const [bad, good] = [make('file:./bad'), make('s3://good')]
    putBackup(bad, daysAgo(100), { marks: ['suspect'] })
    for (const days of [0, 1, 2, 40]) putBackup(good, daysAgo(days))
    const { outputs, failure, lines } = await run(prune, [bad, good])
    expect(failure).toMatchObject({ code: 'prune/no-good-backup-left', exitCode: 3 })
    expect(outputs).toMatchObject({ removed: 1, kept: 4 })
    expect(lines.join('\n')).toContain('[blocked] the plan would remove every backup of shop')
  })
  it.each([{ 'keep-at-least': '0' }, { 'retention-days': '-1' }, { 'keep-daily': '3x' }])(
    '%j is rejected',
    async (given) => {
      await expect(run(prune, [make()], given)).rejects.toMatchObject({ code: 'input/invalid' })
    },
  )
})

describe('pin', () => {
  const pinned = () => {
    const stores = [make('file:./near'), make('s3://far')]
    for (const store of stores) putBackup(store, daysAgo(1))
    return stores
  }
  const keys = (stores: MemoryStore[]) =>
    stores.flatMap((s) => [...s.objects.keys()].filter((k) => k.includes('/pins/')))
  it('a backup is pinned and unpinned in all stores', async () => {
    const stores = pinned()
    const { lines, outputs } = await run(pin, stores, { reason: 'before 2.0', until: '2026-12-31' })
    expect(lines).toEqual([
      `${daysAgo(1)} is pinned until 2026-12-31`,
      '  Reason  before 2.0',
      '  Stores  file:./near, s3://far',
    ])
    expect(outputs).toEqual({ 'backup-id': daysAgo(1), until: '2026-12-31' })
    expect(keys(stores)).toHaveLength(2)
    await run(pin, stores, { reason: 'before 2.0', unpin: 'true' })
    expect(keys(stores)).toEqual([])
  })
  it('the expiry date can be given as a duration from now', async () => {
    expect((await run(pin, pinned(), { reason: 'x', for: '30d' })).outputs.until).toBe('2026-12-24')
  })
  it.each([
    [{}, 'input/invalid'],
    [{ reason: 'x', until: '2026-12-31', for: '1d' }, 'input/invalid'],
    [{ reason: 'x', unpin: 'true', for: '1d' }, 'input/invalid'],
    [{ reason: 'x', until: '2026-11-23' }, 'pin/invalid-end'],
    [{ reason: 'x', for: '99999999999d' }, 'pin/invalid-end'],
    [{ reason: 'x', backup: '2020' }, 'backup/not-found'],
    [{ reason: 'x', name: 'blog' }, 'backup/not-found'],
    [{ reason: 'x', unpin: 'true' }, 'pin/not-found'],
  ])('%j fails with %s', async (given: Record<string, string>, code) => {
    const stores = pinned()
    await expect(run(pin, stores, given)).rejects.toMatchObject({ code })
    expect(keys(stores)).toEqual([])
  })
})

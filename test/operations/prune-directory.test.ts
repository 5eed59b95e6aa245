// Prune of a real directory: old partial files are removed, unrelated files stay.
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/domain/retention/retention.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import { prune } from '../../src/operations/prune/prune.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { fakeClock, recordingReporter } from '../support/fakes.ts'
import { idText } from '../support/sample-backups.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prune-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000)

function put(key: string, hours: number): string {
  const path = join(root, key)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x')
  utimesSync(path, hoursAgo(hours), hoursAgo(hours))
  return path
}

const run = (more: { name?: string; dryRun?: boolean } = {}) =>
  prune({
    kinds: backupKinds,
    stores: [openDirectoryStore(root)],
    policy: defaultPolicy,
    dryRun: false,
    ...more,
    strict: true,
    clock: fakeClock(new Date()),
    reporter: recordingReporter(),
    signal: new AbortController().signal,
  })

it('partial backups and temporary files are removed after one day, unrelated files stay', async () => {
  const old = idText(hoursAgo(50), 'manual', 1)
  const killed = idText(hoursAgo(49), 'manual', 2)
  const running = idText(hoursAgo(3), 'manual', 3)
  put(`shop/${old}/database.dump.zst`, 30)
  const part = put(`shop/${killed}/.database.dump.zst.0123456789ab.part`, 30)
  const stays = [
    put(`shop/${running}/globals.sql.zst`, 2),
    put(`shop/${running}/.database.dump.zst.0123456789ab.part`, 1),
    put('README.txt', 9000),
    put('other/.x.0123456789ab.part', 9000),
  ]
  const [result] = await run()
  expect(result).toMatchObject({
    failures: [],
    leftovers: [`shop/${killed}/database.dump.zst`],
    removed: [{ id: { text: old } }],
  })
  expect(existsSync(join(root, 'shop', old))).toBe(false)
  expect(existsSync(part)).toBe(false)
  expect(stays.map((path) => existsSync(path))).toEqual([true, true, true, true])
})

it.each([{}, { name: 'shop' }])(
  'empty backup folders are removed after one day, other folders stay: %j',
  async (which) => {
    const folder = (path: string, hours: number) => {
      mkdirSync(join(root, path), { recursive: true })
      utimesSync(join(root, path), hoursAgo(hours), hoursAgo(hours))
      return join(root, path)
    }
    put(`shop/${idText(hoursAgo(3), 'manual', 3)}/manifest.json`, 3)
    const key = `shop/${idText(hoursAgo(49), 'manual', 1)}`
    const old = folder(key, 25)
    const stays = [
      folder(`shop/${idText(hoursAgo(23), 'manual', 2)}`, 23),
      folder('shop/other', 25),
      folder('other', 25),
    ]
    expect((await run({ ...which, dryRun: true }))[0]?.leftovers).toEqual([`${key}/`])
    expect(existsSync(old)).toBe(true)
    expect((await run(which))[0]).toMatchObject({ failures: [], leftovers: [`${key}/`] })
    expect([old, ...stays].map((path) => existsSync(path))).toEqual([false, true, true, true])
  },
)

it.each([{}, { name: 'shop' }])(
  'probe files of a killed run are removed after one day, and a dry run lists them: %j',
  async (which) => {
    put(`shop/${idText(hoursAgo(3), 'manual', 3)}/manifest.json`, 3)
    const left = put('..resguardo-check.0123456789ab.part', 25)
    const former = put('.probe.0123456789ab.part', 25)
    const young = put('..resguardo-check.ba9876543210.part', 23)
    expect((await run({ ...which, dryRun: true }))[0]?.leftovers).toEqual(['.resguardo-check', '.resguardo-check'])
    expect([existsSync(left), existsSync(former), existsSync(young)]).toEqual([true, true, true])
    expect((await run(which))[0]).toMatchObject({ failures: [], leftovers: ['.resguardo-check', '.resguardo-check'] })
    expect([existsSync(left), existsSync(former), existsSync(young)]).toEqual([false, false, true])
  },
)

it('a backup is removed with all its files and its folder', async () => {
  const ids = [0, 1, 2, 40].map((days) => idText(hoursAgo(days * 24), 'scheduled', days))
  for (const id of ids)
    for (const file of ['database.dump.zst', 'SHA256SUMS', 'manifest.json', 'drills/20261124T030000Z-failed.json'])
      put(`shop/${id}/${file}`, 24 * 40)
  const failed = (await run())[0]?.failures
  // All drills failed: none is good, but the young ones are kept for their age.
  expect(failed).toEqual([])
  expect(ids.map((id) => existsSync(join(root, 'shop', id)))).toEqual([true, true, true, false])
})

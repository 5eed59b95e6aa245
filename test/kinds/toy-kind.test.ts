// A new kind of backup, added as one object in the list of kinds, works with all commands.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/real-world.ts'
import { commandLineWith } from '../support/run-in-process.ts'
import { toy } from '../support/toy-backup-kind.ts'

const commandLine = commandLineWith({ kinds: [toy] })

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('toy-kind')
  await writeFile(join(folder, 'words'), 'one two three\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const resguardo = (...words: string[]) => commandLine.resguardo(words, { BACKUP_DIR: join(folder, 'backups') })

async function json(...words: string[]) {
  const { code, out, err } = await resguardo(...words, '--json')
  expect([code, err]).toEqual([0, expect.any(String)])
  return JSON.parse(out)
}

test('backup, list, checksum, restore --dry-run, test-restore and prune work with the new kind', async () => {
  const made = await json('backup', 'toy', '--toy-file', join(folder, 'words'))
  expect(made).toMatchObject({ backup: expect.stringMatching(/Z-toy-manual-/), name: 'toy', rows: 3 })
  const listed = await json('list', '--kind', 'toy')
  expect(listed.backups).toMatchObject([{ id: made.backup, kind: 'toy' }])
  expect(await json('checksum', 'toy')).toMatchObject({ backup: made.backup })
  const plan = await resguardo('restore', 'toy', '--dry-run', '--toy-file', '/tmp/words')
  expect(plan.code).toBe(0)
  expect(plan.out).toMatch(
    /To run the restore:\n {2}resguardo restore toy \S+-toy-manual-\w+ .*--toy-file \/tmp\/words/,
  )
  expect(await json('test-restore', 'toy')).toMatchObject({ verdict: 'proven', rows: 3 })
  expect(await json('prune', '--manual-days', '0', '--keep-at-least', '1')).toMatchObject({ stores: [{ removed: [] }] })
})

test('help and input checks of the commands contain those of the new kind', async () => {
  expect((await resguardo('backup', 'toy', '--help')).out).toMatch(/Back up the words of a file[\s\S]*--toy-file PATH/)
  const { inputs } = (await commandLine.registry.backup?.load()) ?? {}
  expect(inputs?.kind?.summary).toMatch(/: platform \(.*\), redis, toy \(words of a file\) or all \(/)
  const missing = await resguardo('backup', 'toy')
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('--toy-file is missing')])
  const other = await resguardo('backup', 'toy', '--toy-file', 'x', '--schema', 'public')
  expect([other.code, other.err]).toEqual([2, expect.stringContaining('--schema needs --kind platform or all')])
})

test('a restore of its backup without the kind fails, and the error names the kind', async () => {
  const { backups } = await json('list', '--kind', 'toy')
  const refused = await resguardo(
    'restore',
    backups[0].id,
    '--dry-run',
    '--database-url',
    'postgresql://localhost/shop',
  )
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('--kind toy')])
})

import { expect, test } from 'vitest'
import { falseSuccess, reportsSuccess } from './check-success.ts'
import { type RedisChange, wrongKeys } from './checks/redis.ts'
import { completeBackups, damaged, unfinished } from './checks/stores.ts'
import { soakCommands } from './commands.ts'
import type { Observation } from './observe.ts'
import { repeatCommand, roundLines, summaryTable } from './report.ts'
import { phaseOf, type RoundResult } from './run-round.ts'
import { seededRandom } from './seeded-random.ts'

const keys = (values: Record<string, string>) => new Map(Object.entries(values))
const before = keys({ '0 kept': 'a', '0 changed': 'a', '0 gone': 'a', '0 bull:mail:1': 'a' })
const after = keys({ '0 kept': 'a', '0 changed': 'b', '0 new': 'b', '0 bull:mail:1': 'b' })

test.each<[string, RedisChange, Record<string, string | undefined>, string[]]>([
  ['nothing happened', 'nothing', {}, []],
  ['a command that changes nothing changed a key', 'nothing', { '0 changed': 'b' }, ['0 changed']],
  ['merge added a key', 'merge', { '0 new': 'b' }, []],
  ['merge changed a key that existed to something else', 'merge', { '0 kept': 'x' }, ['0 kept']],
  ['merge lost a key that existed', 'merge', { '0 kept': undefined }, ['0 kept']],
  ['merge lost a job that existed', 'merge', { '0 bull:mail:1': undefined }, ['0 bull:mail:1']],
  ['merge added half a queue', 'merge', { '0 bull:other:1': 'x' }, []],
  ['replace replaced a key', 'replace', { '0 changed': 'b' }, []],
  ['replace lost a key', 'replace', { '0 changed': undefined }, ['0 changed']],
  ['replace wrote half a value', 'replace', { '0 changed': 'x' }, ['0 changed']],
  ['replace is in the middle of a queue', 'replace', { '0 bull:mail:1': undefined }, []],
  ['flush-first removed keys', 'flush-first', { '0 kept': undefined, '0 changed': undefined }, []],
  ['flush-first wrote half a value', 'flush-first', { '0 changed': 'x' }, ['0 changed']],
  ['flush-first changed a setting', 'flush-first', { settings: 'x' }, ['settings']],
])('Redis: %s', (_, change, differs, wrong) => {
  const now = new Map(before)
  for (const [key, value] of Object.entries(differs)) value === undefined ? now.delete(key) : now.set(key, value)
  expect(wrongKeys(change, { before, after, now })).toEqual(wrong)
})

const whole = keys({
  'shop/': '',
  'shop/1/': '',
  'shop/1/manifest.json': 'a',
  'shop/1/database.dump.zst': 'a',
  'shop/1/drills/x': 'a',
})

test('a pruned backup is not damage; a backup without its dump or manifest is', () => {
  expect(damaged(whole, keys({ 'shop/': '' }), true)).toEqual([])
  expect(damaged(whole, keys({ 'shop/': '' }))).toEqual(['shop/1/manifest.json', 'shop/1/database.dump.zst'])
  expect(damaged(whole, keys({ 'shop/1/manifest.json': 'a' }), true)).toEqual(['shop/1/database.dump.zst'])
  expect(damaged(whole, keys({ 'shop/1/manifest.json': 'a' }))).toEqual(['shop/1/database.dump.zst'])
  expect(damaged(whole, keys({ 'shop/1/manifest.json': 'b', 'shop/1/database.dump.zst': 'a' }))).toEqual([
    'shop/1/manifest.json',
  ])
  expect(damaged(whole, keys({ 'shop/1/database.dump.zst': 'b' }), true)).toEqual(['shop/1/database.dump.zst'])
})

test('a backup with a manifest is complete, and all other objects are unfinished', () => {
  expect(completeBackups(whole)).toEqual(['shop/1'])
  expect(unfinished(whole)).toEqual([])
  const more = keys({
    'shop/2/': '',
    'shop/2/globals.sql.zst': '',
    'shop/1/.x.0123456789ab.part': '',
    'upload shop/3/x': '',
  })
  expect(unfinished(new Map([...whole, ...more]))).toEqual([
    'shop/2/globals.sql.zst',
    'shop/1/.x.0123456789ab.part',
    'upload shop/3/x',
  ])
})

test('the phase is the last title, without the name or number in it', () => {
  expect(phaseOf('')).toBe('Starting')
  expect(phaseOf('Examining shop on 127.0.0.1:1\n  done in 0.2 s\nLoading the backup into shop_restoring_1\n')).toBe(
    'Loading the backup into',
  )
  expect(phaseOf('Dumping to file:/x\n  a note\n')).toBe('Dumping to')
})

test('a seed repeats its round, and other seeds do not', () => {
  const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed).next)
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  const names = Array.from({ length: 400 }, (_, seed) => seededRandom(seed).pickWeighted(soakCommands).name)
  expect(new Set(names).size).toBe(soakCommands.length)
})

test('a finding is printed with the command that repeats its round, and counted in the table', () => {
  const finding = { kind: 'process', text: 'pg_dump' }
  const base = {
    command: 'backup custom',
    phase: 'Dumping to',
    kill: 'SIGKILL after 1.00 s',
    milliseconds: 1,
    seconds: undefined,
    left: [],
    findings: [],
  }
  const results: RoundResult[] = [
    { ...base, end: 'killed', left: [finding, finding], findings: [finding] },
    { ...base, end: 'finished' },
    { ...base, end: 'failed', findings: [finding] },
  ]
  const lines = results.map((result) => roundLines(result, { round: '1/2', seed: 9, only: 'backup' }).join('\n'))
  expect(lines[0]).toContain(repeatCommand({ seed: 9, only: 'backup' }))
  expect(lines[1]).toMatch(/: ok$/)
  const cells = summaryTable(results).map((row) => row.split(/ {2,}/))
  expect(cells.slice(1)).toEqual([
    ['backup custom', '(failed)', '0', '0', '-', '1'],
    ['backup custom', '(finished)', '0', '1', '-', '0'],
    ['backup custom', 'Dumping to', '1', '0', 'process 2', '1'],
  ])
})

const folderOf = (id: string) => `shop/20261124T020005Z-platform-manual-${id}`

test('success is reported by exit code 0, by a document without an error, and by results without an error', () => {
  const killed = { code: 137, stdout: '', stderr: '', milliseconds: 1, remaining: [] }
  expect(reportsSuccess({ ...killed, code: 0 }, false)).toBe(true)
  expect(reportsSuccess(killed, false)).toBe(false)
  expect(reportsSuccess({ ...killed, stdout: 'Backed up shop.\n' }, false)).toBe(true)
  expect(reportsSuccess({ ...killed, stdout: 'x\n', stderr: 'error: x\ncode: interrupted\n' }, false)).toBe(false)
  expect(reportsSuccess({ ...killed, stdout: '{"id": "x"' }, true)).toBe(false)
  expect(reportsSuccess({ ...killed, stdout: '{"id": "x"}' }, true)).toBe(true)
  expect(reportsSuccess({ ...killed, stdout: '{"error": {}}' }, true)).toBe(false)
})

test('a result without the manifest of a complete run is a false success, and other IDs are not', () => {
  const state = (directory: Map<string, string>): Observation => ({
    ...{ machine: [], server: { objects: new Set(), databases: [] }, databases: new Map([['shop', new Map()]]) },
    ...{ keys: new Map(), clients: [], directory, bucket: new Map() },
  })
  const result = (id: string, ...files: string[]) =>
    state(keys(Object.fromEntries(files.map((file) => [`${folderOf(id)}/${file}`, '']))))
  const empty = state(new Map())
  const reference = { milliseconds: 1, before: empty, after: result('7f3a9c', 'database.dump.zst', 'manifest.json') }
  expect(falseSuccess(empty, result('000001', 'database.dump.zst', 'manifest.json'), reference, {})).toEqual([])
  expect(falseSuccess(empty, result('000001', 'database.dump.zst'), reference, {})).toEqual([
    { kind: 'false success', text: expect.stringMatching(/^missing: directory: added .*manifest\.json$/) },
  ])
  expect(falseSuccess(empty, reference.after, reference, { mustFail: true })).toHaveLength(1)
})

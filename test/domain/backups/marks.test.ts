// Marks of a backup (pins, drills, keep-until dates), stored as key names.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allTenantsMark,
  drillMark,
  endOfDay,
  isOwnFile,
  keepUntilMark,
  parseMark,
  pinMark,
  suspectMark,
} from '../../../src/domain/backups/marks.ts'
import { keySegments } from '../../../src/stores/keys.ts'

describe('pins', () => {
  it.each([
    [{ reason: 'audit' }, 'pins/audit'],
    [{ reason: 'before 2.0' }, 'pins/before%202.0'],
    [{ reason: 'audit', until: endOfDay('2026-12-31') as Date }, 'pins/audit-until-2026-12-31'],
    [{ reason: 'x-until-2026-12-31' }, 'pins/x%2Duntil-2026-12-31'],
    [{ reason: '../../etc' }, 'pins/%2E.%2F..%2Fetc'],
    [{ reason: '..' }, 'pins/%2E.'],
  ])('the pin %j has the key %s', (pin, key) => {
    expect(pinMark(pin)).toBe(key)
    expect(parseMark(key)).toEqual({ mark: 'pin', pin })
  })
  it('a pin with any reason and end date has a safe key that parses to the same pin', () => {
    const hostile = [
      'a',
      '-',
      '-until-',
      '2026-12-31',
      '%',
      '%2D',
      '\\',
      '\0',
      '\n',
      '/',
      '.',
      '..',
      ' ',
      '*',
      'ü',
      '😀',
      '.part',
    ]
    const pin = fc.record(
      {
        reason: fc.string({ unit: fc.constantFrom(...hostile), minLength: 1, maxLength: 8 }),
        until: fc.constantFrom('2026-12-31', '0999-01-01'),
      },
      { requiredKeys: ['reason'] },
    )
    fc.assert(
      fc.property(pin, ({ reason, until }) => {
        fc.pre(reason.trim() !== '' && encodeURIComponent(reason).length < 150)
        const made = { reason, ...(until ? { until: endOfDay(until) as Date } : {}) }
        const mark = pinMark(made)
        expect(keySegments(`shop/x/${mark}`)).toHaveLength(4)
        expect(parseMark(mark)).toEqual({ mark: 'pin', pin: made })
      }),
    )
  })
  it.each(['', '  \n', 'x'.repeat(201), '\ud800'])('the invalid reason %j is rejected', (reason) => {
    expect(() => pinMark({ reason })).toThrow(expect.objectContaining({ code: 'pin/invalid-reason' }))
  })
  it('a pin with an invalid end date or encoding never expires', () => {
    expect(parseMark('pins/x-until-2026-02-30')).toEqual({ mark: 'pin', pin: { reason: 'x-until-2026-02-30' } })
    expect(parseMark('pins/100%')).toEqual({ mark: 'pin', pin: { reason: '100%' } })
  })
})

it('a keep-until date includes the whole day, and an invalid date is a pin without an end', () => {
  expect(keepUntilMark(new Date('2026-12-31T10:00:00Z'))).toBe('keep-until-2026-12-31')
  expect(parseMark('keep-until-2026-12-31')).toEqual({
    mark: 'keep-until',
    until: new Date('2026-12-31T23:59:59.999Z'),
  })
  expect(parseMark('keep-until-soon')).toMatchObject({ mark: 'pin' })
})

it('the key of a drill contains its time and verdict', () => {
  const drill = { time: new Date('2026-11-24T03:00:00Z'), verdict: 'proven' } as const
  expect(drillMark(drill)).toBe('drills/20261124T030000Z-proven.json')
  expect(parseMark(drillMark(drill))).toEqual({ mark: 'drill', drill })
})

it('a drill that did not take place has its own mark and does not count as a drill', () => {
  const time = new Date('2026-11-24T03:00:00Z')
  expect(drillMark({ time, verdict: 'not-drilled' })).toBe('drills/20261124T030000Z-not-drilled.json')
  expect(parseMark('drills/20261124T030000Z-not-drilled.json')).toEqual({ mark: 'not-drilled', time })
  expect(parseMark('drills/20261124T030000Z-not-proven.json')).toBeUndefined()
})

it.each([
  'manifest.json',
  'SHA256SUMS',
  'drills/x',
  'drills/x-not-drilled.json',
  'drills/20261324T030000Z-proven.json',
  'pins/',
  'suspect.txt',
])('%s is not a mark', (path) => {
  expect(parseMark(path)).toBeUndefined()
})

it('a signature is not a mark, and a pin reason that ends in .sig is not a signature', () => {
  expect(
    ['suspect.sig', 'pins/audit.sig', 'keep-until-2026-12-24.sig', 'drills/20261124T020005Z-proven.json.sig'].map(
      parseMark,
    ),
  ).toEqual(Array.from({ length: 4 }, () => undefined))
  const pin = { reason: 'contract.sig' }
  expect(parseMark(pinMark(pin))).toEqual({ mark: 'pin', pin })
})

describe('files of a backup', () => {
  const until = endOfDay('2026-12-31') as Date
  it.each([
    ...['manifest.json', 'SHA256SUMS', suspectMark, allTenantsMark, keepUntilMark(until), pinMark({ reason: 'a.sig' })],
    ...[pinMark({ reason: 'audit', until }), drillMark({ time: until, verdict: 'failed' })],
  ])('%s and its signature belong to the backup', (file) => {
    expect([file, `${file}.sig`].map(isOwnFile)).toEqual([true, true])
  })
  it.each(['evil', 'pins/', 'all-tenants2', 'suspect/x', 'x/manifest.json', '.sig'])(
    '%s does not belong to the backup',
    (file) => {
      expect(isOwnFile(file)).toBe(false)
    },
  )
})

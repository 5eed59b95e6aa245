import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Marker, readComment, withMarker, withoutMarker } from '../../../../src/engines/postgres/live/marker.ts'
import { cutToBytes, isNewDatabaseName, newDatabaseName } from '../../../../src/engines/postgres/live/names.ts'

const stamp = '20261124T020005Z'

describe('names of databases beside the live one', () => {
  test('say what they are and when', () => {
    expect(newDatabaseName('shop', 'before', stamp, new Set())).toBe('shop_before_20261124T020005Z')
  })

  test('never collide with one that is there', () => {
    const taken = new Set(['shop_before_20261124T020005Z', 'shop_before_20261124T020005Z_2'])
    expect(newDatabaseName('shop', 'before', stamp, taken)).toBe('shop_before_20261124T020005Z_3')
  })

  test('never have more than 63 bytes, and never split a character', () => {
    const live = '🛒'.repeat(15)
    const name = newDatabaseName(
      live,
      'restoring',
      stamp,
      new Set([newDatabaseName(live, 'restoring', stamp, new Set())]),
    )
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
    expect(name).toMatch(/^(🛒){6}_[0-9a-f]{8}_restoring_20261124T020005Z_2$/u)
  })

  test.each(['restoring', 'making', 'before', 'undone'] as const)(
    'of long names with the same beginning differ: %s',
    (role) => {
      const [one, two] = ['a', 'b'].map((end) => 'x'.repeat(40) + end.repeat(23)) as [string, string]
      const name = newDatabaseName(one, role, stamp, new Set())
      expect(isNewDatabaseName(name, one, role)).toBe(true)
      expect(isNewDatabaseName(name, two, role)).toBe(false)
      expect(newDatabaseName(two, role, stamp, new Set())).not.toBe(name)
    },
  )

  test('match only the live database and the role that they were created for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(3), (live, count) => {
        const taken = new Set<string>()
        for (let index = 0; index < count; index += 1) taken.add(newDatabaseName(live, 'restoring', stamp, taken))
        const name = newDatabaseName(live, 'restoring', stamp, taken)
        expect(isNewDatabaseName(name, live, 'restoring')).toBe(true)
        expect(isNewDatabaseName(name, live, 'before')).toBe(false)
        expect(isNewDatabaseName(name, `x${live}`, 'restoring')).toBe(false)
      }),
    )
    for (const name of [
      'shop_restoring_',
      'shop_restoring_20261124T020005Z_0',
      'shop_restoring_20261124T020005Z_x',
      'restoring',
    ])
      expect(isNewDatabaseName(name, 'shop', 'restoring')).toBe(false)
  })

  test('hold the longest beginning that fits, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(80), (text, bytes) => {
        const cut = cutToBytes(text, bytes)
        expect(text.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
        const next = [...text.slice(cut.length)][0]
        if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytes)
      }),
    )
  })
})

describe('the marker in a comment', () => {
  const marker: Marker = {
    role: 'before',
    database: 'shop',
    backup: 'id',
    time: '2026-11-24T02:00:05.000Z',
    xid: '812',
    replacedBy: 16400,
  }

  test.each([undefined, 'Our shop', 'lines\n\nand resguardo restore: {}', 'quotes \' " \\ 🛒', '{"a": 1}'])(
    'keeps what people wrote: %j',
    (comment) => {
      expect(readComment(withMarker(comment, marker))).toEqual({ comment, marker })
    },
  )

  test.each(['resguardo restore: {"role":"other"}', 'resguardo restore: {', 'x resguardo restore: {}', ''])(
    'is not seen in %j',
    (text) => {
      expect(readComment(text)).toEqual({ comment: text || undefined })
    },
  )

  test.each([undefined, 'It\'\'s\n\n"ours" {}'])('is not restored with the comment of a dump: %j', (comment) => {
    const statement = (text: string) => `COMMENT ON DATABASE shop IS '${text}';`
    const dumped = withMarker(comment, { ...marker, role: 'live', earlier: marker })
    expect(withoutMarker(statement(dumped))).toBe(statement(comment ?? ''))
  })

  test('carries the earlier marker of a database that was restored before, one level deep', () => {
    const earlier = { ...marker, role: 'live', replaced: 16300 } as const
    expect(readComment(withMarker('x', { ...marker, earlier })).marker?.earlier).toEqual(earlier)
    expect(readComment(withMarker('x', { ...marker, earlier: { ...earlier, earlier } })).marker).toBeUndefined()
  })

  test('is not believed with a transaction id that is no number', () => {
    const forged = withMarker(undefined, { ...marker, xid: '1; DROP TABLE x' })
    expect(readComment(forged).marker).toBeUndefined()
  })
})

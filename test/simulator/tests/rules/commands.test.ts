// Environment files, workflow commands and masks.
import { describe, expect, test } from 'vitest'
import { parsePairs } from '../../file-commands.ts'
import { Masks } from '../../masks.ts'
import { CommandReader } from '../../workflow-commands.ts'

describe('environment files', () => {
  test('take single lines and heredocs, and values with = and <<', () => {
    const text = 'a=1\nb<<END\nx=1\n\ny\nEND\nc=d<<e=f\nempty=\n'
    expect(parsePairs(text)).toEqual({ a: '1', b: 'x=1\n\ny', c: 'd<<e=f', empty: '' })
  })

  test.each([
    ['nonsense', "Invalid format 'nonsense'"],
    ['a<<END\nx\n', "Matching delimiter not found 'END'"],
    ['=x', 'Name must not be empty'],
    ['a<<', 'Name and delimiter must not be empty'],
  ])('%j cannot be read', (text, message) => {
    expect(() => parsePairs(text)).toThrow(message)
  })
})

describe('masks', () => {
  function masked(secret: string, text: string): string {
    const masks = new Masks()
    masks.add(secret)
    return masks.masked(text)
  }

  test.each([
    ['s3cr3t pass', 'x s3cr3t pass y', 'x *** y'],
    ['s3cr3t/pass', 's3cr3t%2Fpass', '***'],
    ['a"b\\c', 'json a\\"b\\\\c', 'json ***'],
    ['secret-value', Buffer.from('secret-value').toString('base64'), '***'],
    ['first line\nsecond line', 'only second line here', 'only *** here'],
    ['aa', 'aaa', '***a'],
  ])('%j in %j', (secret, text, result) => {
    expect(masked(secret, text)).toBe(result)
  })

  test('the longest secret goes first, and blanks hide nothing', () => {
    const masks = new Masks()
    for (const secret of ['abc', 'abcdef', '', '  ']) masks.add(secret)
    expect(masks.masked('abcdef abc  x')).toBe('*** ***  x')
    expect([masks.hides('x'), masks.hides('xabcx')]).toEqual([false, true])
  })
})

describe('workflow commands', () => {
  function read(...lines: string[]) {
    const result = { log: [], annotations: [] }
    const reader = new CommandReader(new Masks(), result, () => undefined)
    for (const line of lines) reader.line(line)
    return { log: reader.log, annotations: reader.annotations, refusals: reader.refusals }
  }

  test('annotations have properties, and both are unescaped', () => {
    const { annotations } = read(
      '::error file=a%2Cb.ts,line=3,title=T%3A x::50%25%0Adone',
      '  ::warning::w',
      '::notice ::n',
    )
    expect(annotations).toEqual([
      { level: 'error', message: '50%\ndone', properties: { file: 'a,b.ts', line: '3', title: 'T: x' } },
      { level: 'warning', message: 'w', properties: {} },
      { level: 'notice', message: 'n', properties: {} },
    ])
  })

  test('add-mask hides what follows', () => {
    expect(read('before word', '::add-mask::word', 'after word').log).toEqual(['before word', 'after ***'])
  })

  test('between stop-commands and its token nothing is a command', () => {
    const { log, annotations } = read('::stop-commands::tok', '::error::x', '::tok::', '::error::y')
    expect([log[0], annotations.length]).toEqual(['::error::x', 1])
  })

  test('debug lines are not shown', () => {
    expect(read('::debug::x', '::group::y').log).toEqual(['##[group]y'])
  })

  test('commands that GitHub has disabled are refused, unknown ones are text', () => {
    const { refusals, log } = read('::set-env name=A::b', '::set-output name=A::b', '::whatever::x')
    expect([refusals.length, log]).toEqual([2, ['::whatever::x']])
  })
})

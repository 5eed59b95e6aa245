// What git says of changed files, byte for byte.
import { expect, it } from 'vitest'
import { parseRawDiff } from '../../src/git/raw-diff.ts'

const sha = 'a'.repeat(40)
const line = (status: string, ...paths: string[]) => modes('100644', '100644', status, ...paths)
const modes = (before: string, after: string, status: string, ...paths: string[]) =>
  `:${before} ${after} ${sha} ${sha} ${status}\0${paths.join('\0')}\0`

it('tells added, edited, renamed, copied and deleted files apart', () => {
  const text = [
    line('A', 'a'),
    line('M', 'b'),
    line('R097', 'c', 'd'),
    line('C100', 'e', 'f'),
    line('D', 'g'),
    line('T', 'h'),
  ]
  expect(parseRawDiff(text.join(''))).toEqual([
    { change: 'added', path: 'a', sort: 'file' },
    { change: 'edited', path: 'b', sort: 'file' },
    { change: 'renamed', path: 'd', from: 'c', sort: 'file' },
    { change: 'added', path: 'f', sort: 'file' },
    { change: 'deleted', path: 'g', sort: 'file' },
    { change: 'edited', path: 'h', sort: 'file' },
  ])
})

it('knows links and submodules, also deleted ones', () => {
  const text = modes('000000', '120000', 'A', 'l') + modes('160000', '000000', 'D', 's')
  expect(parseRawDiff(text).map(({ sort }) => sort)).toEqual(['link', 'submodule'])
})

it('takes names that look like its own lines for names', () => {
  const name = `:100644 100644 ${sha} ${sha} A`
  expect(parseRawDiff(line('A', name) + line('M', 'a\nb'))).toMatchObject([{ path: name }, { path: 'a\nb' }])
})

it('of nothing is nothing', () => {
  expect(parseRawDiff('')).toEqual([])
})

it.each(['x', line('A', 'a').slice(0, -1), line('R100', 'a'), line('Q', 'a'), `${line('A', 'a')}junk\0`])(
  'refuses %j',
  (text) => {
    expect(() => parseRawDiff(text)).toThrow(expect.objectContaining({ code: 'git/unknown-output' }))
  },
)

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseStatement, type Statement, statementText } from '../../../src/domain/signatures/statement.ts'

const prefix = 'shop/20261124T020005Z-platform-scheduled-7f3a9c/'
const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
const manifest: Statement = {
  subject: { key: `${prefix}manifest.json`, sha256: one },
  marks: ['suspect', 'keep-until-2026-12-24'],
  time: '2026-11-24T02:03:11.482Z',
}
const drill: Statement = {
  subject: { key: `${prefix}drills/20261124T030000Z-proven.json`, sha256: two },
  manifest: { key: `${prefix}manifest.json`, sha256: one },
  marks: [],
  time: '2026-11-24T03:10:00.000Z',
}

describe('a signed statement', () => {
  test.each([manifest, drill])('parsing returns the statement that was written', (statement) => {
    expect(parseStatement(statementText(statement))).toEqual(statement)
  })

  test('the text has the format of sha256sum with comments', () => {
    expect(statementText(drill)).toBe(`# resguardo-signed/1
# backup: 20261124T020005Z-platform-scheduled-7f3a9c
# time: 2026-11-24T03:10:00.000Z
${two}  ${prefix}drills/20261124T030000Z-proven.json
${one}  ${prefix}manifest.json
`)
  })

  test.each([
    ['another heading', (text: string) => text.replace('/1', '/2')],
    ['another backup', (text: string) => text.replace('# backup: 2026', '# backup: 2025')],
    ['a time in another form', (text: string) => text.replace('.482Z', 'Z')],
    ['no time', (text: string) => text.replace(/# time.*\n/, '')],
    ['an unknown mark', (text: string) => text.replace('suspect', 'trusted')],
    ['a third digest', (text: string) => `${text}${one}  ${prefix}SHA256SUMS\n${one}  ${prefix}other\n`],
    ['an additional comment', (text: string) => `${text}# more\n`],
    ['no newline at the end', (text: string) => text.trimEnd()],
    ['a key outside of a backup', (text: string) => text.replace(prefix, 'elsewhere/')],
    ['a digest in upper case', (text: string) => text.replace(one, 'A'.repeat(64))],
    ['another line ending', (text: string) => text.replaceAll('\n', '\r\n')],
  ])('a text with %s is not a statement', (_, change) => {
    expect(parseStatement(change(statementText(manifest)))).toBeUndefined()
  })

  test('a text with a changed character is rejected unless it is the text of another statement', () => {
    const text = statementText(manifest)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        const found = parseStatement(changed)
        if (found) expect(statementText(found)).toBe(changed)
      }),
    )
  })
})

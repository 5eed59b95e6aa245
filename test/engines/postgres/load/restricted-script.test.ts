import { describe, expect, test } from 'vitest'
import { allButEnd } from '../../../../src/engines/postgres/load/all-but-end.ts'
import {
  missingRestriction,
  restrict,
  withoutOwnRestriction,
} from '../../../../src/engines/postgres/load/restricted-script.ts'

const tools = (version: string) => ({ version, major: Number.parseInt(version, 10), folder: '/none', server: false })

async function* inPieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function stripped(text: string, length = 7): Promise<string> {
  return Buffer.concat(await Array.fromAsync(withoutOwnRestriction(inPieces(text, length)))).toString()
}

describe('psql without the restricted mode', () => {
  test.each([
    ['15.13', '15.14'],
    ['16.9', '16.10'],
    ['17.5', '17.6'],
    ['14.18', '14.19'],
    ['13.21', '13.22'],
    ['12.22', '13.22, 14.19, 15.14, 16.10 or 17.6'],
  ])('%s is refused, and the hint names %s', (version, needed) => {
    expect(missingRestriction(tools(version))).toContain(needed)
    expect(() => restrict(tools(version))).toThrow(expect.objectContaining({ code: 'restore/psql-too-old' }))
  })

  test.each(['13.22', '14.19', '15.14', '15.18', '16.10', '17.6', '18.0', '19beta1'])('%s has it', (version) => {
    expect(restrict(tools(version))).toMatch(/^\\restrict [0-9a-f]{64}\n$/)
  })

  test('each script gets another key', () => {
    expect(restrict(tools('15.18'))).not.toBe(restrict(tools('15.18')))
  })
})

describe('a script’s own pair', () => {
  const head = '--\n-- PostgreSQL database dump\n--\n\n'
  const tail = '--\n-- PostgreSQL database dump complete\n--\n\n'

  test.each([1, 7, 4095, 4096, 100_000])('goes, and nothing else, in pieces of %i bytes', async (length) => {
    for (const body of ['SELECT 1;\n', 'x'.repeat(3_000), 'SELECT 2;\n'.repeat(2_000)]) {
      const script = `${head}\\restrict aB3\n\n${body}\n${tail}\\unrestrict aB3\n\n`
      expect(await stripped(script, length)).toBe(`${head}\n${body}\n${tail}\n`)
    }
  })

  test('a setting that servers before 17 do not know is set only where it exists', async () => {
    const settings = 'SET statement_timeout = 0;\nSET lock_timeout = 0;\n'
    const script = (line: string) =>
      `${head}BEGIN;\n\n-- Dumped by 17\n\n${settings}${line}SET row_security = off;\n${tail}`
    const said = await stripped(script('SET transaction_timeout = 0;\n'), 4096)
    const set =
      "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) "
    expect(said).toBe(script(`${set}'transaction_timeout';\n`))
    const data = `${settings}COPY t FROM stdin;\nSET transaction_timeout = 0;\n\\.\n`
    expect(await stripped(data)).toBe(data)
  })

  test('comments may follow it', async () => {
    expect(await stripped(`\\restrict k\nSELECT 1;\n\\unrestrict k\n\n${tail}`)).toBe(`SELECT 1;\n\n${tail}`)
  })

  test.each([
    ['a script without one', `${head}SELECT 1;\n${tail}`],
    ['one behind a statement', `SELECT 1;\n\\restrict k\nSELECT 2;\n\\unrestrict k\n`],
    ['only the end', `${head}SELECT 1;\n\\unrestrict k\n`],
    ['a command in place of a key', `${head}\\restrict k \\! id\nSELECT 1;\n`],
    ['an empty script', ''],
  ])('%s stays as it is', async (_, script) => {
    expect(await stripped(script)).toBe(script)
  })

  test('the end of another key stays', async () => {
    expect(await stripped('\\restrict k\nSELECT 1;\n\\unrestrict j\n')).toBe('SELECT 1;\n\\unrestrict j\n')
  })

  test('data that looks like it stays', async () => {
    const data = 'COPY t FROM stdin;\n\\restrict k\n\\unrestrict k\n\\.\n'
    expect(await stripped(`${head}\\restrict k\n${data}${tail}\\unrestrict k\n`)).toBe(`${head}${data}${tail}`)
  })
})

test.each([1, 2, 3, 5, 50])('all but the last bytes pass, in pieces of %i', async (length) => {
  for (const text of ['', 'ab', 'abc', 'abcd', 'abcdefghijkl']) {
    const passing = allButEnd(inPieces(text, length), 3)
    let passed = ''
    for (;;) {
      const { value, done } = await passing.next()
      if (done) {
        expect([passed, value.toString()]).toEqual([text.slice(0, -3), text.slice(-3)])
        break
      }
      passed += Buffer.from(value).toString()
    }
  }
})

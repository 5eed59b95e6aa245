// Terminal output
// A name or message from a database, store or pull request sends control sequences to the operator's terminal.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { paragraph } from '../../src/report/report.ts'
import { run as runSample, sampleCommand } from '../hosts/cli/fake-host.ts'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

/** Sets a title, clears the line, goes back to its start, turns text around, hides text, starts a line of its own. */
const hostile = 'a\u001b]0;PWNED\u0007\u001b[2Kerased\r\u009b31m\u202e\u3164\u{e0171}x\nProven: all is well\u2028b'
/** Everything but the end of a line that a terminal may act upon. */
const obeyed = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]|\u3164|\u{e0171}/u

/** Nothing to obey, and no line that the name started. */
function expectHarmless(text: string): void {
  expect(text).not.toBe('')
  for (const line of text.split('\n')) expect(line).not.toMatch(obeyed)
  expect(text).not.toMatch(/^\s*Proven: all is well/m)
}

describe('names in a database', () => {
  let server: TestPostgres
  let url: string
  let store: string
  const table = `public.${pg.escapeIdentifier(hostile.slice(0, 40))}`

  beforeAll(async () => {
    server = await startPostgres()
    store = `file:${await openFolder('output-terminal')}`
    url = await server.createDatabase('shop')
    await server.query('shop', `CREATE TABLE ${table} (id int); INSERT INTO ${table} VALUES (1)`)
    await server.query('shop', `CREATE POLICY p ON ${table} USING (true); COMMENT ON TABLE ${table} IS '${hostile}'`)
  })
  afterAll(() => server?.stop())

  const cli = (...words: string[]) => resguardo(words, { DATABASE_URL: url })

  test('control characters in a table name are escaped in the output of backup, list, drill and restore', async () => {
    for (const words of [
      ['backup', '--store', store],
      ['backup', '--json', '--store', store],
      ['list', '--store', store],
      ['tenants', 'plan'],
      ['test-restore', '--store', store],
      ['restore', '--dry-run', '--table', hostile.slice(0, 40), '--store', store],
      ['restore', '--dry-run', '--json', '--store', store],
    ]) {
      const { stdout, stderr } = await cli(...words)
      expectHarmless(stdout + stderr)
      if (words.includes('--json')) JSON.parse(stdout)
    }
  })

  test('control characters in the name of a locked table are escaped in the error message', async () => {
    const client = new pg.Client(url)
    await client.connect()
    try {
      await client.query(`BEGIN; LOCK TABLE ${table}`)
      const { code, stderr } = await cli('backup', '--lock-timeout', '1s', '--store', store)
      expect(code).not.toBe(0)
      expect(stderr).toContain('\\x1b]0;PWNED')
      expectHarmless(stderr)
    } finally {
      await client.end()
    }
  })
})

describe('output of any command', () => {
  const said = {
    note: sampleCommand(async (_, { reporter }) => {
      reporter.note(hostile)
      reporter.warn(hostile)
      reporter.progress({ what: hostile, bytes: 1 })
      await reporter.phase(hostile, async () => {})
      return { outputs: {}, report: [paragraph(hostile)], document: { [hostile]: hostile } }
    }),
    failure: sampleCommand(() => {
      const cause = new Error(hostile)
      throw new Failure('disk/full', hostile, { hint: hostile, details: [hostile], cause })
    }),
  }

  test.each(Object.entries(said))(
    'control characters in a message are escaped before they reach the terminal: %s',
    async (_, sample) => {
      for (const more of [[], ['--json'], ['--debug']]) {
        const { out, err } = await runSample(['sample', ...more], sample)
        expectHarmless(out + err)
        if (more.includes('--json'))
          expect(JSON.stringify(JSON.parse(out))).toContain(JSON.stringify(hostile).slice(1, -1))
      }
    },
  )

  test('lines of a stack trace cannot imitate the hint or code lines of an error', async () => {
    const failing = sampleCommand(() => {
      throw new Failure('disk/full', 'disk is full', { cause: new Error('x\nhint: all is well\ncode: none') })
    })
    const { err } = await runSample(['sample', '--debug'], failing)
    expect(err).toContain('all is well')
    expect(err).not.toMatch(/^(hint|code: none)/m)
  })
})

test('no module outside of src/hosts writes to the terminal', async () => {
  const root = join(import.meta.dirname, '../../src')
  const files = (await readdir(root, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('hosts/'),
  )
  const writers: string[] = []
  for (const name of files) {
    const text = await readFile(join(root, name), 'utf8')
    if (/process\.std(out|err)\b|console\.\w+\(/.test(text)) writers.push(name)
  }
  // The first is a program of its own inside the sandbox; the second says a fixed sentence before there is a host.
  expect(writers.filter((name) => !name.startsWith('sandbox/') && name !== 'main/new-node.ts')).toEqual([])
})

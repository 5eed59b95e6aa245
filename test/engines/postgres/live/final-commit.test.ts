import { describe, expect, test } from 'vitest'
import { withoutFinalCommit } from '../../../../src/engines/postgres/live/final-commit.ts'

async function through(script: string, size: number): Promise<string> {
  const bytes = Buffer.from(script)
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const out = []
  for await (const chunk of withoutFinalCommit(chunks())) out.push(chunk)
  return Buffer.concat(out).toString()
}

const body = `BEGIN;\n\nCOPY t FROM stdin;\nCOMMIT;\n\\.\n\n${'-- é 🐘\n'.repeat(2000)}CREATE PROCEDURE p() AS $$\nCOMMIT;\n$$;\n\n`
const endings = {
  'an older pg_restore': '--\n-- PostgreSQL database dump complete\n--\n\n',
  'one that restricts psql': '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict aXfnW5\n\n',
}

describe('the final COMMIT, and it alone, is taken off the script of', () => {
  test.each(Object.entries(endings))('%s', async (_, ending) => {
    for (const size of [1, 7, 4096, 1 << 20]) {
      expect(await through(`${body}COMMIT;\n\n${ending}`, size)).toBe(`${body}${ending}`)
    }
  })
})

test.each([
  ['that was cut before it', body],
  ['that goes on after it', `${body}COMMIT;\n\nDROP TABLE t;\n`],
  ['that is empty', ''],
])('a script %s is refused', async (_, script) => {
  await expect(through(script, 1000)).rejects.toMatchObject({ code: 'restore/not-committed' })
})

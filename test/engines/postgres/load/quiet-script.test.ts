import { describe, expect, test } from 'vitest'
import { deferRefreshes } from '../../../../src/engines/postgres/load/deferred-script.ts'

interface Quieted {
  readonly text: string
  readonly refreshes: number
}

/** The script passed on in chunks of so many bytes; what is random in it left out. */
async function quiet(script: string, chunkBytes: number): Promise<Quieted> {
  const bytes = Buffer.from(script)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  const out: Uint8Array[] = []
  let refreshes = 0
  for await (const chunk of deferRefreshes(chunks(), () => {
    refreshes += 1
  }))
    out.push(chunk)
  return {
    text: Buffer.concat(out)
      .toString()
      .replaceAll(/\$resguardo_\w+\$/g, '$tag$'),
    refreshes,
  }
}

const sizes = [1, 2, 3, 7, 64, 1 << 20]
const view = 'REFRESH MATERIALIZED VIEW public.v;\n'

describe('statements that are data or text pass as they are', () => {
  const cases: [string, string][] = [
    ['rows', `COPY public.t (a) FROM stdin;\n${view}CREATE EVENT TRIGGER x;\n\\\\.\n\\.\n\n`],
    ['no rows', `COPY public.t (a) FROM stdin;\n\\.\nCOPY public.u (a) FROM stdin;\n${view}\\.\n`],
    ['a table whose name is a statement', `COPY public."a\n${view} FROM stdin;\n" (a) FROM stdin;\n${view}\\.\n`],
    ['the body of a function', `CREATE FUNCTION f() RETURNS void LANGUAGE sql\n    AS $_$\n${view}$$;\n${view}$_$;\n`],
    ['a literal', `COMMENT ON TABLE public.t IS 'it''s;\n${view}';\n`],
    ['a literal with escapes', `COMMENT ON TABLE public.t IS E'a\\\\ \\';\n${view}''\n${view}';\n`],
    ['an identifier', `ALTER TABLE public."x;\n${view}" OWNER TO app;\n`],
    ['a comment', `--\n-- Name: it's; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: -\n-- ${view}\nSELECT 1;\n`],
    ['a body that is not quoted', 'CREATE FUNCTION f() RETURNS int\n    BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;\n'],
    ['no newline at the end', 'SELECT 1'],
    ['multibyte text', `COMMENT ON TABLE public."🐘" IS 'ü';\nCOPY public."🐘" (a) FROM stdin;\nü🐘\n\\.\n`],
  ]
  test.each(cases)('%s', async (_, script) => {
    for (const size of sizes) expect(await quiet(script, size)).toEqual({ text: script, refreshes: 0 })
  })
})

test('a view is refreshed only if no foreign table is read, and event triggers come last', async () => {
  const before = `COPY public.t (a) FROM stdin;\n\\.\nCOPY public.u (a) FROM stdin;\n1\n\\.\n`
  const trigger =
    'CREATE EVENT TRIGGER e ON sql_drop\n   EXECUTE FUNCTION public.f();\nALTER EVENT TRIGGER e ENABLE ALWAYS;\n' +
    `COMMENT ON EVENT TRIGGER e IS 'x;\ny';\n`
  const name = '"o;\n""d\'d".v'
  const script = `${before}${trigger}\nREFRESH MATERIALIZED VIEW ${name};\n\nSELECT 1;\n`
  for (const size of sizes) {
    const { text, refreshes } = await quiet(script, size)
    expect(refreshes).toBe(1)
    expect(text.startsWith(`${before}\nDO $tag$ BEGIN`)).toBe(true)
    expect(text).toMatch(/restrict_nonsystem_relation_kind';\n {2}REFRESH MATERIALIZED VIEW "o;\n""d'd"\.v;\nEXCEPTION/)
    expect(text.endsWith(`END $tag$;\n\nSELECT 1;\n\n${trigger}`)).toBe(true)
  }
})

import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { analyze } from '../../../../src/engines/postgres/live/analyze.ts'

interface Relation {
  readonly name: string
  readonly readsForeign: boolean
}

/** A session with these tables that refuses statements by these rules. */
function session(relations: readonly Relation[], refuse: (sql: string) => string | undefined = () => undefined) {
  const ran: string[] = []
  const query = async (sql: string) => {
    if (!sql.startsWith('ANALYZE')) return { rows: relations }
    ran.push(sql)
    const code = refuse(sql)
    if (code !== undefined) throw Object.assign(new Error(`refused with ${code}`), { code })
    return { rows: [] }
  }
  return { ran, client: { query } as unknown as pg.ClientBase }
}

const tables = (count: number): Relation[] =>
  Array.from({ length: count }, (_, at) => ({ name: `public.t${at}`, readsForeign: false }))
const parent = { name: 'public.parent', readsForeign: true }

describe('statistics', () => {
  test('are gathered in one statement', async () => {
    const { ran, client } = session(tables(3))
    expect([await analyze(client), ran]).toEqual([[], ['ANALYZE']])
  })

  test('are not gathered of tables with foreign tables below them, which are named', async () => {
    const { ran, client } = session([...tables(2), parent])
    const notes = await analyze(client)
    expect(ran).toEqual(['ANALYZE public.t0, public.t1'])
    expect(notes).toEqual([expect.stringContaining('public.parent')])
  })

  test('are gathered table by table if one fails, and the first ten that fail are named', async () => {
    const { ran, client } = session([...tables(13), parent], (sql) => (sql.includes('public.t1') ? '42883' : undefined))
    const [foreign, failed] = await analyze(client)
    expect(ran).toHaveLength(14)
    expect(foreign).toContain('public.parent')
    expect(failed).toMatch(/of public\.t1, public\.t10, public\.t11, public\.t12: refused with 42883/)
    const all = await analyze(session(tables(13), () => '42883').client)
    expect(all.join()).toContain('public.t9 and 3 more')
  })

  test.each(['57014', '57P01', '08006'])(
    'fail if the connection is lost or the statement is canceled: %s',
    async (code) => {
      await expect(analyze(session(tables(1), () => code).client)).rejects.toMatchObject({ code })
    },
  )

  test('of nothing but parents of foreign tables run nothing', async () => {
    const { ran, client } = session([parent])
    expect(await analyze(client)).toHaveLength(1)
    expect(ran).toEqual([])
  })
})

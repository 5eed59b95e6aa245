// Random tables, foreign keys and rows of tenants, and a model that determines each row's owner, row by row.
import { type MappedTable, nameOf, type TableShape, type TenantMap } from '../../src/domain/tenants/map.ts'
import type { RowOwners } from './tenant-owners.ts'

type Row = Readonly<Record<string, string | null>>

/** Table -> id -> columns. */
type ModelRows = ReadonlyMap<string, ReadonlyMap<string, Row>>

const tableCount = 7
const rowCount = 9

/**
 * Returns SQL and the rows that it creates, the same for the same seed. Every table has a key `id`; `tenantId` and
 * other columns vary.
 */
export function randomTenants(seed: number): { sql: string; rows: ModelRows } {
  let state = seed * 7919 + 17
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const ids = ['a', 'b', 'c']
  const statements = [
    'SET session_replication_role = replica',
    `CREATE TABLE "Tenant" (id text PRIMARY KEY)`,
    `INSERT INTO "Tenant" VALUES ${ids.map((id) => `('${id}')`).join(', ')}`,
  ]
  const keys: string[] = []
  const rows = new Map([['public.Tenant', new Map(ids.map((id) => [id, { id } as Row]))]])
  for (let at = 0; at < tableCount; at += 1) {
    const tenant = draw(3) === 0
    const links = Array.from({ length: draw(4) }, () => ({ target: draw(tableCount + 1) - 1, notNull: draw(3) === 0 }))
    const columns = [
      'id int PRIMARY KEY',
      ...(tenant ? [`"tenantId" text${draw(2) === 0 ? ' NOT NULL' : ''}`] : []),
      ...links.map(
        ({ target, notNull }, link) => `k${link} ${target < 0 ? 'text' : 'int'}${notNull ? ' NOT NULL' : ''}`,
      ),
    ]
    statements.push(`CREATE TABLE "T${at}" (${columns.join(', ')})`)
    for (const [link, { target }] of links.entries()) {
      keys.push(
        `ALTER TABLE "T${at}" ADD FOREIGN KEY (k${link}) REFERENCES ${target < 0 ? '"Tenant"' : `"T${target}"`}`,
      )
    }
    const mine = new Map<string, Row>()
    for (let id = 1; id <= rowCount; id += 1) {
      const row: Record<string, string | null> = { id: String(id) }
      if (tenant) row.tenantId = columns[1]?.endsWith('NOT NULL') || draw(3) > 0 ? (ids[draw(3)] ?? null) : null
      for (const [link, { target, notNull }] of links.entries()) {
        const value = target < 0 ? (ids[draw(3)] ?? null) : String(1 + draw(rowCount))
        row[`k${link}`] = notNull || draw(3) > 0 ? value : null
      }
      mine.set(String(id), row)
      const values = Object.values(row).map((value) => (value === null ? 'NULL' : `'${value}'`))
      statements.push(`INSERT INTO "T${at}" VALUES (${values.join(', ')})`)
    }
    rows.set(`public.T${at}`, mine)
  }
  return { sql: [...statements, ...keys].join(';\n'), rows }
}

/** The owner of each row: null if there is none, `mark` if paths disagree. */
export function modelOwners(map: TenantMap, rows: ModelRows, mark: string): RowOwners {
  const tables = new Map(map.tables.map((table) => [nameOf(table), table]))
  const rowOf = (target: Pick<TableShape, 'schema' | 'table'>, id: string | null): Row | undefined =>
    id === null ? undefined : rows.get(nameOf(target))?.get(id)

  const owner = (table: MappedTable, row: Row): string | null => {
    const { ownership } = table
    const found = base(table, row)
    if (found !== null || ownership.kind !== 'paths') return found
    const seen = new Set([row])
    const keys = new Set<string>()
    for (const at of seen) {
      for (const { columns } of ownership.self) {
        const above = rowOf(table, at[columns[0] ?? ''] ?? null)
        const key = above && base(table, above)
        if (key) keys.add(key)
        else if (above) seen.add(above)
      }
    }
    return keys.size > 1 ? mark : ([...keys][0] ?? null)
  }

  const base = (table: MappedTable, row: Row): string | null => {
    const { ownership } = table
    if (ownership.kind === 'tenant' || ownership.kind === 'column') return row[ownership.column] ?? null
    if (ownership.kind !== 'paths') return null
    const keys = ownership.paths.map(({ foreignKey: { target, columns } }) => {
      const parent = tables.get(nameOf(target))
      const above = rowOf(target, row[columns[0] ?? ''] ?? null)
      return parent && above ? owner(parent, above) : null
    })
    const said = new Set(keys.filter((key) => key !== null))
    return said.size > 1 ? mark : ([...said][0] ?? null)
  }

  const owned = map.tables.filter(({ ownership: { kind } }) => ['tenant', 'column', 'paths'].includes(kind))
  return Object.fromEntries(
    owned.map((table) => {
      const all = [...(rows.get(nameOf(table)) ?? [])]
      return [nameOf(table), Object.fromEntries(all.map(([id, row]) => [id, owner(table, row)]))]
    }),
  )
}

/** SQL of tables `T0`, `T1` and so on, each of which refers twice to the one before it, and `T0` to `Tenant`. */
export function stepsOfTables(count: number): string {
  const steps = Array.from({ length: count }, (_, at) => {
    const before = at === 0 ? '"Tenant"' : `"T${at - 1}"`
    const type = at === 0 ? 'text' : 'int'
    const value = at === 0 ? "'a'" : '1'
    return `CREATE TABLE "T${at}" (id int PRIMARY KEY, x ${type} REFERENCES ${before}, y ${type} REFERENCES ${before});
      INSERT INTO "T${at}" VALUES (1, ${value}, ${value}), (2, NULL, NULL);`
  })
  return steps.join('\n')
}

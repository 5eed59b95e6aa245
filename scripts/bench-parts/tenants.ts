// Tenants: all of them beside one COPY of the same tables into gzip; few beside many; one out and back in beside bare SQL.
import { join } from 'node:path'
import pg from 'pg'
import { makeSamplePlatform } from '../sample-platform.ts'
import { type Bench, interleave, type Measured, median, type Part, pipeline, resguardo, table, withServer } from './measure.ts'

/** In order of import. */
const tables = ['Tenant', 'User', 'Product', 'Customer', 'Invoice', 'InvoiceLine', 'AuditLog', 'Attachment']

interface Timed extends Measured {
  /** Of one phase of the work, without starting up. */
  readonly work?: number
}

export const benchTenants: Part = ({ root, rounds, megabytes }) =>
  withServer(async (bench) => {
    const few = await platform(bench, 'few', megabytes, 20)
    const many = await platform(bench, 'many', megabytes, 2000)
    let runs = 0
    const ours = async (url: string, tenant: string, level = '1'): Promise<Timed> => {
      // Removed with everything else: a file system that clears away thousands of files slows the next run.
      const target = join(bench.folder, `backups-${runs++}`)
      const flags = ['--kind', 'tenant', '--tenant', tenant, '--zip-level', level, '--name', 'bench', '--backup-dir', target]
      const done = await resguardo(root, ['backup', '--json', ...flags], { DATABASE_URL: url })
      return { ...done, work: phaseOf(done.stdout, 'dump') }
    }
    const copyAll = tables
      .map((name) => `psql -qXAt "$URL" -c 'COPY (SELECT ${columns(name)} FROM "${name}") TO STDOUT (FORMAT csv)'`)
      .join('; ')
    const out = await interleave<Timed>(rounds, {
      copy: () => pipeline(`{ ${copyAll}; } | gzip -1 > "$OUT"`, { URL: few, OUT: join(bench.folder, 'rival') }),
      few: () => ours(few, 'all'),
      many: () => ours(many, 'all'),
    })
    const [copy, all, thousands] = ['copy', 'few', 'many'].map((name) => seconds(out, name)) as [number, number, number]
    const one = await oneTenant(bench, root, rounds, megabytes, ours)
    return table(
      ['what', 'seconds', 'ratio', 'bar', 'peak MB'],
      [
        ['one `COPY … CSV` of the same tables `\\| gzip -1`', copy.toFixed(1), '1', '', ''],
        [
          '`backup --kind tenant --tenant all --zip-level 1`, 20 tenants',
          all.toFixed(1),
          (all / copy).toFixed(2),
          '≤ 2',
          peak(out, 'few'),
        ],
        [
          'the same rows, 2,000 tenants',
          thousands.toFixed(1),
          `${(thousands / all).toFixed(2)} of 20 tenants`,
          '≤ 1.25',
          peak(out, 'many'),
        ],
        ...one,
      ],
    )
  })

type Ours = (url: string, tenant: string, level?: string) => Promise<Timed>

async function oneTenant(bench: Bench, root: string, rounds: number, megabytes: number, ours: Ours): Promise<string[][]> {
  const url = await platform(bench, 'two_hundred', megabytes, 200)
  const [tenant = ''] = await query(url, 'SELECT "tenantId" FROM "Invoice" GROUP BY 1 ORDER BY count(*) DESC LIMIT 1')
  const target = join(bench.folder, 'one')
  const invoices = `SELECT id FROM "Invoice" WHERE "tenantId" = '${tenant}'`
  const where = (name: string): string =>
    name === 'Tenant'
      ? `id = '${tenant}'`
      : /Line|Attach/.test(name)
        ? `"invoiceId" IN (${invoices})`
        : `"tenantId" = '${tenant}'`
  const csv = (name: string): string => join(bench.folder, `${name}.csv`)
  const bareOut = tables.map(
    (name) => `\\copy (SELECT ${columns(name)} FROM "${name}" WHERE ${where(name)}) TO '${csv(name)}' CSV`,
  )
  const remove = [...tables].reverse().map((name) => `DELETE FROM "${name}" WHERE ${where(name)};`)
  const bareIn = tables.map((name) => `\\copy "${name}" (${columns(name)}) FROM '${csv(name)}' CSV`)
  const psql = (lines: readonly string[]): Promise<Timed> =>
    pipeline('printf "%s\\n" "$SCRIPT" | psql -qX -v ON_ERROR_STOP=1 "$URL"', { URL: url, SCRIPT: lines.join('\n') })
  await resguardo(root, ['backup', '--kind', 'tenant', '--tenant', tenant, '--name', 'bench', '--backup-dir', target], {
    DATABASE_URL: url,
  })
  const out = await interleave<Timed>(rounds, {
    bareOut: () => psql(bareOut),
    zipped: () =>
      pipeline('printf "%s\\n" "$SCRIPT" | psql -qX -v ON_ERROR_STOP=1 "$URL" | gzip -1 > "$OUT"', {
        URL: url,
        OUT: join(bench.folder, 'rival'),
        SCRIPT: bareOut.map((line) => line.replace(/TO '.*' CSV/, 'TO STDOUT CSV')).join('\n'),
      }),
    out: () => ours(url, tenant),
  })
  // Afterwards: what an import leaves to be written to disk slows whoever syncs a file meanwhile, which bare queries do not.
  const back = await interleave<Timed>(rounds, {
    bareIn: async () => {
      await psql(remove)
      return psql(['BEGIN;', ...bareIn, 'COMMIT;'])
    },
    in: async () => {
      await psql(remove)
      const flags = [
        '--kind',
        'tenant',
        '--tenant',
        tenant,
        '--name',
        'bench',
        '--backup-dir',
        target,
        '--confirm',
        'two_hundred',
      ]
      return resguardo(root, ['restore', ...flags, '--json'], { DATABASE_URL: url })
    },
  })
  const results = new Map([...out, ...back])
  const [bareOutSeconds, zippedSeconds, outSeconds, bareInSeconds, inSeconds] = ['bareOut', 'zipped', 'out', 'bareIn', 'in'].map(
    (name) => seconds(results, name),
  ) as [number, number, number, number, number]
  const work = median((results.get('out') ?? []).map((timed) => timed.work ?? 0))
  return [
    ['one tenant of 200 (the largest): bare indexed queries', bareOutSeconds.toFixed(2), '1', '', ''],
    ['the same into `gzip -1`', zippedSeconds.toFixed(2), (zippedSeconds / bareOutSeconds).toFixed(2), '', ''],
    [
      '`backup --kind tenant --tenant ID`, its rows out and zipped',
      work.toFixed(2),
      (work / bareOutSeconds).toFixed(2),
      '≤ 1.3',
      '',
    ],
    [
      'the same, from start to confirmed',
      outSeconds.toFixed(2),
      (outSeconds / bareOutSeconds).toFixed(2),
      '',
      peak(results, 'out'),
    ],
    ['its import: bare `COPY FROM` in a transaction', bareInSeconds.toFixed(2), '1', '', ''],
    [
      '`restore --kind tenant`, all of it',
      inSeconds.toFixed(2),
      (inSeconds / bareInSeconds).toFixed(2),
      '≤ 1.3',
      peak(results, 'in'),
    ],
  ]
}

/** Those that are not computed. */
function columns(name: string): string {
  const list: Record<string, string> = {
    Product: 'id, "tenantId", sku, name, price, tags, attributes, thumbnail',
    InvoiceLine: 'id, "invoiceId", "productId", quantity, "unitPrice", description, weight',
    Tenant: 'id, name, slug, plan, settings, "createdAt"',
    User: 'id, "tenantId", email, name, "passwordHash", roles, "lastLogin"',
    Customer: 'id, "tenantId", name, email, phone, address, born',
    Invoice: 'id, "tenantId", "customerId", number, status, total, "issuedAt", "updatedAt", note',
    AuditLog: 'id, "tenantId", at, action, detail',
    Attachment: 'id, "invoiceId", name, object',
  }
  return list[name] ?? '*'
}

/** A sample platform with the indexes that a database asked by tenant has. */
async function platform({ empty }: Bench, name: string, megabytes: number, tenants: number): Promise<string> {
  const url = await empty(name)
  console.error(`filling a sample platform of ${megabytes} MB with ${tenants} tenants`)
  await makeSamplePlatform(url, { megabytes, tenants })
  for (const indexed of ['Product', 'Customer', 'Invoice', 'AuditLog'])
    await query(url, `CREATE INDEX ON "${indexed}" ("tenantId")`)
  await query(url, 'CREATE INDEX ON "InvoiceLine" ("productId")')
  await query(url, 'CREATE INDEX ON "Invoice" ("customerId")')
  await query(url, 'CREATE INDEX ON "Attachment" ("invoiceId")')
  await query(url, 'VACUUM ANALYZE')
  return url
}

async function query(url: string, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, string>>(sql)
    return rows.map((row) => Object.values(row)[0] ?? '')
  } finally {
    await client.end()
  }
}

function phaseOf(stdout: string, wanted: string): number {
  const { phases } = JSON.parse(stdout) as { phases: { phase: string; seconds: number }[] }
  return phases.find(({ phase }) => phase === wanted)?.seconds ?? 0
}

function seconds(results: Map<string, Timed[]>, name: string): number {
  return median((results.get(name) ?? []).map((timed) => timed.seconds))
}

function peak(results: Map<string, Timed[]>, name: string): string {
  return Math.max(...(results.get(name) ?? []).map(({ peakMegabytes }) => peakMegabytes)).toFixed(0)
}

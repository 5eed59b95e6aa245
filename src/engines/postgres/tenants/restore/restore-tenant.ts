// Restores a tenant step by step, in a transaction that the caller begins and ends.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { formatTableRule } from '../../../../domain/tenants/format-table-rule.ts'
import { isOwned, type MappedTable, nameOf, type TenantMap } from '../../../../domain/tenants/map.ts'
import { mapTenants } from '../../../../domain/tenants/map-tenants.ts'
import { schemaOfTenant, tenantOfSchema } from '../../../../domain/tenants/schema-pattern.ts'
import type { ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import { flagWords } from '../../../../domain/text/command-line.ts'
import type { TenantContents, TenantRestored, TenantRestoreRequest } from '../../../../ports/tenant.ts'
import { enableTriggers } from '../../connection/connect.ts'
import { qualified } from '../../dump/snapshot.ts'
import type { TableRights } from '../../owners/as-table-owners.ts'
import { readTables } from '../catalogue.ts'
import { OwnershipSql } from '../ownership-sql.ts'
import { text } from '../quoting.ts'
import { lockTenant, tablesWithRows } from './choose-way.ts'
import { withDefaultPath } from './default-path.ts'
import { restoreDirectly } from './direct.ts'
import { Ledger } from './ledger.ts'
import { alwaysIdentity, matchTables } from './match-tables.ts'
import { requireAgreementBefore } from './read-back.ts'
import type { Matched, RestoreContext, Written } from './restore-context.ts'
import { moveSequencesOn } from './sequences.ts'
import { insertShared, matchShared } from './shared-rows.ts'
import { restoreStaged } from './staged.ts'
import { disableTriggers } from './triggers.ts'
import { writtenTables } from './written-tables.ts'

export async function restoreTenant(
  client: pg.Client,
  request: TenantRestoreRequest,
  contents: TenantContents,
  lockTables: TableRights['lockTables'],
): Promise<TenantRestored> {
  const { context, shared, notes } = await request.phase('Comparing the tables', () =>
    prepare(client, request, contents, lockTables),
  )
  const exists = await lockTenant(context)
  if (request.mode === 'replace') await requireAllKnown(context, exists)
  if (request.mode !== 'insert') await requireAgreementBefore(context)
  if (request.noSafetyBackup) await requireNothing(context, exists)
  await requireKeptObjects(context)
  const enable = request.triggers === 'off' ? await disableTriggers(context) : undefined
  await enableTriggers(client)
  if (request.shared) notes.push(...(await insertShared(context, request.shared, shared)))
  const written = await write(context, exists)
  notes.push(...written.notes)
  await request.phase('Checking that no other rows were modified', async () => {
    await withDefaultPath(client, () => client.query('SET CONSTRAINTS ALL IMMEDIATE'))
    await context.ledger.requireNothingElse()
    await written.check()
  })
  await enable?.()
  if (!request.dryRun) notes.push(...(await moveSequencesOn(client, [...context.matches, ...shared])))
  return { tenant: context.tenant, tables: written.changes, notes }
}

interface Prepared {
  readonly context: RestoreContext
  readonly shared: readonly Matched[]
  readonly notes: string[]
}

async function prepare(
  client: pg.Client,
  request: TenantRestoreRequest,
  contents: TenantContents,
  lockTables: TableRights['lockTables'],
): Promise<Prepared> {
  const { tables } = request.zip
  if (tables.tenant === undefined) {
    throw new Failure('tenant/wrong-zip', 'the ZIP contains shared rows, not those of a tenant', {
      hint: 'Use a ZIP in tenants/ of the backup.',
    })
  }
  if (request.remapKeys && request.as === undefined) {
    throw new Failure('input/conflict', '--remap-keys needs --new-tenant-id', {
      hint: 'Give a different tenant ID with --new-tenant-id.',
    })
  }
  const ledger = await Ledger.open(client)
  const map = mapTenants(await readTables(client), request.rules)
  await lockTables(client, await writtenTables(client, map, request))
  const always = await alwaysIdentity(client)
  const original = await canonical(client, map, tables.tenant)
  const tenant = request.as === undefined ? original : await canonical(client, map, request.as)
  const zipped = tables.tables.map((table) => inSchemaOf(tenant, original, table, request.rules.schema))
  const matched = matchTables({ map, zipped, always, takes: (table) => refusalOf(table, tenant) })
  const shared = request.shared ? matchShared(request.shared, { map, always }) : { matches: [], notes: [] }
  const sql = new OwnershipSql(map, `${tenant}!paths disagree`)
  return {
    context: { client, request, contents, map, sql, tenant, original, ledger, matches: matched.matches },
    shared: shared.matches,
    notes: [...matched.notes, ...shared.notes],
  }
}

/**
 * Returns an ID as PostgreSQL writes it, for example a uuid in lower case. Throws a failure of kind usage if it is not
 * of the column's type.
 */
async function canonical(client: pg.ClientBase, { tenants }: TenantMap, tenant: string): Promise<string> {
  if (!tenants) return tenant
  try {
    const { rows } = await client.query<{ id: string }>(
      `SELECT ${text(tenant)}::${tenants.type.replace(/\(.*\)/, '')}::text AS id`,
    )
    return rows[0]?.id ?? tenant
  } catch (cause) {
    if (!(cause as { code?: string }).code?.startsWith('22')) throw cause
    throw new Failure(
      'tenant/invalid-id',
      `${JSON.stringify(tenant)} is not a tenant ID here: ${nameOf(tenants)}.${tenants.column} is ${tenants.type}`,
      {
        hint: 'Give an ID of that type.',
        cause,
      },
    )
  }
}

/** If each tenant has a schema, another ID means another schema. */
function inSchemaOf(tenant: string, original: string, table: ZippedTable, pattern: string | undefined): ZippedTable {
  if (pattern === undefined || tenantOfSchema(pattern, table.schema) !== original) return table
  return { ...table, schema: schemaOfTenant(pattern, tenant) }
}

function refusalOf(table: MappedTable, tenant: string): Failure | undefined {
  const { ownership } = table
  if (ownership.kind === 'schema' && ownership.tenant !== tenant) {
    return new Failure('tenant/foreign-rows', `the ZIP contains rows of another tenant: ${nameOf(table)}`, {
      hint: 'Nothing was changed. Do not use this ZIP; use another copy of the backup.',
    })
  }
  if (isOwned(table)) return undefined
  return new Failure(
    'tenant/rules-differ',
    `the backup has rows of ${nameOf(table)}, which belongs to no tenant in this database`,
    {
      hint: 'Give the same --tenant-table, --tenant-column and --tenant-rule as for the backup; see `resguardo tenants plan`.',
    },
  )
}

/** Throws if the tenant has rows in tables that are not in the backup: they would be lost, or block the restore. */
async function requireAllKnown(context: RestoreContext, exists: boolean): Promise<void> {
  const known = new Set(context.matches.map(({ table }) => table))
  const others = context.map.tables.filter(
    (table) =>
      isOwned(table) &&
      !known.has(table) &&
      (table.ownership.kind !== 'schema' || table.ownership.tenant === context.tenant),
  )
  const found = await tablesWithRows(context, exists, others)
  if (found.length === 0) return
  throw new Failure(
    'tenant/newer-rows',
    `the tenant has rows in tables that are not in the backup: ${found.map(nameOf).join(', ')}`,
    {
      hint: `${hintOfCopies(found, [...known])}The tables are newer than the backup, or the backup was made without the --tenant-rule for them. --mode merge keeps the rows.`,
    },
  )
}

/** `restore --target-schema` copies tables into another schema, where they still have the tenant column. */
function hintOfCopies(found: readonly MappedTable[], restored: readonly MappedTable[]): string {
  const copies = found.filter(({ table }) => restored.some((each) => each.table === table))
  if (copies.length === 0) return ''
  const flags = copies.map((table) =>
    flagWords('tenant-rule', formatTableRule({ schema: table.schema, table: table.table, says: { kind: 'ignored' } })),
  )
  return `If ${copies.map(nameOf).join(', ')} ${copies.length === 1 ? 'is a copy' : 'are copies'} (restore --target-schema), drop them or add ${flags.join(' ')}. `
}

/** Throws if the tenant has rows but no row in the table of tenants, because such rows cannot be backed up first. */
async function requireNothing(context: RestoreContext, exists: boolean): Promise<void> {
  const found = await tablesWithRows(context, exists, context.map.tables.filter(isOwned))
  if (found.length === 0) return
  throw new Failure(
    'tenant/no-own-row',
    `tenant ${JSON.stringify(context.tenant)} has rows in ${found.map(nameOf).join(', ')}, but no row in the table of tenants, so they cannot be backed up`,
    {
      hint: 'Insert its row in the table of tenants and run again. --mode insert changes none of the existing rows.',
    },
  )
}

/**
 * Throws if a trigger unlinks large objects with their rows: a restore would lose them, because no ZIP contains them.
 */
async function requireKeptObjects({ client, request, matches }: RestoreContext): Promise<void> {
  if (request.mode === 'insert' || request.triggers === 'off') return
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE p.proname = 'lo_manage' AND t.tgenabled <> 'D' AND tgrelid = ANY ($1::regclass[])`,
    [matches.map(({ table }) => qualified(table))],
  )
  if (rows.length === 0) return
  throw new Failure(
    'tenant/large-object-trigger',
    `a trigger of ${rows.map(({ name }) => name).join(', ')} deletes large objects with their rows (lo_manage)`,
    {
      hint: 'Large objects are in no ZIP and would be lost. --triggers off keeps them.',
    },
  )
}

/** Throws if the tenant exists: because a copy gets new keys, each restore would add its rows again. */
async function requireNew(context: RestoreContext, exists: boolean): Promise<void> {
  const [some] = await tablesWithRows(
    context,
    exists,
    context.matches.map(({ table }) => table),
    { enough: 1 },
  )
  if (!some && !exists) return
  throw new Failure('tenant/exists', `tenant ${JSON.stringify(context.tenant)} already exists`, {
    hint: 'A copy needs an unused ID: give another --new-tenant-id, or remove that tenant first.',
  })
}

async function write(context: RestoreContext, exists: boolean): Promise<Written> {
  const { request, matches } = context
  const looks = request.dryRun || request.as !== undefined || request.zip.tables.excel || request.mode === 'merge'
  if (request.remapKeys) await requireNew(context, exists)
  if (looks) return restoreStaged(context)
  const tables = matches.map(({ table }) => table)
  const [some] = await tablesWithRows(context, exists, tables, { enough: 1 })
  return some ? restoreStaged(context) : restoreDirectly(context)
}

// Parses and validates `tables.json`, because the content of a ZIP is not trusted.
import * as z from 'zod'
import { Failure } from '../../../../domain/failures/failure.ts'
import {
  type PackTables,
  packFormat,
  type TenantTables,
  tablesFile,
  tenantFormat,
  type ZippedTable,
} from '../../../../domain/tenants/tenant-zip.ts'

const count = z.number().int().nonnegative()
const name = z.string().min(1)

const zippedTable = z
  .object({
    schema: name,
    table: name,
    file: z.string().regex(/^data\/[^/\\]+\.csv$/),
    rows: count,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: count,
    columns: z.array(z.object({ name, type: name })).min(1),
    group: z.number().int(),
    guarded: z.array(name).exactOptional(),
  })
  .refine(
    ({ columns }) => new Set(columns.map((column) => column.name)).size === columns.length,
    'a column is listed twice',
  )
  .refine(
    ({ columns, guarded = [] }) => guarded.every((each) => columns.some((column) => column.name === each)),
    'a guarded column is not one of the columns',
  )

const tablesOfZip = z.object({
  backup: z.string(),
  taken: z.string(),
  by: z.object({
    table: z.object({ schema: name, table: name, column: name }).exactOptional(),
    column: z.string(),
    schema: z.string().exactOptional(),
  }),
  excel: z.boolean(),
  tables: z
    .array(zippedTable)
    .refine(
      (tables) => isUnique(tables, ({ schema, table }) => JSON.stringify([schema, table])),
      'a table is listed twice',
    )
    .refine((tables) => isUnique(tables, ({ file }) => file), 'a file is listed twice'),
})

const tenantTables = tablesOfZip.extend({ format: z.literal(tenantFormat), tenant: z.string().exactOptional() })

const packTables = tablesOfZip.extend({
  format: z.literal(packFormat),
  tenants: z.array(z.string()).refine((ids) => new Set(ids).size === ids.length, 'a tenant is listed twice'),
})

/**
 * Parses the file of a tenant, or of shared rows. Throws a failure of kind integrity that names the invalid property.
 */
export function parseTables(text: string): TenantTables {
  return parseWith(tenantTables, text)
}

/** Parses the file of a pack. Throws the same. */
export function parsePackTables(text: string): PackTables {
  return parseWith(packTables, text)
}

function parseWith<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Failure('tenant/zip-damaged', `${tablesFile} in the ZIP is not JSON`, { hint: ofAnotherMaker, cause })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  throw new Failure(
    'tenant/zip-damaged',
    `${tablesFile} in the ZIP: ${first?.path.join('.') || 'the whole file'}: ${first?.message}`,
    {
      hint: ofAnotherMaker,
      cause: parsed.error,
    },
  )
}

export const ofAnotherMaker =
  'Use the original ZIP or another copy of the backup. A ZIP that was repacked or changed is refused.'

function isUnique(tables: readonly ZippedTable[], key: (table: ZippedTable) => string): boolean {
  return new Set(tables.map(key)).size === tables.length
}

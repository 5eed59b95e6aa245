// The files that describe the CSVs in the ZIP of a tenant or in a pack.
import { indexFile, type PackIndex } from '../../../../domain/tenants/pack-index.ts'
import { packReadme } from '../../../../domain/tenants/pack-readme.ts'
import { tenantReadme } from '../../../../domain/tenants/tenant-readme.ts'
import { type PackTables, readmeFile, type TenantTables, tablesFile } from '../../../../domain/tenants/tenant-zip.ts'
import type { ZipRequest } from './zip.ts'

/** `tables.json` and `README.txt` of a tenant, or of shared rows. */
export function textsOfTenant(about: Omit<TenantTables, 'tables'>): ZipRequest['texts'] {
  return (tables, marked) => [
    [tablesFile, jsonText({ ...about, tables })],
    [readmeFile, tenantReadme({ ...about, tables }, marked)],
  ]
}

/** The same for a pack, and its index. Call it after the rows are in the ZIP. */
export function textsOfPack(about: Omit<PackTables, 'tables'>, index: PackIndex): ZipRequest['texts'] {
  return (tables, marked) => [
    [indexFile, index.text()],
    [tablesFile, jsonText({ ...about, tables })],
    [readmeFile, packReadme({ ...about, tables }, marked, index)],
  ]
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

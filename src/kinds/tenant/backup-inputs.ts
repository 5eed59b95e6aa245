// Input rows of a backup of tenants.
import { inputTable } from '../../inputs/kinds.ts'
import { tenantInputs } from '../../inputs/tenants.ts'
import { postgresRows } from '../postgres-rows.ts'

const tenants = 'Tenants'

export const backupInputs = inputTable({
  tenant: {
    kind: 'lines',
    summary: 'For kinds tenant and all: tenant IDs to back up, or all',
    group: tenants,
    placeholder: 'ID',
  },
  'include-shared': {
    kind: 'flag',
    fallback: false,
    summary: 'Also back up rows that all tenants share, as shared.zip',
    group: tenants,
  },
  excel: {
    kind: 'flag',
    fallback: false,
    summary: 'Write CSVs for Excel and Google Sheets: with a byte order mark, and with formulas escaped',
    group: tenants,
  },
  'tenants-per-zip': {
    kind: 'count',
    least: 1,
    most: 10_000,
    summary: 'Small tenants per ZIP with --tenant all (default: 1000 if there are more than 1000 tenants, else 1)',
    group: tenants,
    placeholder: 'COUNT',
  },
  'zip-level': { kind: 'count', fallback: 6, least: 0, most: 9, summary: 'Compression level of ZIPs', group: tenants },
  ...tenantInputs,
  ...postgresRows,
})

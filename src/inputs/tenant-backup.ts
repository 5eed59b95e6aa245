// Input rows of a backup of tenants.
import { inputTable } from './kinds.ts'

const tenants = 'Tenants'

export const tenantBackupInputs = inputTable({
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
  'zip-level': { kind: 'count', fallback: 6, least: 0, most: 9, summary: 'Compression level of ZIPs', group: tenants },
})

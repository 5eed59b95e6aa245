// Input rows of a backup of tenants.
import { inputTable } from './kinds.ts'

const tenants = 'Tenants'

export const tenantBackupInputs = inputTable({
  tenant: {
    kind: 'lines',
    summary: "For kinds tenant and all: a tenant's id, several, or all",
    group: tenants,
    placeholder: 'ID',
  },
  'include-shared': {
    kind: 'flag',
    fallback: false,
    summary: 'The rows that all tenants share too, as shared.zip',
    group: tenants,
  },
  excel: {
    kind: 'flag',
    fallback: false,
    summary: 'Make the CSVs fit for Excel and Google Sheets: a byte order mark, and no text that is taken for a formula',
    group: tenants,
  },
  'zip-level': { kind: 'count', fallback: 6, least: 0, most: 9, summary: 'How hard ZIPs are compressed', group: tenants },
})

// Commands of a report as a reader pastes them, completed with the inputs of a run.
import { completeReport } from '../../src/commands/printed-commands/complete-commands.ts'
import { commandText } from '../../src/domain/text/command-line.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import type { Report } from '../../src/report/report.ts'
import { storeKinds } from '../../src/stores/stores.ts'
import { partsOf } from './report-text.ts'

const world = { kinds: backupKinds, stores: storeKinds }
/** Inputs of the run that made the report. */
const values = {
  ...{ s3Endpoint: 'http://localhost:9000', s3Region: undefined },
  ...{ tenantTable: '"Tenant"', tenantColumn: 'tenantId', tenantSchema: undefined, tenantRule: [] },
}

export function completedCommands(report: Report): string[] {
  return partsOf(completeReport(report, values, world), 'commands').flatMap((part) => part.commands.map(commandText))
}

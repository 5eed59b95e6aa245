// `tenants plan`: shows how rows of each table are assigned to tenants, before a dump.
import { Failure } from '../../domain/failures/failure.ts'
import { inputTable } from '../../inputs/kinds.ts'
import { codeInputs, databaseInputs, noUrl } from '../../inputs/shared.ts'
import { checkTenantInputs, tenantInputs, tenantRulesOf } from '../../inputs/tenants.ts'
import { planTenants } from '../../operations/tenants/plan-tenants.ts'
import { command } from '../command.ts'
import { questionsOf } from './tenants-questions.ts'
import { tenantsDocument, tenantsReport } from './tenants-report.ts'

const planInputs = inputTable({
  task: { kind: 'choice', choices: ['plan'], fallback: 'plan', summary: 'What to do: plan (changes nothing)' },
  counts: {
    kind: 'flag',
    fallback: true,
    summary: 'Count the rows of every table, which reads all of them',
    group: 'Plan',
  },
  diagram: { kind: 'flag', fallback: false, summary: 'Also print the map as a Mermaid flowchart', group: 'Plan' },
  mermaid: { kind: 'text', summary: 'Write the Mermaid flowchart to this file', group: 'Plan', placeholder: 'FILE' },
  strict: {
    kind: 'flag',
    fallback: false,
    summary: 'Fail if a table has no path to a tenant, or if foreign keys of a row lead to different tenants',
    group: 'Plan',
  },
})

export const tenants = command({
  name: 'tenants',
  summary: 'Show how rows are assigned to tenants: the tables, row counts and a diagram',
  examples: [
    'tenants plan',
    'tenants plan --no-counts --mermaid tenants.mmd',
    'tenants plan --strict --tenant-rule \'public."AuditLog": column "orgId"\'',
  ],
  positional: ['task'],
  inputs: { 'database-url': databaseInputs['database-url'], ...tenantInputs, ...codeInputs, ...planInputs },
  outputs: {
    tenants: 'Number of tenants',
    tables: 'Number of tables with rows of tenants',
    unreached: 'Number of tables without a path to a tenant',
    disagreeing: 'Number of rows whose foreign keys lead to different tenants; empty without counts',
  },
  check: (values) => [...(values.databaseUrl === undefined ? [noUrl] : []), ...checkTenantInputs(values)],
  run: async (values, world) => {
    const { databaseUrl: url = '', counts, codeAsSuperuser, diagram, mermaid: file, strict } = values
    const plan = await planTenants({ url, rules: tenantRulesOf(values), counts, codeAsSuperuser, file }, world)
    const questions = questionsOf(plan)
    for (const { text } of questions) world.reporter.warn(text)
    const broken = questions.filter(({ strict: breaks }) => breaks)
    const owned = plan.tables.filter(
      ({ table: { ownership } }) => !['shared', 'unreached', 'ignored'].includes(ownership.kind),
    )
    return {
      outputs: {
        tenants: plan.tenants,
        tables: owned.length,
        unreached: plan.tables.filter(({ table }) => table.ownership.kind === 'unreached').length,
        disagreeing: counts ? plan.tables.reduce((sum, { rows }) => sum + (rows?.disagreeing ?? 0), 0) : undefined,
      },
      report: tenantsReport(plan, diagram),
      document: tenantsDocument(plan),
      ...(strict && broken.length > 0 && { failure: undecided(broken.length) }),
    }
  },
})

function undecided(count: number): Failure {
  return new Failure(
    'tenant/unassigned-table',
    `some rows cannot be assigned to a tenant: ${count === 1 ? '1 table' : `${count} tables`}, listed above`,
    {
      hint: 'Use the --tenant-rule that each warning suggests, or omit --strict.',
    },
  )
}

// Input rows of the rules for tenants, shared by all commands that work with tenants.
import { parseTableName } from '../domain/fingerprint/table-name.ts'
import { nameOf, type TenantRules } from '../domain/tenants/map.ts'
import { isSchemaPattern } from '../domain/tenants/schema-pattern.ts'
import { parseTableRule } from '../domain/tenants/table-rule.ts'
import { inputTable, type Values } from './kinds.ts'

const tenants = 'Tenants'

export const tenantInputs = inputTable({
  'tenant-table': {
    kind: 'text',
    fallback: '"Tenant"',
    summary: 'Table of tenants; its primary key is the tenant ID',
    group: tenants,
    placeholder: 'TABLE',
  },
  'tenant-column': {
    kind: 'text',
    fallback: 'tenantId',
    summary: 'Column with the tenant ID in other tables; tables without it are assigned by their foreign keys',
    group: tenants,
    placeholder: 'COLUMN',
  },
  'tenant-schema': {
    kind: 'text',
    summary: 'Name of the schema of each tenant, if every tenant has one; {id} is the tenant ID: tenant_{id}',
    group: tenants,
    placeholder: 'PATTERN',
  },
  'tenant-rule': {
    kind: 'lines',
    summary:
      'Override how rows of a table are assigned to tenants: TABLE: shared, TABLE: ignored, TABLE: column NAME or TABLE: through FOREIGN-KEY',
    group: tenants,
    placeholder: 'RULE',
  },
})

export type TenantInputs = Values<typeof tenantInputs>

/** Returns a message for each violated rule across these inputs. */
export function checkTenantInputs({ tenantTable, tenantSchema, tenantRule }: TenantInputs): string[] {
  const wrong = tenantRule.filter((text) => !parseTableRule(text))
  const ruled = tenantRule.flatMap((text) => parseTableRule(text) ?? []).map(nameOf)
  const twice = new Set(ruled.filter((name, at) => ruled.indexOf(name) !== at))
  return [
    ...(parseTableName(tenantTable)
      ? []
      : [`--tenant-table: ${JSON.stringify(tenantTable)} is not a name such as "Tenant" or auth."Tenant"`]),
    ...(tenantSchema === undefined || isSchemaPattern(tenantSchema)
      ? []
      : ['--tenant-schema must contain {id} exactly once, such as tenant_{id}']),
    ...wrong.map(
      (text) =>
        `--tenant-rule: ${JSON.stringify(text)} is not a rule such as 'public."AuditLog": column "orgId"' (shared, ignored, column NAME, through FOREIGN-KEY)`,
    ),
    ...[...twice].map((name) => `--tenant-rule: more than one rule for ${name}`),
  ]
}

/** The rules of these inputs. Call it only if `checkTenantInputs` returned no messages. */
export function tenantRulesOf({ tenantTable, tenantColumn, tenantSchema, tenantRule }: TenantInputs): TenantRules {
  return {
    table: parseTableName(tenantTable) ?? { schema: 'public', table: tenantTable },
    column: tenantColumn,
    ...(tenantSchema !== undefined && { schema: tenantSchema }),
    rules: tenantRule.flatMap((text) => parseTableRule(text) ?? []),
  }
}

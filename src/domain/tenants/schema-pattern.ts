// Patterns of tenants' schemas: `tenant_{id}`.

const place = '{id}'

/** Whether a text is a pattern of schemas: it contains one `{id}`. */
export function isSchemaPattern(text: string): boolean {
  return text.split(place).length === 2
}

/** Returns the tenant of a schema, or undefined. */
export function tenantOfSchema(pattern: string, schema: string): string | undefined {
  const [before = '', after = ''] = pattern.split(place)
  if (!schema.startsWith(before) || !schema.endsWith(after)) return undefined
  const id = schema.slice(before.length, schema.length - after.length)
  return id === '' || schema.length < before.length + after.length ? undefined : id
}

/** The schema of a tenant. */
export function schemaOfTenant(pattern: string, tenant: string): string {
  return pattern.split(place).join(tenant)
}

// Decides which tenants share a ZIP: small ones, if the backup has many tenants.

/** Above this number of tenants, small ones share ZIPs, unless the request sets another maximum. */
const manyTenants = 1000
/** Maximum number of tenants per ZIP, unless the request sets another. */
const tenantsPerPack = 1000
/** Maximum bytes of a tenant that shares a ZIP, including its lines in the index. */
export const smallTenantBytes = 256 << 10
/** Maximum bytes of all tenants in a ZIP. */
export const packBytes = 64 << 20

/**
 * Groups tenants 0 to `tenants` - 1, each group for one ZIP, in ascending order within a group. `perZip`: maximum
 * number of small tenants per ZIP; undefined: chosen by the number of tenants.
 */
export function* groupTenants(
  tenants: number,
  bytesOf: (tenant: number) => number,
  perZip = tenants > manyTenants ? tenantsPerPack : 1,
): Generator<readonly number[]> {
  let group: number[] = []
  let bytes = 0
  for (let tenant = 0; tenant < tenants; tenant += 1) {
    const more = bytesOf(tenant)
    if (perZip === 1 || more > smallTenantBytes) {
      yield [tenant]
      continue
    }
    if (group.length === perZip || bytes + more > packBytes) {
      yield group
      group = []
      bytes = 0
    }
    group.push(tenant)
    bytes += more
  }
  if (group.length > 0) yield group
}

// The two servers that speak Redis' protocol: their names and releases.

export const redisProducts = ['redis', 'valkey'] as const
export type RedisProduct = (typeof redisProducts)[number]

/** A server program of one release. */
export interface RedisProgram {
  readonly product: RedisProduct
  /** The product's own version: `7.0.15`, for Valkey `9.1.2`. Empty if it is not known. */
  readonly version: string
}

export function productName(product: RedisProduct): 'Redis' | 'Valkey' {
  return product === 'redis' ? 'Redis' : 'Valkey'
}

/** `Valkey 9.1.2`. */
export function programName({ product, version }: RedisProgram): string {
  return `${productName(product)} ${version || 'of an unknown version'}`
}

/** Names of programs, user and paths in Debian's packages. */
interface InstalledNames {
  /** Name of the program, the package and the systemd unit. */
  readonly server: string
  readonly cli: string
  readonly user: string
  readonly config: string
  readonly data: string
}

export function installedNames(product: RedisProduct): InstalledNames {
  return {
    ...{ server: `${product}-server`, cli: `${product}-cli`, user: product },
    ...{ config: `/etc/${product}/${product}.conf`, data: `/var/lib/${product}` },
  }
}

// Warnings about connections that others on the network can read or change.
import { isLoopback } from '../domain/loopback.ts'
import type { RedisAddress } from '../ports/redis.ts'

/** Ignores invalid addresses; opening the connection reports them. */
interface TransportWarnings {
  database(url: string | undefined): Promise<void>
  redis(address: RedisAddress): Promise<void>
}

const unverified: Readonly<Record<string, string>> = {
  disable: 'is not encrypted: anyone on the network can read the password and the data',
  allow: 'may be unencrypted, and the server is not verified',
  prefer: 'may be unencrypted, and the server is not verified',
  require: 'is encrypted, but the server is not verified: another server can impersonate it',
  'verify-ca':
    "is encrypted, but the server's name is not verified: any server with a certificate of that CA can impersonate it",
}

export function transportWarnings(warnOnce: (sentence: string) => void): TransportWarnings {
  return {
    async database(url) {
      const { parseAddress } = await import('../engines/postgres/connection/address.ts')
      const address = understood(() => (url === undefined ? undefined : parseAddress(url)))
      if (!address || isLoopback(address.host)) return
      const { sslMode, display } = address
      const what = unverified[sslMode]
      if (what === undefined) return
      warnOnce(
        `The connection to ${display} ${what} (sslmode=${sslMode}). Set sslmode=verify-full, and sslrootcert to the file of its CA certificate, in the database URL.`,
      )
    },
    async redis(given) {
      const { parseRedisAddress } = await import('../engines/redis/connection/address.ts')
      const address = understood(() => parseRedisAddress(given))
      if (!address || address.tls) return
      const hosts = address.sentinels.length > 0 ? address.sentinels.map(({ host }) => host) : [address.host]
      if (hosts.every(isLoopback)) return
      warnOnce(
        `The connection to Redis ${address.display} is not encrypted: anyone on the network can read the password and the data. Use rediss:// in the URL.`,
      )
    },
  }
}

function understood<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

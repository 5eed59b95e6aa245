// Which server reads and writes which version of the RDB format. After the fork, Redis continues with 12 and Valkey
// with 80, and neither reads the other's.
import type { RedisProduct, RedisProgram } from './products.ts'

/** RDB version -> the first release of Redis that writes and reads it. */
const redisReleases: readonly (readonly [rdb: number, release: string])[] = [
  [6, '2.6'],
  [7, '3.2'],
  [8, '4.0'],
  [9, '5.0'], // and 6.0, 6.2
  [10, '7.0'],
  [11, '7.2'],
  [12, '7.4'], // and 8.0, 8.2, 8.4
  [13, '8.6'],
  [14, '8.8'],
  [15, '8.10'],
]

/** Versions that Redis added after Valkey's fork: Valkey refuses them. */
const redisOnly = { from: 12, to: 79 }
const valkeyReleases: readonly (readonly [rdb: number, release: string])[] = [
  [11, '7.2'],
  [80, '9.0'], // and 9.1
  [81, '9.2'],
]

/** Whether the server reads an RDB of this version. Assumed for releases that are newer than these tables. */
export function readsRdb({ product, version }: RedisProgram, rdb: number): boolean {
  if (product === 'valkey' && rdb >= redisOnly.from && rdb <= redisOnly.to) return false
  if (product === 'redis' && rdb > redisOnly.to) return false
  const releases = product === 'redis' ? redisReleases : valkeyReleases
  const first = releases.find(([known]) => known >= rdb)
  const newest = releases.at(-1)
  if (first) return isAtLeast(version, first[1])
  return newest !== undefined && !isAtLeast(newest[1], seriesOf(version))
}

/**
 * The newest version of the format that the server writes; undefined for a release that is unknown or newer than these
 * tables.
 */
export function writtenRdb({ product, version }: RedisProgram): number | undefined {
  const releases = product === 'redis' ? redisReleases : valkeyReleases
  const newest = releases.at(-1)
  if (version === '' || (newest && !isAtLeast(newest[1], seriesOf(version)))) return undefined
  return releases.findLast(([, release]) => isAtLeast(version, release))?.[0]
}

/** Whether a backup of `source` can be restored to `target`. Unknown releases read only their own series. */
export function canRestoreTo(source: RedisProgram, target: RedisProgram): boolean {
  const rdb = writtenRdb(source)
  if (rdb !== undefined && target.version !== '') return readsRdb(target, rdb)
  return source.product === target.product && seriesOf(source.version) === seriesOf(target.version)
}

/** The product that writes an RDB version; Redis for versions that both write. */
export function productOfRdb(rdb: number): RedisProduct {
  return rdb > redisOnly.to ? 'valkey' : 'redis'
}

/** `Redis 7.2 or newer`. */
export function readersOf(rdb: number): string {
  if (rdb > redisOnly.to) return releaseOrNewer('Valkey', valkeyReleases, rdb)
  const redis = releaseOrNewer('Redis', redisReleases, rdb)
  return rdb < redisOnly.from ? `${redis}, or Valkey` : redis
}

function releaseOrNewer(name: string, releases: typeof redisReleases, rdb: number): string {
  const release = releases.find(([known]) => known >= rdb)?.[1]
  return release === undefined ? `a newer release of ${name}` : `${name} ${release} or newer`
}

/** Whether `version` is `least` or newer, number by number: 8.10 is newer than 8.6. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(least)]
  for (const [at, number] of want.entries()) {
    const other = have[at] ?? 0
    if (other !== number) return other > number
  }
  return true
}

/** `8.10` for `8.10.2`: the format does not change within a series. */
function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

function numbersOf(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

// The ways in which this machine may be able to hold a command: as another user, or in a user namespace.
import { randomInt } from 'node:crypto'
import { harmlessEnvironment, readTool } from '../streams/child.ts'

/** One way. */
export interface Means {
  /** For people. */
  readonly display: string
  /** Starts `unshare` with the right to make namespaces. */
  readonly launcher: readonly [command: string, ...words: string[]]
  /** Flags of `unshare` for this way, on top of those that every way needs. */
  readonly namespaces: readonly string[]
  /** `uid:gid` of the other user, or `same`. */
  readonly user: string
}

/** Ids that neither distributions, nor systemd, nor subordinate ranges hand out: https://systemd.io/UIDS-GIDS/ */
const unused = { first: 1_900_000_000, count: 100_000_000 }

/** Ways to try, the best first. */
export async function possibleMeans(): Promise<readonly Means[]> {
  if (process.getuid?.() === 0) return otherUsers(['unshare'])
  const maySudo = await readTool({ command: 'sudo', arguments: ['-n', 'true'], environment: harmlessEnvironment() }).then(
    () => true,
    () => false,
  )
  const apart: Means = {
    display: 'a user namespace without rights',
    launcher: ['unshare'],
    namespaces: ['--user', '--map-current-user', '--keep-caps'],
    user: 'same',
  }
  return maySudo ? [...otherUsers(['sudo', '-n', '--', 'unshare']), apart] : [apart]
}

/** An id that nobody has, so that neither processes nor limits are shared; where such ids are not to be had (in a container), nobody's. */
function otherUsers(launcher: Means['launcher']): Means[] {
  const id = unused.first + randomInt(unused.count)
  return [
    { display: 'a user of its own', launcher, namespaces: [], user: `${id}:${id}` },
    { display: 'another user (nobody)', launcher, namespaces: [], user: '65534:65534' },
  ]
}

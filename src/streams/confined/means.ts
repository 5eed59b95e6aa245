// The ways in which this machine may be able to hold a command: as another user, or in a user namespace.
import { harmlessEnvironment, readTool } from '../child.ts'

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

/** `nobody` on every Linux; a number, so that no name is needed. */
const nobody = '65534:65534'

/** Ways to try, the best first. */
export async function possibleMeans(): Promise<readonly Means[]> {
  const another = { display: 'another user (nobody)', namespaces: [], user: nobody }
  if (process.getuid?.() === 0) return [{ ...another, launcher: ['unshare'] }]
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
  return maySudo ? [{ ...another, launcher: ['sudo', '-n', '--', 'unshare'] }, apart] : [apart]
}

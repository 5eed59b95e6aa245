// Checks that a scratch server has the extensions of a backup, before anything is loaded.
import { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { packageOf } from '../load/needs.ts'
import type { Obstacle } from '../load/try-extension.ts'

export interface Lacking {
  /** Names of extensions to leave out. */
  readonly leaveOut: readonly string[]
  /** `drill/missing-extension`, if extensions must not be left out. It says nothing about the backup. */
  readonly failure?: Failure
}

export function lackingExtensions(
  obstacles: readonly Obstacle[],
  { dump, server }: PostgresManifest,
  allowMissing: boolean,
): Lacking {
  const isPlain = dump.format === 'plain'
  if (obstacles.length === 0 || (allowMissing && !isPlain)) return { leaveOut: obstacles.map(({ name }) => name) }
  const said = obstacles.map(({ name, reason }) => `extension ${name} cannot be created here: ${reason}`).join('; ')
  const packages = [...new Set(obstacles.map(({ name }) => packageOf(name, server.major)))]
  const failure = new Failure('drill/missing-extension', `not drilled: ${said}`, {
    hint: `Install ${packages.join(', ')} where the drill runs${isPlain ? '' : ', or drill without them: --allow-missing-extensions'}.`,
  })
  return { leaveOut: [], failure }
}

// Opens the backup that the inputs select, of one kind, with its manifest.
import { type FirstFound, openFirstStoreWith } from '../commands/stores/stores-of.ts'
import type { World } from '../commands/world.ts'
import type { Manifest } from '../domain/manifest/manifest.ts'
import { flagWords } from '../domain/text/command-line.ts'
import { chooseCopy } from '../operations/catalogue/choose-copy.ts'
import type { FoundWithManifest } from '../operations/catalogue/find-backup.ts'
import type { BackupChoice } from '../operations/restore/check-origin.ts'

type Selection = Parameters<typeof openFirstStoreWith>

/** `requireKind` throws for a manifest of another kind. */
export async function openBackup<M extends Manifest>(
  values: Selection[0],
  world: World,
  kind: string,
  requireKind: (manifest: Manifest) => M,
  more?: Selection[3],
): Promise<FirstFound & FoundWithManifest<M>> {
  const found = await openFirstStoreWith(values, world, kind, more)
  const copy = await chooseCopy(found.places, world)
  return { places: found.places, ...copy, manifest: requireKind(copy.manifest) }
}

/** How the inputs chose a backup. `flag`: the flag that takes its ID. */
export function choiceOf(
  { backup }: Pick<Selection[0], 'backup'>,
  { id }: Manifest,
  flag: 'backup' | 'from' = 'backup',
): BackupChoice {
  return { byId: backup !== 'latest', option: flagWords(flag, id) }
}

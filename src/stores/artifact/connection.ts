// The connection of an artifact store: settings, GitHub client, and the search for objects.

import { type ListedArtifact, listArtifacts } from '../../github/artifacts.ts'
import { type GitHub, openGitHub } from '../../github/client.ts'
import type { Clock } from '../../ports/common.ts'
import type { StoreTools } from '../../ports/store.ts'
import { compareKeys } from '../keys.ts'
import { artifactName, keyOf } from './names.ts'
import type { ArtifactSettings } from './settings.ts'
import { createTrustFilter } from './trusted-artifacts.ts'

export interface Connection {
  readonly address: string
  readonly settings: ArtifactSettings
  readonly github: GitHub
  readonly clock: Clock
  note(sentence: string): void
  /** All trusted artifacts of a key, the newest first. The newest is the current one. */
  versions(key: string): Promise<ListedArtifact[]>
  /**
   * All objects with trusted artifacts below a prefix, in ascending order of key, the newest artifact of each first.
   */
  objects(prefix: string): Promise<ArtifactObject[]>
}

interface ArtifactObject {
  readonly key: string
  readonly versions: readonly [ListedArtifact, ...ListedArtifact[]]
}

/** Creates the connection; sends no request yet. */
export function connect(
  settings: ArtifactSettings,
  { clock, note = () => undefined, interruption }: StoreTools,
): Connection {
  const { repository, apiUrl } = settings.github
  const github = openGitHub({ apiUrl, repository, token: settings.token, clock, note, interruption })
  const isTrusted = createTrustFilter(github, settings)
  return {
    address: `artifact:${settings.workflows.join('+')}`,
    settings,
    github,
    clock,
    note,
    async versions(key) {
      const name = artifactName(key)
      const named = (await listArtifacts(github, name)).filter((each) => each.name === name)
      return filterAsync(named, isTrusted)
    },
    async objects(prefix) {
      const named = (await listArtifacts(github)).filter(({ name }) => keyOf(name)?.startsWith(prefix))
      const grouped = new Map<string, [ListedArtifact, ...ListedArtifact[]]>()
      for (const artifact of await filterAsync(named, isTrusted)) {
        const key = keyOf(artifact.name) ?? ''
        const newer = grouped.get(key)
        if (newer) newer.push(artifact)
        else grouped.set(key, [artifact])
      }
      return [...grouped].map(([key, versions]) => ({ key, versions })).sort((a, b) => compareKeys(a.key, b.key))
    },
  }
}

async function filterAsync<T>(items: readonly T[], keeps: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = []
  for (const item of items) if (await keeps(item)) kept.push(item)
  return kept
}

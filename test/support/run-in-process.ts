// Runs the command line in this process with additional kinds of backup or of store.

import { registryOf } from '../../src/commands/registry.ts'
import type { BackupKind } from '../../src/commands/world.ts'
import { runCli } from '../../src/hosts/cli/run.ts'
import { createMasker } from '../../src/hosts/masking.ts'
import { backupKinds, choicesOf } from '../../src/kinds/kinds.ts'
import { makeWorld } from '../../src/main/world.ts'
import type { StoreKind } from '../../src/ports/store.ts'
import { storeKinds } from '../../src/stores/stores.ts'
import { recorder } from '../hosts/cli/fake-host.ts'
import { realClock } from './real-clock.ts'

interface More {
  readonly kinds?: readonly BackupKind[]
  readonly stores?: readonly StoreKind[]
}

/** Returns the registry with the additional kinds, and a function that runs `resguardo …`. */
export function commandLineWith(more: More) {
  const kinds = [...backupKinds, ...(more.kinds ?? [])]
  const stores = [...storeKinds, ...(more.stores ?? [])]
  const registry = registryOf({ kinds, choices: choicesOf(kinds), stores })
  const resguardo = async (words: readonly string[], environment: Record<string, string>) => {
    const [stdout, stderr] = [recorder(), recorder()]
    const code = await runCli({
      ...{ words, environment, stdout, stderr, registry, version: '0', clock: realClock, masker: createMasker() },
      signal: new AbortController().signal,
      crashed: new Promise<never>(() => {}),
      makeWorld: (parts) => makeWorld(parts, stores, kinds),
    })
    return { code, out: stdout.text, err: stderr.text }
  }
  return { registry, resguardo }
}

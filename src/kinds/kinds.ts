// Every kind of backup. A new kind is a folder here and a line in this list. The first is the default.
import type { BackupKind, KindChoice } from '../commands/world.ts'
import { all } from './all/all.ts'
import { platform } from './platform/kind.ts'
import { redis } from './redis/kind.ts'
import { tenant } from './tenant/kind.ts'

export const backupKinds: readonly BackupKind[] = [platform, tenant, redis]

/** What --kind selects: one of these kinds, or all of them. */
export function choicesOf(kinds: readonly BackupKind[]): readonly KindChoice[] {
  return [...kinds, all]
}

// Every kind of backup. A new kind is a folder here and a line in this list. The first is the default.
import type { StoredKind } from '../operations/kind-ports.ts'
import { platform } from './platform/kind.ts'
import { redis } from './redis/kind.ts'
import { tenant } from './tenant/kind.ts'

export const backupKinds: readonly StoredKind[] = [platform, tenant, redis]

// The inputs of `restore`, of every kind, and their values.
import { onlyFor, type Values } from '../inputs/kinds.ts'
import { recordInputs } from '../inputs/record.ts'
import { redisInputs } from '../inputs/redis.ts'
import { redisRestoreInputs } from '../inputs/redis-restore.ts'
import { restoreInputs } from '../inputs/restore.ts'
import {
  codeInputs,
  databaseInputs,
  selectionInputs,
  signingInputs,
  storeInputs,
  temporaryInputs,
} from '../inputs/shared.ts'
import { tenantRestoreInputs } from '../inputs/tenant-restore.ts'
import { tenantInputs } from '../inputs/tenants.ts'

export const inputs = {
  ...onlyFor(['platform', 'tenant', 'all'], databaseInputs),
  ...storeInputs,
  ...signingInputs,
  ...selectionInputs,
  ...restoreInputs,
  ...onlyFor(['platform', 'tenant', 'all'], codeInputs),
  ...onlyFor(['tenant'], { ...tenantRestoreInputs, ...tenantInputs }),
  ...onlyFor(['redis', 'all'], redisInputs),
  ...redisRestoreInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export type RestoreValues = Values<typeof inputs>

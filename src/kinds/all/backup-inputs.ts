// Input rows of a backup of a recovery point: those of all its parts. Redis is always backed up as a whole.
import { inputTable } from '../../inputs/kinds.ts'
import { backupInputs as ofPlatform } from '../platform/backup-inputs.ts'
import { backupInputs as ofRedis } from '../redis/backup-inputs.ts'
import { backupInputs as ofTenants } from '../tenant/backup-inputs.ts'

const { 'redis-pattern': _, 'redis-database': __, ...wholeRedis } = ofRedis

export const backupInputs = inputTable({ ...ofPlatform, ...ofTenants, ...wholeRedis })

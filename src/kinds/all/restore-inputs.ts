// Input rows of a restore of a recovery point: a whole database and all of Redis.
import { inputTable } from '../../inputs/kinds.ts'
import { redisInputs } from '../../inputs/redis.ts'
import { codeInputs, databaseInputs } from '../../inputs/shared.ts'
import { restoreInputs as ofRedis } from '../redis/restore-inputs.ts'
import { restoreRows } from '../restore-rows.ts'

export const restoreInputs = inputTable({
  ...databaseInputs,
  ...restoreRows,
  ...codeInputs,
  ...redisInputs,
  'resume-queues': ofRedis['resume-queues'],
})

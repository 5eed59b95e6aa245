// `doctor`: checks how safe the data of a Redis is, and which settings to change. Changes nothing.
import { doctorInputs } from '../../inputs/doctor.ts'
import { checkRedisInputs, type RedisPlace, redisAddressOf, redisInputs } from '../../inputs/redis.ts'
import { command } from '../command.ts'
import { doctorOutcome, outputsOfDoctor } from './doctor-outcome.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'Check how safely Redis stores its data: persistence, eviction, memory, access; fails on bad findings',
  examples: ['doctor', 'doctor --redis-host cache.example.com', 'doctor --max-age 1h --json'],
  positional: ['kind'],
  inputs: { ...redisInputs, ...doctorInputs },
  outputs: outputsOfDoctor,
  check: (values) => {
    const broken = checkRedisInputs(values)
    if (broken.length > 0 || redisAddressOf(values)) return broken
    return ['--redis-url is missing; set REDIS_URL to redis://user:password@host:6379']
  },
  run: async (values, world) => {
    const address: RedisPlace = redisAddressOf(values) ?? { url: '' }
    const findings = await world.examineRedis(address, { maxAge: values.maxAge, signal: world.signal })
    return doctorOutcome(displayOf(address), findings)
  },
})

/** Returns host and port, or the name of the Sentinel master: other parts of a URL must not be printed. */
function displayOf({ url, sentinels = [] }: RedisPlace): string {
  const { hostname, port } = new URL(url)
  return sentinels.length > 0 ? hostname : `${hostname}:${port || 6379}`
}

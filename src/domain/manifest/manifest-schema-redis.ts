// zod schemas of the parts that only manifests of Redis have.

import * as z from 'zod'
import { redisProducts } from '../redis/products.ts'
import { queueStates, redisTypes } from '../redis/redis-fingerprint.ts'
import { line, text, texts, time, wholeNumber } from './schema-values.ts'

export const redisServer = z.object({
  engine: z.enum(redisProducts),
  version: line,
  major: wholeNumber,
  mode: z.enum(['standalone', 'cluster']),
  address: text.exactOptional().describe("host:port of REDIS_URL; with Sentinel, the master's name"),
  aof: z.boolean().exactOptional(),
  eviction: text.exactOptional(),
  memory: wholeNumber.exactOptional().describe('Memory of its data in bytes'),
})

export const redisDump = z.object({
  method: z.enum(['replica', 'bgsave', 'scan']),
  consistency: z.enum(['instant', 'per-key']),
  patterns: texts.exactOptional().describe('Only keys that match one of these'),
  databases: z.array(wholeNumber).exactOptional().describe('Only these databases'),
  shards: z
    .array(
      z.object({
        file: text.describe('Its payload'),
        address: text,
        role: z.enum(['master', 'replica']),
        taken: time.describe('Time of the snapshot'),
        rdbVersion: wholeNumber,
        replication: z.object({ id: text, offset: wholeNumber }).exactOptional(),
        slots: text.exactOptional().describe('Slots of the shard, in a cluster'),
      }),
    )
    .min(1),
  skewSeconds: z
    .number()
    .exactOptional()
    .describe("Seconds from the snapshot of Redis to PostgreSQL's snapshot of the same run"),
})

export const redisFingerprint = z.object({
  databases: z.array(
    z.object({
      database: wholeNumber,
      keys: wholeNumber,
      expiring: wholeNumber.describe('Keys with a time to live'),
      types: z.partialRecord(z.enum(redisTypes), wholeNumber),
      digest: z.string().regex(/^[0-9a-f]{16}$/),
    }),
  ),
  functions: texts.describe('Names of function libraries'),
  modules: texts.exactOptional().describe('Type names of modules that keys and module data use, such as vectorset'),
  queues: z.array(
    z.object({
      database: wholeNumber,
      prefix: text,
      name: text,
      paused: z.boolean(),
      version: text.exactOptional().describe('Library that last opened the queue, such as bullmq:6.7.0'),
      states: z.partialRecord(z.enum(queueStates), wholeNumber),
    }),
  ),
  largestValue: wholeNumber.describe('Bytes of the largest serialized value'),
})

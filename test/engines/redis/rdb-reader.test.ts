// The RDB reader: every type of value, in pieces of any size, by hand-made RDBs.
import { expect, test } from 'vitest'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { auxiliary, keyWith, le, length, library, moduleParts, rdb, str } from './rdb-bytes.ts'
import {
  eventsOf,
  expiringSamples,
  keysOf,
  newestSamples,
  newSamples,
  oldSamples,
  type Sample,
  valkeySamples,
} from './rdb-samples.ts'

const ofRedis = [...oldSamples, ...newSamples, ...expiringSamples]

function expectSample({ code, value, type, elements }: Sample, magic: string) {
  const events = eventsOf(rdb([keyWith(code, 'k', value)], { magic }))
  expect(events.slice(1)).toEqual([
    JSON.stringify([0, type, code, 'k', null, null, null]),
    `${elements} in ${value.toString('hex')}`,
    'agreed',
  ])
}

test.each(ofRedis)('the $what has $elements elements', (sample) => expectSample(sample, 'REDIS0012'))
test.each(newestSamples)('the $what has $elements elements', (sample) => expectSample(sample, 'REDIS0014'))
test.each(valkeySamples)('the $what has $elements elements', (sample) => expectSample(sample, 'VALKEY080'))

test.each([6, 7, 8, 9, 10, 11, 12, 13, 14])('version %i is read', (version) => {
  expect(eventsOf(rdb(keysOf(oldSamples), { magic: `REDIS${String(version).padStart(4, '0')}` }))[0]).toBe(
    `version ${version}`,
  )
})

const everything = rdb([
  ...[auxiliary('redis-ver', str('7.0.15')), auxiliary('redis-bits', Buffer.of(0xc0, 64))],
  Buffer.concat([Buffer.of(247), length(9), length(2), length(1), moduleParts]),
  Buffer.concat([Buffer.of(245), str(library)]),
  ...[Buffer.of(254, 3), Buffer.of(251, 5, 5), Buffer.of(244, 1, 2, 3)],
  ...[Buffer.of(252), le(1700000000123n, 8), Buffer.of(248, 17), keyWith(0, 'with a time', str('v'))],
  ...[Buffer.of(253), le(1700000000, 4), Buffer.of(249, 9), keyWith(0, 'with seconds', str('v'))],
  ...[Buffer.of(252), le(-5n, 8), keyWith(0, 'long ago', str('v'))],
  ...keysOf(ofRedis),
  Buffer.concat([Buffer.of(0, 0xc2), le(-1234567, 4), str('key that is a number')]),
])

test('what comes before a key belongs to that key alone, and numbers and libraries are told as text', () => {
  const events = eventsOf(everything)
  expect(events.slice(0, 10)).toEqual([
    'version 12',
    'redis-ver=7.0.15',
    'redis-bits=64',
    `mylib ${str(library).toString('hex')}`,
    '[3,"string",0,"with a time",1700000000123,17,null]',
    '1 in 0176',
    '[3,"string",0,"with seconds",1700000000000,null,9]',
    '1 in 0176',
    '[3,"string",0,"long ago",-5,null,null]',
    '1 in 0176',
  ])
  expect(events).toContain('[3,"string",0,"-1234567",null,null,null]')
})

test.each([1, 2, 3, 7, 64, 1000])('pieces of %i bytes tell the same', (chunk) => {
  expect(eventsOf(everything, chunk)).toEqual(eventsOf(everything))
})

test("Valkey's slot imports are passed over, its magic is its own", () => {
  const slots = Buffer.concat([Buffer.of(243), str('job'), length(1), length(0), length(100)])
  expect(eventsOf(rdb([slots, keyWith(0, 'k', str('v'))], { magic: 'VALKEY080' }))).toHaveLength(4)
})

test('a value of 2 GB takes no memory, and comes as it is', () => {
  const chunk = Buffer.alloc(1 << 20, 120)
  let [value, end] = [0, 0]
  const reader = new RdbReader(
    {
      value: (piece) => {
        value += piece.length
      },
      keyEnd: () => {
        end++
      },
    },
    { checksum: false },
  )
  const before = process.memoryUsage.rss()
  reader.write(Buffer.concat([Buffer.from('REDIS0010'), Buffer.of(0), str('big'), Buffer.of(0x80, 0x80, 0, 0, 0)]))
  for (let written = 0; written < 2048; written++) reader.write(chunk)
  reader.write(Buffer.of(255, 0, 0, 0, 0, 0, 0, 0, 0))
  expect(reader.end()).toEqual({ version: 10, checksum: 'absent', bytes: 9 + 5 + 5 + 2 ** 31 + 9 })
  expect([value, end]).toEqual([2 ** 31 + 5, 1])
  expect(process.memoryUsage.rss() - before).toBeLessThan(40e6)
})

test('several handlers are told each, in order', () => {
  const told: string[] = []
  const reader = new RdbReader([
    { key: () => told.push('first') },
    { header: () => told.push('header') },
    { key: () => told.push('third') },
  ])
  reader.write(rdb([keyWith(0, 'k', str('v'))]))
  expect(told).toEqual(['header', 'first', 'third'])
})

test('what a handler throws comes out, and again at each later call', () => {
  const reader = new RdbReader({
    key: () => {
      throw new TypeError('mine')
    },
  })
  expect(() => reader.write(rdb([keyWith(0, 'k', str('v'))]))).toThrow('mine')
  expect(() => reader.write(Buffer.of(1))).toThrow('mine')
  expect(() => reader.end()).toThrow('mine')
})

import { expect, test } from 'vitest'
import { withTimeLimit } from '../../../../src/engines/postgres/connection/time-limit.ts'

test('work in time gives what it gives, and throws what it throws', async () => {
  await expect(withTimeLimit(60, 'shop', Promise.resolve(1))).resolves.toBe(1)
  await expect(withTimeLimit(60, 'shop', Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('work without end is unreachable', async () => {
  await expect(withTimeLimit(0.01, 'shop on db:5432', new Promise(() => {}))).rejects.toMatchObject({
    code: 'postgres/timeout',
    message: 'no answer within 0.01 s from shop on db:5432',
  })
})

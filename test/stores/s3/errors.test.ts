// S3's and the network's errors as failures.
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failure.ts'
import { isPassing, s3Code, s3Failure } from '../../../src/stores/s3/errors.ts'

const service = (name: string, httpStatusCode: number, message = name) =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } })
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe('an error of S3', () => {
  test.each([
    [service('NoSuchBucket', 404), 'unreachable', false, 'no such bucket'],
    [service('SignatureDoesNotMatch', 403), 'unreachable', false, 'secret key is wrong'],
    [service('ExpiredToken', 400), 'unreachable', false, 'expired'],
    [service('CredentialsProviderError', 0), 'unreachable', false, 'no credentials'],
    [service('SlowDown', 503), 'unreachable', true, 'slow down'],
    [service('Mystery', 500), 'unreachable', true, 'Mystery'],
    [service('Mystery', 418, 'I am a teapot'), 'unreachable', false, 'I am a teapot'],
    [service('Mystery', 403), 'unreachable', false, 'access is denied'],
    [service('BadDigest', 400), 'integrity', true, 'not those that were sent'],
    [service('QuotaExceeded', 403), 'tool', false, 'quota'],
    [system('ECONNRESET'), 'unreachable', true, 'cut'],
    [Object.assign(system('ECONNRESET'), { name: 'TimeoutError' }), 'unreachable', true, 'cut'],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'unreachable', true, 'stalled'],
    [new Error('socket hang up'), 'unreachable', true, 'socket hang up'],
    [Object.assign(new Error('x'), { cause: system('ENOTFOUND') }), 'unreachable', true, 'host name is unknown'],
    [system('SELF_SIGNED_CERT_IN_CHAIN'), 'unreachable', false, 'certificate'],
    [new Error('Region is missing'), 'usage', false, 'region is not set'],
  ] as const)('%s becomes %s (tried again: %s): %s', (error, kind, passing, words) => {
    const failure = s3Failure(error, 'write s3://b/k')
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(words), hint: expect.stringMatching(/\w/) })
    expect(failure.message).toMatch(/^cannot write s3:\/\/b\/k: .*[^.]$/s)
    expect(isPassing(error)).toBe(passing)
  })

  test('answers are not failures by themselves', () => {
    for (const name of ['NoSuchKey', 'PreconditionFailed', 'NotImplemented', 'InvalidRange']) {
      expect(s3Code(service(name, 400))).toBe(name)
      expect(isPassing(service(name, 400))).toBe(false)
    }
  })

  test('a Failure passes through, a mistake of ours is a bug', () => {
    const failure = new Failure('restore/blocked', 'no')
    expect(s3Failure(failure, 'x')).toBe(failure)
    expect(s3Failure(new TypeError('x is not a function'), 'x').kind).toBe('bug')
  })
})

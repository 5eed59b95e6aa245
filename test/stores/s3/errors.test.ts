// S3's and the network's errors as failures.
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { isPassing, s3Code, s3Failure } from '../../../src/stores/s3/errors.ts'

const service = (name: string, httpStatusCode: number, message = name) =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode } })
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe('an error of S3', () => {
  test.each([
    [service('NoSuchBucket', 404), 's3/no-such-bucket', false],
    [service('SignatureDoesNotMatch', 403), 's3/bad-credentials', false],
    [service('ExpiredToken', 400), 's3/expired-credentials', false],
    [service('CredentialsProviderError', 0), 's3/no-credentials', false],
    [service('SlowDown', 503), 's3/unavailable', true],
    [service('Mystery', 500), 's3/request-failed', true],
    [service('Mystery', 418, 'I am a teapot'), 's3/request-failed', false],
    [service('Mystery', 403), 's3/access-denied', false],
    [service('BadDigest', 400), 'store/upload-mismatch', true],
    [service('QuotaExceeded', 403), 's3/quota-exceeded', false],
    [system('ECONNRESET'), 's3/unreachable', true],
    [Object.assign(system('ECONNRESET'), { name: 'TimeoutError' }), 's3/unreachable', true],
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 's3/unreachable', true],
    [new Error('socket hang up'), 's3/request-failed', true],
    [Object.assign(new Error('x'), { cause: system('ENOTFOUND') }), 's3/unreachable', true],
    [system('SELF_SIGNED_CERT_IN_CHAIN'), 's3/tls', false],
    [new Error('Region is missing'), 's3/region-not-set', false],
  ] as const)('%s becomes %s (tried again: %s)', (error, code, passing) => {
    const failure = s3Failure(error, 'write s3://b/k')
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\w/) })
    expect(failure.message).toMatch(/^could not write s3:\/\/b\/k: .*[^.]$/s)
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
    expect(s3Failure(new TypeError('x is not a function'), 'x').code).toBe('internal/bug')
  })
})

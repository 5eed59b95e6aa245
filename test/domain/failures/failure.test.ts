import { expect, test } from 'vitest'
import { asFailure, Failure } from '../../../src/domain/failures/failure.ts'
import { joinFailures } from '../../../src/domain/failures/join-failures.ts'

const missing = new Failure('store/object-missing', 'a/b is missing', { hint: 'Use another copy.', details: ['a/b'] })

test('the code of a failure determines its kind and exit code', () => {
  expect(missing).toMatchObject({ kind: 'integrity', exitCode: 4 })
})

test('a restated failure keeps its code, hint and details and has the original as its cause', () => {
  const wider = missing.restate('could not read the backup: a/b is missing')
  expect(wider).toMatchObject({ code: missing.code, hint: missing.hint, details: missing.details, cause: missing })
  expect(missing.restate('no', 'Do this instead.').hint).toBe('Do this instead.')
})

test('joined failures have the code and hint of the first, and each message once', () => {
  const other = new Failure('s3/unreachable', 'no answer')
  expect(joinFailures([missing, other, other])).toMatchObject({
    code: 'store/object-missing',
    message: 'a/b is missing; no answer',
    hint: 'Use another copy.',
  })
  expect(joinFailures([other])).toBe(other)
  expect(joinFailures([])).toBeUndefined()
})

test('any other thrown value becomes an internal bug', () => {
  expect(asFailure(missing)).toBe(missing)
  expect(asFailure(new TypeError('x is undefined'))).toMatchObject({
    code: 'internal/bug',
    exitCode: 1,
    message: 'x is undefined',
  })
  expect(asFailure('text')).toMatchObject({ code: 'internal/bug', message: 'text' })
})

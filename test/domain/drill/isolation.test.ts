import { expect, test } from 'vitest'
import { isIsolated, isolationWarning } from '../../../src/domain/drill/isolation.ts'

test.each(['root', 'sudo', 'user-namespace', 'external'] as const)('%s isolates the scratch server', (isolation) => {
  expect(isIsolated(isolation)).toBe(true)
  expect(isolationWarning({ isolation, reasons: [] })).toBeUndefined()
})

test.each(['none', '', undefined, 'chroot'])(
  'the value %s in a drill record does not count as isolation',
  (isolation) => {
    expect(isIsolated(isolation)).toBe(false)
  },
)

test('a scratch server without isolation causes a warning with the reasons', () => {
  const reasons = ['sudo asks for a password', 'user namespaces are disabled']
  expect(isolationWarning({ isolation: 'none', reasons })).toContain(reasons.join('; '))
  expect(isolationWarning({ isolation: 'none', reasons: [] })).toContain('as requested')
})

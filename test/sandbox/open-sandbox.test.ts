// Which method isolates a program, and what happens where none does.
import { readdir, rmdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { isIsolated, isolationWarning } from '../../src/domain/drill/isolation.ts'
import { openIsolated } from '../../src/sandbox/isolated.ts'
import { isMapped, type Method } from '../../src/sandbox/methods.ts'
import { notStarted } from '../../src/sandbox/not-started.ts'
import { openSandbox, type SandboxMethods } from '../../src/sandbox/open-sandbox.ts'
import type { Sandbox, SandboxRequest } from '../../src/sandbox/sandbox.ts'
import { temporaryFolder } from '../support/real-world.ts'

const method = (isolation: Method['isolation']): Method => ({
  ...{ isolation, display: isolation, prefix: [], namespaces: [], entering: [], user: 'same' },
})
const request = (policy: SandboxRequest['policy']): SandboxRequest => ({
  ...{ temporary: '/tmp', prefix: 'resguardo-scratch-', policy, programs: [] },
  signal: new AbortController().signal,
})

/** Parts in which only these methods work. */
function parts(...works: Method['isolation'][]): SandboxMethods {
  const opened = (isolation: Sandbox['isolation']) => ({ isolation }) as Sandbox
  return {
    methods: async () => [method('sudo'), method('user-namespace')],
    isolated: async (_, { isolation }) => {
      if (works.includes(isolation)) return opened(isolation)
      throw new Error(`no ${isolation} here`)
    },
    unisolated: async () => opened('none'),
  }
}

test.each(['auto', 'required'] as const)('%s takes the first method that works', async (policy) => {
  expect(await openSandbox(request(policy), parts('sudo', 'user-namespace'))).toMatchObject({
    isolation: 'sudo',
    reasons: [],
  })
  expect(await openSandbox(request(policy), parts('user-namespace'))).toMatchObject({
    isolation: 'user-namespace',
    reasons: [],
  })
})

test('auto isolates nothing where no method works, and gives the reasons', async () => {
  const sandbox = await openSandbox(request('auto'), parts())
  expect(sandbox).toMatchObject({
    isolation: 'none',
    reasons: ['sudo: no sudo here', 'user-namespace: no user-namespace here'],
  })
  expect(isolationWarning(sandbox)).toMatch(
    /runs without isolation \(sudo: no sudo here; .*production over the network/,
  )
})

test('required refuses where no method works, and names what each lacks', async () => {
  await expect(openSandbox(request('required'), parts())).rejects.toMatchObject({
    ...{ code: 'sandbox/unavailable', exitCode: 3 },
    message: expect.stringContaining('no sudo here'),
  })
})

test('a method that does not become ready in time is given up, and leaves nothing', async () => {
  const temporary = await temporaryFolder('sandbox-late')
  const hung: Method = { ...method('sudo'), prefix: ['/bin/sh', '-c', 'exec sleep 60', 'sh'] }
  const late = openIsolated({ ...request('required'), temporary }, hung, 100)
  await expect(late).rejects.toMatchObject({
    code: 'sandbox/not-started',
    message: expect.stringContaining('not ready'),
  })
  expect(await readdir(temporary)).toEqual([])
  await rmdir(temporary)
})

test.each([
  ['unshare: unshare failed: Operation not permitted', 'this machine does not permit new namespaces'],
  ['mount: /tmp/x: permission denied.', 'this machine does not permit mounts in a new namespace'],
  ['sudo: a password is required', 'sudo refused the command'],
  ['sh: 1: setpriv: not found', 'a program that the sandbox needs is missing (util-linux)'],
  ['the sandbox user cannot run /root/postgres', 'the sandbox user cannot run /root/postgres'],
  ['', 'the set-up of the sandbox exited with 1'],
])('the reason for %j is a sentence', (stderr, message) => {
  expect(notStarted(stderr, 'exited with 1').message).toBe(message)
})

test('none isolates nothing, although a method would work, and is a warning too', async () => {
  const sandbox = await openSandbox(request('none'), parts('sudo'))
  expect(sandbox).toMatchObject({ isolation: 'none', reasons: [] })
  expect(isolationWarning(sandbox)).toContain('as requested')
})

test('where there is isolation there is no warning', () => {
  for (const isolation of ['root', 'sudo', 'user-namespace', 'external'] as const) {
    expect(isolationWarning({ isolation, reasons: [] })).toBeUndefined()
    expect(isIsolated(isolation)).toBe(true)
  }
  for (const other of ['none', undefined, 'ROOT', ['root']]) expect(isIsolated(other)).toBe(false)
})

test('an ID is used only where the user namespace of this process maps it', () => {
  expect(isMapped('         0          0 4294967295\n', 1_950_000_000)).toBe(true)
  expect(isMapped('0 1000 1\n1 100000 65536\n', 65_534)).toBe(true)
  expect(isMapped('0 1000 1\n1 100000 65536\n', 1_950_000_000)).toBe(false)
  expect(isMapped('', 0)).toBe(false)
})

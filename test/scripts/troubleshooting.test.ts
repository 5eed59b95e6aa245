import { expect, test } from 'vitest'
import { codeFaults, troubleshootingPage } from '../../scripts/generate/troubleshooting.ts'
import { failureCodes } from '../../src/domain/failures/failure-codes.ts'

const codes = Object.keys(failureCodes)
const page = troubleshootingPage(codes.map((code) => `### ${code}\nTry again.\n`).join('\n'))
const sources = [codes.map((code) => `new Failure('${code}', '')`).join('\n')]

test('each entry has the exit code of its code, once', () => {
  expect(page).toContain('### postgres/lock-timeout\nExit code 5 (tool).\nTry again.\n')
  expect(troubleshootingPage(page)).toBe(page)
  expect(troubleshootingPage(page.replace('Exit code 5 (tool).', 'Exit code 9 (tool).'))).toBe(page)
})

test('codes and entries that match have no faults', () => {
  expect(codeFaults(page, sources)).toEqual([])
})

test.each([
  [
    'a code without an entry',
    page.replace('### disk/full\n', ''),
    sources,
    'docs/troubleshooting.md has no entry ### disk/full',
  ],
  [
    'an entry without a code',
    `${page}### disk/gone\nBuy one.\n`,
    sources,
    'docs/troubleshooting.md: there is no code disk/gone',
  ],
  [
    'two entries for one code',
    `${page}### disk/full\nBuy one.\n`,
    sources,
    'docs/troubleshooting.md: two entries ### disk/full',
  ],
  [
    'an entry without advice',
    page.replace('### disk/full\nExit code 5 (tool).\nTry again.', '### disk/full\nExit code 5 (tool).'),
    sources,
    'docs/troubleshooting.md: ### disk/full does not say what to do',
  ],
  [
    'a code that is only compared',
    page,
    [sources[0]?.replace("new Failure('disk/full', '')", "if (failure.code === 'disk/full')") ?? ''],
    'src creates no failure with the code disk/full',
  ],
])('%s is a fault', (_, text, texts, fault) => {
  expect(codeFaults(text, texts)).toEqual([fault])
})

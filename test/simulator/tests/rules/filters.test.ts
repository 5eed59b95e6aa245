// Branch, tag and path patterns as GitHub's cheat sheet explains them.
import { describe, expect, test } from 'vitest'
import { anyPasses, included, passes } from '../../filter-patterns.ts'

describe('a pattern', () => {
  // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
  test.each([
    ['feature/*', 'feature/my-branch', true],
    ['feature/*', 'feature/a/b', false],
    ['feature/**', 'feature/beta-a/my-branch', true],
    ['**', 'all/the/branches', true],
    ['*', 'a/b', false],
    ['*feature', 'mona-feature', true],
    ['v2*', 'v2.9', true],
    ['v[12].[0-9]+.[0-9]+', 'v1.10.1', true],
    ['v[12].[0-9]+.[0-9]+', 'v3.0.0', false],
    ['**.js', 'src/js/app.js', true],
    ['*.jsx?', 'page.js', true],
    ['*.jsx?', 'page.jsx', true],
    ['docs/**/*.md', 'docs/README.md', true],
    ['docs/**/*.md', 'docs/a/markdown/file.md', true],
    ['**/docs/**', 'docs/hello.md', true],
    ['**/docs/**', 'dir/docs/my-file.txt', true],
    ['**/*-post.md', 'my-post.md', true],
    ['**/migrate-*.sql', 'db/sept/migrate-v1.sql', true],
    ['db/(a).sql', 'db/(a).sql', true],
    ['a.b', 'axb', false],
  ])('%s and %s: %s', (pattern, name, answer) => {
    expect(included([pattern], name)).toBe(answer)
  })
})

test('the last pattern that matches decides', () => {
  expect(included(['releases/**', '!releases/**-alpha'], 'releases/10-alpha')).toBe(false)
  expect(included(['!releases/**-alpha', 'releases/**'], 'releases/10-alpha')).toBe(true)
  expect(included(['!a'], 'b')).toBe(false)
})

test('with -ignore everything else passes, and the two exclude each other', () => {
  expect(passes(undefined, ['docs/**'], 'src/a')).toBe(true)
  expect(passes(undefined, undefined, 'x')).toBe(true)
  expect(() => passes(['a'], ['b'], 'x')).toThrow('cannot stand together')
})

test('one file is enough: with -ignore one that is not ignored', () => {
  expect(anyPasses(['db/**'], undefined, ['README.md', 'db/1.sql'])).toBe(true)
  expect(anyPasses(undefined, ['**.md'], ['README.md', 'a.md'])).toBe(false)
  expect(anyPasses(undefined, ['**.md'], ['README.md', 'a.ts'])).toBe(true)
})

// Release notes come out of the changelog.
import { expect, test } from 'vitest'
import { notesOf } from '../../scripts/release/notes.ts'

const changelog = `# Changelog

## [1.1.0] - Unreleased
### Added
- Soon.

## [1.0.1] - 2026-12-01
### Fixed
- A thing.

## [1.0.10] - 2026-11-30
- Another.
`

test('the notes of a version are its section, without the heading', () => {
  expect(notesOf(changelog, '1.0.1')).toBe('### Fixed\n- A thing.')
  expect(notesOf(changelog, '1.0.10')).toBe('- Another.')
})

test('a version that is not there, or not dated, has none', () => {
  expect(notesOf(changelog, '1.0.0')).toBeUndefined()
  expect(notesOf(changelog, '1.1.0')).toBeUndefined()
})

// Prints the CHANGELOG's notes of one version: `node scripts/release-notes.ts v1.2.3`. Fails if the tag, package.json,
// src/main/version.ts and the CHANGELOG do not agree, or if the version is still "Unreleased".
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../src/main/version.ts'
import { notesOf } from './release/notes.ts'

const root = join(import.meta.dirname, '..')
const [tag = ''] = process.argv.slice(2)
const { version: packaged } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const wanted = tag.replace(/^v/, '')
for (const [where, has] of Object.entries({ 'package.json': packaged, 'src/main/version.ts': version })) {
  if (has === wanted) continue
  console.error(`${tag} is tagged, but ${where} says ${has}`)
  process.exit(1)
}
const notes = notesOf(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), wanted)
if (notes === undefined) {
  console.error(`CHANGELOG.md has no dated section for ${wanted}`)
  process.exit(1)
}
console.log(notes)

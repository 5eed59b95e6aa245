// Whatever the sources export is imported somewhere else; what only its own file uses is not exported.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const imports = /(?:import|export)\s+(?:type\s+)?(\{[^}]*\}|\* as \w+)\s+from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g
const exported = /^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm

/** `file name` of all that is imported; `file *` where a file is imported as a whole. */
function importedNames(file: string, text: string): string[] {
  return [...text.matchAll(imports)].flatMap(([, what = '*', from = '', dynamic]) => {
    const path = join(dirname(file), dynamic ?? from)
    if (dynamic !== undefined || what.startsWith('*')) return [`${path} *`]
    const names = what.slice(1, -1).split(',')
    return names.map(
      (name) =>
        `${path} ${name
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*/, '')}`,
    )
  })
}

test('every export of the sources is imported by another file', () => {
  const files = globSync('{src,scripts,test}/**/*.ts').map((file) => ({ file, text: readFileSync(file, 'utf8') }))
  const imported = new Set(files.flatMap(({ file, text }) => importedNames(file, text)))
  const unused = files
    .filter(({ file }) => file.startsWith('src/') && !imported.has(`${file} *`))
    .flatMap(({ file, text }) => [...text.matchAll(exported)].map(([, name]) => `${file} ${name}`))
    .filter((name) => !imported.has(name))
  expect(imported.size).toBeGreaterThan(1000)
  expect(unused).toEqual([])
})

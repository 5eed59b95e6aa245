// Repeatedly replaces the folders in the working directory by symbolic links to a victim. Tests run it during a
// removal.
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'

const [, , victim = '', aside = ''] = process.argv
const end = performance.now() + 20_000
mkdirSync(aside, { recursive: true })
process.stdout.write('ready\n')
while (performance.now() < end) {
  let names = []
  try {
    names = readdirSync('.').reverse()
  } catch {}
  if (names.length === 0) break
  for (const name of names)
    try {
      renameSync(name, `${aside}/${name}`)
      symlinkSync(victim, name)
      if (performance.now() > end) break
    } catch {}
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
}

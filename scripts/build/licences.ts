// The licences of all bundled packages, as their terms require.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Package {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** Returns a text with the licence of every package that has a file in the bundle; equal licences appear once. */
export async function licences(root: string, inputs: readonly string[]): Promise<string> {
  const holders = new Map<string, Set<string>>()
  for (const folder of packageFolders(inputs)) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Package
    const text = await licenceText(join(root, folder))
    holders.set(text, (holders.get(text) ?? new Set()).add(`${name} ${version} (${license ?? 'see below'})`))
  }
  const sections = [...holders].map(([text, names]) => `${[...names].sort().join('\n')}\n\n${text}`).sort()
  const rule = `\n${'-'.repeat(80)}\n`
  return `Resguardo is bundled together with the packages below, each under its own licence.\n${rule}${sections.join(rule)}`
}

function packageFolders(inputs: readonly string[]): Set<string> {
  const folders = inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return new Set(folders.filter((folder) => folder !== undefined))
}

async function licenceText(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8').catch(() => '')))
  const text = texts.map(tidy).join('\n\n')
  return `${text || 'The package carries no licence file.'}\n`
}

function tidy(text: string): string {
  return text.replaceAll(/[ \t\r]+$/gm, '').trim()
}

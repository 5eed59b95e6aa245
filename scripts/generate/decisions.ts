// The list of decisions in docs/decisions/README.md: each page's number and title.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A Markdown list with a link per page of a folder. Throws if a page's first line is not `# NNNN: Title` with the
 * number of its name.
 */
export async function decisionList(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.*\.md$/.test(name)).sort()
  const lines = names.map(async (name) => {
    const title = /^# (\d{4}): (.+)\n/.exec(await readFile(join(folder, name), 'utf8'))
    if (title?.[1] !== name.slice(0, 4)) throw new Error(`${name}: the first line must be # ${name.slice(0, 4)}: Title`)
    return `- [${title[1]}](${name}): ${title[2]}`
  })
  return (await Promise.all(lines)).join('\n')
}

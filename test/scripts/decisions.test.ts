// The list of decisions has a link per page, and the number of a page must match its file name.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { decisionList } from '../../scripts/generate/decisions.ts'

async function folderOf(pages: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'decisions-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(pages)) await writeFile(join(folder, name), text)
  return folder
}

test('pages are listed by number with their titles, other files are not', async () => {
  const folder = await folderOf({
    '0002-b.md': '# 0002: Second\n',
    '0001-a.md': '# 0001: First\ntext',
    'README.md': '# All\n',
  })
  expect(await decisionList(folder)).toBe('- [0001](0001-a.md): First\n- [0002](0002-b.md): Second')
})

test('a page with a different number than its file name is refused', async () => {
  await expect(decisionList(await folderOf({ '0003-c.md': '# 0002: Third\n' }))).rejects.toThrow('0003-c.md')
})

// Gives a complete file or folder its final name, without replacing what another process has created meanwhile.
import { link, open, rename, rm } from 'node:fs/promises'
import { Failure } from '../../../domain/failures/failure.ts'

const noHardLinks = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']

/** Gives the file its name. A hard link is atomic and never replaces a file. Throws `file/exists` if there is one. */
export async function appear(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (!noHardLinks.includes(codeOf(error))) throw exists(error, path)
    await renameToNew(temporary, path)
  }
}

/**
 * The same on a file system without hard links. A rename replaces files, so the name is reserved first: an empty file
 * is created exclusively, and only this file is replaced.
 */
export async function renameToNew(temporary: string, path: string): Promise<void> {
  const reserved = await open(path, 'wx', 0o600).catch((error) => {
    throw exists(error, path)
  })
  await reserved.close()
  await rename(temporary, path).catch(async (error) => {
    await rm(path, { force: true })
    throw error
  })
}

/** Gives the folder its name. Throws `file/exists` if there is a file, or a folder that is not empty. */
export async function folderAppears(temporary: string, path: string): Promise<void> {
  await rename(temporary, path).catch((error) => {
    throw exists(error, path)
  })
}

function exists(error: unknown, path: string): unknown {
  if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error))) return error
  return new Failure('file/exists', `${path} was created by another process meanwhile, and is not overwritten`, {
    hint: 'Give a new name, or move what is there.',
    cause: error,
  })
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? ''
}

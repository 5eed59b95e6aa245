// What the service tests share for one run: a folder, in which servers are started when first needed; removed at the
// end.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { removeFolder, stopCeph } from './s3-server.ts'
import type {} from './shared-s3-server.ts'

let folder: string | undefined

/** Vitest calls this once before the service tests. Nothing is started yet. */
export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-tests-'))
  project.provide('shared', { folder, watched: process.pid })
  process.env.TEST_TEMPLATES = folder
}

/** Vitest calls this once after them, also after failures; after a kill, the servers notice by themselves. */
export async function teardown(): Promise<void> {
  if (folder === undefined) return
  await stopCeph(join(folder, 'ceph'))
  await removeFolder(folder)
}

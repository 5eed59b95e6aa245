// Files that a command leaves on this machine: temporary folders, shared memory, mounts.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Everything below a folder, as relative paths, sorted. Empty if the folder does not exist. */
export function filesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Mount points at or below a folder, in this mount namespace. */
export function mountsBelow(folder: string): string[] {
  const mountPoints = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    )
  return mountPoints.filter((path) => path === folder || path.startsWith(`${folder}/`))
}

/** Returns shared memory that these processes map (POSIX) or created (System V): /dev/shm/NAME, sysv:ID. */
export function sharedMemoryOf(processes: readonly number[]): string[] {
  const processIds = new Set(processes)
  const created = systemVSegments().filter(({ creator }) => processIds.has(creator))
  return [...mappedFiles(processes.map(String)), ...created.map(({ name }) => name)]
}

/** Returns the existing `names` that no process uses. */
export function abandonedSharedMemory(names: readonly string[]): string[] {
  if (names.length === 0) return []
  const mapped = mappedFiles(readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
  const unused = new Set(systemVSegments().flatMap(({ name, attached }) => (attached === 0 ? [name] : [])))
  return names.filter((name) => unused.has(name) || (existsSync(name) && !mapped.has(name)))
}

function systemVSegments(): { name: string; creator: number; attached: number }[] {
  const lines = readFileSync('/proc/sysvipc/shm', 'utf8').trim().split('\n').slice(1)
  return lines.map((line) => {
    const columns = line.trim().split(/\s+/)
    return { name: `sysv:${columns[1]}`, creator: Number(columns[4]), attached: Number(columns[6]) }
  })
}

function mappedFiles(processes: readonly string[]): Set<string> {
  const mapped = new Set<string>()
  for (const pid of processes) {
    try {
      for (const [path] of readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/\/dev\/shm\/PostgreSQL\.\d+/g))
        mapped.add(path)
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return mapped
}

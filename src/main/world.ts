// The world that commands run in: connects every port with its implementation, which is loaded on first use.
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { BackupKind, World } from '../commands/world.ts'
import { shellWord } from '../domain/text/command-line.ts'
import { backupKinds, choicesOf } from '../kinds/kinds.ts'
import { openStore } from '../operations/stores/store-kinds.ts'
import type { StoreKind } from '../ports/store.ts'
import { storeKinds } from '../stores/stores.ts'
import { systemClock } from './clock.ts'
import { codeOriginOf } from './code-origin.ts'
import { databaseLocator } from './locate-database.ts'
import { originOf } from './origin.ts'
import { transportWarnings } from './transport-warnings.ts'

/** The real world; `reporter` receives all messages. */
export function makeWorld(
  parts: Pick<World, 'reporter' | 'signal' | 'hideSecrets' | 'idToken'>,
  stores: readonly StoreKind[] = storeKinds,
  kinds: readonly BackupKind[] = backupKinds,
): World {
  const { reporter, signal, idToken } = parts
  const warnOnce = oncePerSentence((sentence) => reporter.warn(sentence))
  const note = (sentence: string): void => reporter.note(sentence)
  const storeWorld = {
    ...{ clock: systemClock, note, warnOnce, interruption: signal, environment: process.env },
    ...(idToken && { idToken }),
  }
  const check = transportWarnings(warnOnce)
  signal.addEventListener('abort', endSilentConnections, { once: true })
  const located = databaseLocator(process.env, check.database)
  return {
    ...parts,
    state: {},
    clock: systemClock,
    random: () => randomBytes(3).toString('hex'),
    temporary: tmpdir(),
    async removeLeftovers(more) {
      const { sweepLeftovers } = await import('../streams/files/leftovers.ts')
      const folders = ['/tmp', tmpdir(), process.env.RUNNER_TEMP, more].flatMap((folder) => folder || [])
      const { removed, left } = await sweepLeftovers(...folders)
      if (removed > 0) reporter.note(`Removed temporary files that killed runs left behind (${removed} folders).`)
      for (const path of left) reporter.warn(filesOfAnother(path))
    },
    ephemeral: process.env.RUNNER_ENVIRONMENT === 'github-hosted',
    origin: originOf(process.env),
    kinds,
    choices: choicesOf(kinds),
    stores,
    openStore: (address, values) => openStore(stores, address, values, storeWorld),
    async openPlatform(url, settings) {
      const { openPlatform } = await import('../engines/postgres/platform.ts')
      return openPlatform(await located(url), settings)
    },
    async openTenants(url) {
      const { openTenants } = await import('../engines/postgres/tenants/plan.ts')
      return openTenants(await located(url))
    },
    async openTenantDump(url, request) {
      const { openTenantDump } = await import('../engines/postgres/tenants/dump/open-tenant-dump.ts')
      return openTenantDump(await located(url), request)
    },
    async openTenantTarget(url) {
      const { openTenantTarget } = await import('../engines/postgres/tenants/restore/open-tenant-target.ts')
      return openTenantTarget(await located(url))
    },
    async openTenantZip(path, limits) {
      const { openTenantZip } = await import('../engines/postgres/tenants/zip-reading/open-tenant-zip.ts')
      return openTenantZip(path, limits)
    },
    async openTenantPack(path, limits) {
      const { openTenantPack } = await import('../engines/postgres/tenants/zip-reading/open-tenant-pack.ts')
      return openTenantPack(path, limits)
    },
    async openScratch(request) {
      const { openScratch } = await import('../engines/postgres/scratch/open-scratch.ts')
      const { server } = request
      return openScratch(server ? { ...request, server: { ...server, url: await located(server.url) } } : request)
    },
    async openRedis(address) {
      const { openRedis } = await import('../engines/redis/redis.ts')
      await check.redis(address)
      return openRedis(address)
    },
    async openRedisTarget(address) {
      const { openRedisTarget } = await import('../engines/redis/restore/open-redis-target.ts')
      await check.redis(address)
      return openRedisTarget(address)
    },
    async openRedisScratch(request) {
      const { openRedisScratch } = await import('../engines/redis/scratch/open-redis-scratch.ts')
      return openRedisScratch(request)
    },
    async writeRedisFile(request) {
      const { writeRedisFile } = await import('../engines/redis/file/file.ts')
      return writeRedisFile(request)
    },
    async examineRedis(address, request) {
      const { examineRedis } = await import('../engines/redis/doctor/doctor.ts')
      return examineRedis(address, request)
    },
    async openLiveServer(url, settings) {
      const { openLiveServer } = await import('../engines/postgres/live/open-live-server.ts')
      return openLiveServer(await located(url), settings)
    },
    async openRecord(url, settings) {
      const { openRecord } = await import('../engines/postgres/record/open-record.ts')
      return openRecord(await located(url), settings)
    },
    async openChanges(directory, settings) {
      const { openChanges } = await import('../git/changes.ts')
      return openChanges(directory, settings)
    },
    async identifyDatabase(url) {
      const { identifyDatabase } = await import('../engines/postgres/connection/identity.ts')
      return identifyDatabase(await located(url))
    },
    async databaseNameOf(url) {
      const { parseAddress } = await import('../engines/postgres/connection/address.ts')
      return parseAddress(await located(url)).database
    },
    async openForge({ githubToken }) {
      const { openForge } = await import('./forge.ts')
      return openForge(githubToken, process.env, { reporter, signal })
    },
    async runUserCommand(command, options) {
      const { runUserCommand } = await import('../streams/processes/user-command.ts')
      return runUserCommand(command, options, (line) => reporter.note(line))
    },
    rehearsal: {
      origin: codeOriginOf(process.env),
      async openDatabase(place, options) {
        const { openRehearsal } = await import('../engines/postgres/rehearsal/open-rehearsal.ts')
        return openRehearsal(place, options)
      },
      async openConfinement(request) {
        const { openConfinement } = await import('../sandbox/open-confinement.ts')
        return openConfinement(request)
      },
    },
  }
}

function oncePerSentence(warn: (sentence: string) => void): (sentence: string) => void {
  const said = new Set<string>()
  return (sentence) => {
    if (said.has(sentence)) return
    said.add(sentence)
    warn(sentence)
  }
}

async function endSilentConnections(): Promise<void> {
  const { endSilentSockets } = await import('../streams/silent-sockets.ts')
  endSilentSockets()
}

function filesOfAnother(path: string): string {
  return `Could not remove ${path}, which a killed run left behind: it contains files of another user. To remove it: sudo rm -rf -- ${shellWord(path)}`
}

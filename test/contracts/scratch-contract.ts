// Contract tests of the Scratch port, into which a drill loads a backup.
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../src/domain/manifest/manifest.ts'
import type { Store } from '../../src/ports/common.ts'
import type { Scratch } from '../../src/ports/drill.ts'
import type { PayloadSource } from '../../src/ports/platform.ts'
import { payloadSources } from '../../src/streams/payload.ts'

export interface ScratchUnderTest {
  /** A complete backup of the kind, and its store. */
  readonly manifest: Manifest
  readonly store: Store
  /** A store with the same backup, with a changed byte in each payload. */
  readonly damaged: Store
  /** Folder in which scratch creates its folder. */
  readonly temporary: string
  open(signal: AbortSignal): Promise<Scratch<Manifest>>
  /** Changes the loaded data. Rejects if the server cannot be reached at this URL. */
  change(url: string): Promise<void>
}

const never = new AbortController().signal

/** Deviations of a scratch from the contract, with the reason. */
interface ScratchDifferences {
  /** A second comparison does not detect changes since the first. */
  readonly comparesOnce?: string
}

/** Registers the contract's tests under a name. `make` is called once. */
export function scratchContract(
  name: string,
  make: () => Promise<ScratchUnderTest>,
  differences: ScratchDifferences = {},
): void {
  describe(`${name} keeps the contract of a scratch`, () => {
    let it: ScratchUnderTest
    const opened: Scratch<Manifest>[] = []
    const open = async (signal = never) => {
      const scratch = await it.open(signal)
      opened.push(scratch)
      return scratch
    }
    const payloads = (store = it.store) => payloadSources(store, it.manifest, never)
    const folders = async () => (await readdir(it.temporary)).filter((one) => one.startsWith('resguardo-scratch-'))

    beforeAll(async () => {
      it = await make()
    })
    afterAll(async () => {
      for (const scratch of opened) await scratch.drop()
    })

    test('a backup is loaded and equal, a change is found, and nothing is left', async () => {
      const scratch = await open()
      const read: number[] = []
      await scratch.load(it.manifest, payloads(), (bytes) => read.push(bytes))
      expect(read.length).toBeGreaterThan(0)
      expect(read.toSorted((a, b) => a - b)).toEqual(read)
      expect(await scratch.compare(it.manifest)).toEqual([])
      await it.change(scratch.url)
      if (!differences.comparesOnce) expect(await scratch.compare(it.manifest)).not.toEqual([])
      const { url, display } = scratch
      const { password, searchParams } = new URL(url)
      expect([password, searchParams.get('password')].some((secret) => secret && display.includes(secret))).toBe(false)
      await scratch.drop()
      await scratch.drop()
      await expect(it.change(url)).rejects.toThrow()
      expect(await folders()).toEqual([])
    })

    test('its port is open until it is closed', async () => {
      const scratch = await open()
      await scratch.load(it.manifest, payloads())
      await scratch.compare(it.manifest)
      const port = await scratch.openPort()
      await it.change(port.url)
      await port.close()
      await scratch.drop()
      await expect(it.change(port.url)).rejects.toThrow()
    })

    test('damaged bytes are a failure of kind integrity, and nothing is left', async () => {
      const scratch = await open()
      await expect(scratch.load(it.manifest, payloads(it.damaged))).rejects.toMatchObject({ kind: 'integrity' })
      await scratch.drop()
      expect(await folders()).toEqual([])
    })

    test('an aborted signal ends the load, and nothing is left', async () => {
      const control = new AbortController()
      const scratch = await open(control.signal)
      const reason = new Error('stopped by the test')
      const stopThen =
        <T extends unknown[], R>(work: (...given: T) => R) =>
        (...given: T): R => {
          control.abort(reason)
          return work(...given)
        }
      const sources = payloads().map((source): PayloadSource => {
        return { ...source, open: stopThen(source.open), save: stopThen(source.save) }
      })
      await expect(scratch.load(it.manifest, sources)).rejects.toThrow()
      await scratch.drop()
      expect(await folders()).toEqual([])
    })
  })
}

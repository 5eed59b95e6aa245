// Concurrency groups: which members run, wait or are cancelled.
import { expect, test } from 'vitest'
import { type Admission, ConcurrencyGroups, type Entry, entryOf } from '../../concurrency.ts'

const never = new AbortController().signal

function member(runId: number, cancelled: number[] = [], level: 'workflow' | 'job' = 'workflow') {
  return { runId, level, cancel: () => void cancelled.push(runId), signal: never }
}

const single: Entry = { group: 'g', cancelInProgress: false, queue: 'single' }

async function admit(admission: Promise<Admission>) {
  const answer = await admission
  if (!answer.admitted) throw new Error(answer.reason)
  return answer
}

test('one runs, one waits, and the next takes the place of the waiting one, whatever the case of the name', async () => {
  const groups = new ConcurrencyGroups()
  const first = await admit(groups.enter(single, member(1)))
  const second = groups.enter({ ...single, group: 'G' }, member(2))
  const third = groups.enter(single, member(3))
  expect(await second).toMatchObject({
    admitted: false,
    reason: expect.stringContaining('higher priority waiting request'),
  })
  first.leave()
  expect(await third).toMatchObject({ admitted: true })
})

test('cancel-in-progress also cancels the running one', async () => {
  const groups = new ConcurrencyGroups()
  const cancelled: number[] = []
  const first = await admit(groups.enter(single, member(1, cancelled)))
  const second = groups.enter({ ...single, cancelInProgress: true }, member(2))
  expect(cancelled).toEqual([1])
  first.leave()
  expect(await second).toMatchObject({ admitted: true })
})

test('queue: max keeps a hundred in order, and refuses the next', async () => {
  const groups = new ConcurrencyGroups()
  const max: Entry = { ...single, queue: 'max' }
  const first = await admit(groups.enter(max, member(0)))
  const waiting = Array.from({ length: 100 }, (_, index) => groups.enter(max, member(index + 1)))
  expect(await groups.enter(max, member(101))).toMatchObject({ admitted: false })
  first.leave()
  expect(await waiting[0]).toMatchObject({ admitted: true })
})

test('queue: max cannot stand beside cancel-in-progress', () => {
  const both = { group: 'g', 'cancel-in-progress': true, queue: 'max' }
  expect(() => new ConcurrencyGroups().enter(entryOf(both), member(1))).toThrow('cannot stand beside')
})

test('a job that waits for the group of its own workflow would wait for ever', async () => {
  const groups = new ConcurrencyGroups()
  await groups.enter(single, member(1))
  expect(await groups.enter(single, member(1, [], 'job'))).toMatchObject({
    reason: expect.stringContaining('deadlock'),
  })
})

test('who is cancelled while waiting leaves the queue', async () => {
  const groups = new ConcurrencyGroups()
  const first = await admit(groups.enter(single, member(1)))
  const gone = new AbortController()
  const second = groups.enter(single, { ...member(2), signal: gone.signal })
  gone.abort()
  expect(await second).toMatchObject({ admitted: false })
  first.leave()
  expect(await groups.enter(single, member(3))).toMatchObject({ admitted: true })
})

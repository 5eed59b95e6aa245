import { expect, test } from 'vitest'
import { clientsIn, nameOfWorker } from '../../../src/engines/redis/restore/clients.ts'

const mail = nameOfWorker({ prefix: 'bull', name: 'mail' })
const names = new Map([[mail, 'bull:mail']])
const line = (fields: string) => `id=3 addr=10.0.0.5:40312 laddr=10.0.0.1:6379 fd=8 age=1 idle=0 db=0 ${fields}`

test.each([
  [
    'a worker',
    `name=${mail} flags=b cmd=bzpopmin user=default`,
    'bull:mail',
    [`name ${mail}`, 'last command bzpopmin'],
  ],
  ['a worker with a name of its own', `name=${mail}:w:eu-1 flags=N cmd=evalsha`, 'bull:mail', undefined],
  ['a worker of another queue', 'name=bull:b3RoZXI= flags=b cmd=bzpopmin', undefined, undefined],
  [
    'a producer',
    'name= flags=N cmd=evalsha user=shop lib-name=ioredis lib-ver=5.8.2',
    undefined,
    ['ioredis 5.8.2', 'user shop', 'last command evalsha'],
  ],
])('%s is found', (_, fields, workerOf, traits) => {
  const found = clientsIn(line(fields), names)
  expect(found).toMatchObject([{ workerOf, host: '10.0.0.5', database: 0 }])
  if (traits) expect(found[0]?.traits).toEqual(traits)
})

test.each([
  ['a replica', 'name= flags=S cmd=replconf'],
  ['a listener to events', `name=${mail}:qe flags=b cmd=xread`],
  ['a Sentinel', 'name=sentinel-1f2e-cmd flags=N cmd=ping'],
  ['ourselves', 'name= flags=N cmd=client|list'],
])('%s neither takes nor adds jobs', (_, fields) => {
  expect(clientsIn(line(fields), names)).toEqual([])
})

test('addresses of IPv6 and text that is no list', () => {
  expect(clientsIn('id=4 addr=[::1]:5000 flags=N db=2 cmd=set\n\n', names)).toMatchObject([
    { host: '[::1]', database: 2 },
  ])
  expect(clientsIn('nothing', names)).toEqual([])
})

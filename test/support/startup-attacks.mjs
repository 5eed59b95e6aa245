// Attempts to start a PostgreSQL session as another user. Prints each result as a line of JSON: { attack, got }. Tests
// run it inside a rehearsal.
import { connect } from 'node:net'

const { PGUSER: user = '', PGDATABASE: database = '' } = process.env
const port = Number(process.env.PGPORT)
const head = (code, body = Buffer.alloc(0)) => {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(8 + body.length, 0)
  bytes.writeUInt32BE(code, 4)
  return Buffer.concat([bytes, body])
}
const startup = (words, { minor = 0, end = '\0' } = {}) =>
  head(0x3_00_00 + minor, Buffer.from(words.map((word) => `${word}\0`).join('') + end))
const mine = ['user', user, 'database', database]
const boss = ['user', 'postgres', 'database', 'postgres']
const [ssl, gss] = [head(80_877_103), head(80_877_104)]
const query = (text) => {
  const body = Buffer.from(`${text}\0`)
  const bytes = Buffer.alloc(5)
  bytes.write('Q')
  bytes.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([bytes, body])
}

const attacks = {
  'the permitted login': [startup(mine)],
  'the permitted login, protocol 3.2, after declined encryption': [ssl, gss, startup(mine, { minor: 2 })],
  'another user and database': [startup(boss)],
  'another user': [startup(['user', 'postgres', 'database', database])],
  'another database': [startup(['user', user, 'database', 'postgres'])],
  'no database': [startup(['user', user])],
  'no user': [startup(['database', database])],
  'the user twice, the other one last': [startup([...mine, 'user', 'postgres'])],
  'the user twice, the other one first': [startup([...boss, ...mine])],
  replication: [startup([...mine, 'replication', 'true'])],
  'replication of a database': [startup([...mine, 'replication', 'database'])],
  'a user that continues after a zero byte': [startup(['user', user, '', 'postgres', 'database', database])],
  'parameters after the end of the list': [startup([...mine, '', ...boss])],
  'a list without an end': [startup(boss, { end: '' })],
  'another user in capitals': [startup(['USER', 'postgres', ...mine.slice(2)])],
  'another user behind declined encryption': [ssl, startup(boss)],
  'another user in one packet with the encryption request': [Buffer.concat([ssl, startup(boss)])],
  'encryption asked for again and again': [ssl, ssl, ssl, startup(mine)],
  'protocol 2': [head(0x2_00_00, Buffer.from(`${database}\0${user}\0`))],
  'protocol 4': [head(0x4_00_00, startup(mine).subarray(8))],
  'a cancel request': [head(80_877_102, Buffer.alloc(8, 1))],
  'a message without end': [Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0])],
  'a message too short': [Buffer.from([0, 0, 0, 4, 0, 3, 0, 0])],
  'TLS at once': [Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
  'a second startup in the packet of the first': [Buffer.concat([startup(mine), startup(boss)])],
  'a second startup in a query': [startup(mine), startup(boss)],
  'options that name another user': [startup([...mine, 'options', '-c session_authorization=postgres'])],
  'a role as a setting': [startup([...mine, 'role', 'postgres'])],
  'a session authorization as a setting': [startup([...mine, 'session_authorization', 'postgres'])],
}

/** Sends the packets, one after each reply, then queries the session's users and database. */
const attempt = (packets) =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let said = ''
    let sent = 1
    let asked = false
    socket.setTimeout(3000, () => socket.destroy())
    socket.on('connect', () => socket.write(packets[0])).on('error', () => {})
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1')
      if (packets[sent]) return socket.write(packets[sent++])
      if (asked || !said.includes('Z\0\0\0\x05I')) return
      asked = true
      socket.write(
        query("SELECT 'i am ' || session_user || ' as ' || current_user || ' in ' || current_database() || '.'"),
      )
    })
    socket.on('close', () =>
      resolve(/(i am [^.]*)\./.exec(said)?.[1] ?? `refused: ${said.replaceAll(/[^ -~]+/g, '|')}`),
    )
    setTimeout(() => socket.destroy(), 1500)
  })

await Promise.all(
  Object.entries(attacks).map(async ([attack, packets]) =>
    console.log(JSON.stringify({ attack, got: await attempt(packets) })),
  ),
)

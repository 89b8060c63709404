import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tablesOf } from '../../../../src/evidence/volatile/processes.ts'
import { socketsOf } from '../../../../src/evidence/volatile/sockets.ts'

const piece = (path: string, text: string) => ({
  path: path.split('/'),
  bytes: Buffer.from(text),
  ended: 'whole' as const,
})

// As Linux writes them.
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7126562 1 0000000000000000 100 0 0 10 0
   1: 0400580A:C1CC 0100600A:01BB 01 00000000:00000000 02:000002E5 00000000  1000        0 7127176 2 0000000000000000 20 4 1 10 -1
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1 0
   1: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:D431 01 00000000:00000000 00:00000000 00000000     0        0 6 1 0
`
const unix = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 4712
0000000000000000: 00000002 00000000 00010000 0001 01 4713 @/abstract
`
const packet = `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 0      0      99
`

test('sockets as the kernel writes them', () => {
  expect(socketsOf('tcp', tcp)).toEqual([
    { protocol: 'tcp', state: 'LISTEN', local: '0.0.0.0:8080', uid: 0, inode: 7_126_562 },
    {
      protocol: 'tcp',
      state: 'ESTABLISHED',
      local: '10.88.0.4:49612',
      peer: '10.96.0.1:443',
      uid: 1000,
      inode: 7_127_176,
    },
  ])
  expect(socketsOf('tcp6', tcp6)).toMatchObject([
    { local: '[::]:8080', state: 'LISTEN' },
    { local: '[2001:db8::1]:22', peer: '[2001:db8::2]:54321' },
  ])
  expect(socketsOf('unix', unix)).toEqual([
    { protocol: 'unix', state: 'LISTEN', local: '/run/a b.sock', inode: 4711 },
    { protocol: 'unix', state: 'CONNECTED', local: '', inode: 4712 },
    { protocol: 'unix', state: 'LISTEN', local: '@/abstract', inode: 4713 },
  ])
  expect(socketsOf('packet', packet)).toEqual([
    { protocol: 'packet', state: '', local: 'protocol 0x0003, interface 2', uid: 0, inode: 99 },
  ])
})

test('what a process calls itself moves no field, and whose a socket is follows from its descriptors', () => {
  const word = fc.string({ unit: fc.constantFrom('a', ' ', ')', '(', '\n', 'Z', '1', '\u0000') })
  fc.assert(
    fc.property(word, word, (name, argument) => {
      const numbers = Array.from({ length: 40 }, (_, at) => at)
      const { processes, sockets } = tablesOf([
        piece('boot', 'btime 1700000000\n1 1\n'),
        piece('net/tcp', tcp),
        // The fields after the state: parent 1, start time (the 20th) 150 ticks.
        piece('proc/12/stat', `12 (${name}) S 1 ${numbers.slice(2, 19).join(' ')} 150 0 0\n`),
        piece('proc/12/status', `Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t1001\t0\t0\t0\n`),
        piece('proc/12/cmdline', `x\0${argument.replaceAll('\0', '')}\0`),
        piece('proc/12/links', 'exe\0/memfd:x (deleted)\0cwd\0/\0root\0/\0'),
        piece('proc/12/fd', '3\0socket:[7127176]\x004\0/tmp/socket:[7126562]\0'),
        piece('proc/12/exe.id', '1:2:3'),
        piece('proc/13/exe.id', '1:2:3'),
        piece('proc/13/stat', '13 (y) S 12\n'),
        piece('proc/13/exe.sha256', `${'ab'.repeat(32)}  -\n`),
      ])
      expect(processes[0]).toMatchObject({
        pid: 12,
        parent: 1,
        name,
        state: 'S',
        uid: 1000,
        gid: 1001,
        deleted: true,
        sha256: 'ab'.repeat(32),
        command: ['x', argument.replaceAll('\0', '')],
        started: '2023-11-14T22:13:21.500Z',
      })
      expect(sockets.map(({ owners }) => owners)).toEqual([[], [{ pid: 12, fd: '3' }]])
    }),
  )
})

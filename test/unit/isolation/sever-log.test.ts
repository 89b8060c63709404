import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeCut, judgeRelease } from '../../../src/isolation/sever-judge.ts'
import { parseCounters, parseSeverLog, parseSockets, type SeverLog } from '../../../src/isolation/sever-log.ts'
import { podWith } from './pods.ts'

const counters = (sent: number) =>
  `    lo: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n  eth0: 972 10 0 0 0 0 0 0 306 ${sent} 0 0 0 0 0 0`
const socket = (acked: number, local = '10.0.0.5:443') =>
  `ESTAB 0      36   ${local} [::ffff:192.0.2.7]:55100\n\t cubic wscale:7,7 rto:204 bytes_acked:${acked} bytes_received:9 segs_in:3 send 1bps`
const look = (at: string, sockets: string, sent = 3) =>
  `@look ${at}\n@sockets\n${sockets}@\n@counters\n${counters(sent)}\n@\n`
const log = (first: string, second: string, packet = '', head = '@cut eth0') =>
  `@kubectl-secure cut 1\n@before 4\n${head}\n@destroyed 4\n${first}${second}@packet\n${packet}@\n@end\n`
const judge = (text: string, pod = podWith(), peers: string[] = []) => {
  const parsed = parseSeverLog(text)
  if (!parsed) throw new Error('no log')
  return judgeCut(pod, parsed, { way: 'ephemeral container', peers })
}

describe('a cut', () => {
  test('is a success when nothing is left', () => {
    expect(judge(log(look('10.00', ''), look('12.01', '')))).toMatchObject({
      result: 'severed',
      before: 4,
      destroyed: 4,
      watchedMs: 2010,
      alive: [],
      why: expect.stringContaining('no packet left'),
    })
  })

  test.each<[string, string, RegExp]>([
    [
      'a connection hears more',
      log(look('1.00', `${socket(5)}\n`), look('3.00', `${socket(6)}\n`)),
      /TCP 10.0.0.5:443 .* still moves/,
    ],
    ['a new connection stands', log(look('1.00', ''), look('3.00', `${socket(0)}\n`)), /still moves/],
    ['a packet left', log(look('1.00', ''), look('3.00', '', 4)), /eth0 sent 1 packets/],
    ['a packet socket is open', log(look('1.00', ''), look('3.00', ''), '000 3 3 0800 2 1 0 0 999\n'), /packet socket/],
    [
      'an interface has no filter',
      log(look('1.00', ''), look('3.00', ''), '', '@cut net1'),
      /interface eth0 has no filter/,
    ],
  ])('is none when %s', (_, text, alive) => {
    const report = judge(text)
    expect(report).toMatchObject({ result: 'survived', alive: [expect.stringMatching(alive)] })
  })

  test('connections that the kernel does not end are said, and do no harm while nothing moves', () => {
    const still = `${socket(5)}\n`
    expect(judge(log(look('1.00', still), look('3.00', still)))).toMatchObject({
      result: 'severed',
      why: expect.stringContaining('1 connections are still there'),
    })
  })

  test('answers to probes and to exceptions may leave', () => {
    const text = log(look('1.00', ''), look('3.00', '', 9))
    const probed = podWith({ containers: [{ name: 'main', livenessProbe: { tcpSocket: { port: 80 } } }] })
    expect(judge(text, probed)).toMatchObject({ result: 'severed', why: expect.stringContaining('6 packets left') })
    expect(judge(text, podWith(), ['10.0.0.9/32'])).toMatchObject({ result: 'severed' })
  })

  test('what stopped it is unknown, never a success', () => {
    expect(judge('@kubectl-secure cut 1\n@before 1\n@failed no tc\n@end\n')).toMatchObject({
      result: 'unknown',
      why: expect.stringContaining('no tc'),
    })
    expect(judge('@kubectl-secure cut 1\n@before 1\n@cut eth0\n@end\n')).toMatchObject({ result: 'unknown' })
    expect(judge('@kubectl-secure release 1\n@end\n')).toMatchObject({ result: 'unknown' })
  })
})

test.each<[string, boolean, RegExp]>([
  ['@kubectl-secure release 1\n@released eth0\n@end\n', true, /gone/],
  ['@kubectl-secure release 1\n@released eth0\n@held eth0\n@end\n', true, /another plan still cuts eth0/],
  ['@kubectl-secure release 1\n@end\n', true, /no filters/],
  ['@kubectl-secure release 1\n@failed x\n@end\n', false, /x/],
  ['@kubectl-secure cut 1\n@end\n', false, /not that of a release/],
])('a release that says %j', (text, released, why) => {
  expect(judgeRelease(parseSeverLog(text) as SeverLog)).toEqual({ released, why: expect.stringMatching(why) })
})

describe('the protocol', () => {
  const whole = log(look('1.00', `${socket(5)}\n`), look('3.00', ''), '000 3 3 0800 2 1 0 0 999\n')

  test('cut short anywhere it is no log', () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
        expect(parseSeverLog(whole.slice(0, length))).toBeUndefined()
      }),
    )
  })

  test('a line of another sort in it is no log', () => {
    const lines = whole.split('\n')
    const odd = fc.constantFrom('tc: broken', '@what 1', '@before x', '@look now', '@sockets', '', '@cut')
    const outside = lines.flatMap((line, index) => (line === '@' || line.startsWith('@cut') ? [index + 1] : []))
    fc.assert(
      fc.property(fc.constantFrom(...outside), odd, (at, line) => {
        expect(parseSeverLog(lines.toSpliced(at, 0, line).join('\n'))).toBeUndefined()
      }),
    )
  })

  test('any text is read without a throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSeverLog(`@kubectl-secure cut 1\n${text}\n@end\n`)))
    fc.assert(fc.property(fc.array(fc.string()), (lines) => void [parseSockets(lines), parseCounters(lines)]))
  })
})

describe('what ss says', () => {
  test('of both families, mapped, with a zone, on one line or two', () => {
    const address = fc.constantFrom('10.0.0.1', '[fd00::1]', '[::ffff:10.0.0.1]', '[fe80::1]%eth0', '10.0.0.1%eth0')
    const end = fc.tuple(address, fc.integer({ min: 1, max: 65_535 })).map(([at, port]) => `${at}:${port}`)
    const one = fc.record({
      local: end,
      remote: end,
      state: fc.constantFrom('ESTAB', 'CLOSE-WAIT', 'FIN-WAIT-1', 'SYN-RECV'),
      bytes_acked: fc.nat(),
      segs_in: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(one), fc.constantFrom('\n\t ', '  '), (sockets, between) => {
        const lines = sockets.flatMap(({ local, remote, state, bytes_acked, segs_in }) =>
          `${state} 0 1   ${local}    ${remote} ${between}cubic rtt:1/2 bytes_sent:77 bytes_acked:${bytes_acked} segs_out:5 segs_in:${segs_in} app_limited`.split(
            '\n',
          ),
        )
        expect(parseSockets(lines)).toEqual(
          sockets.map(({ local, remote, state, ...counters }) => ({ local, remote, state, counters })),
        )
      }),
    )
  })

  test('details before any connection, or no addresses, are not understood', () => {
    expect(parseSockets(['\t cubic bytes_acked:1'])).toBeUndefined()
    expect(parseSockets(['ESTAB 0 0 nonsense'])).toBeUndefined()
    expect(parseSockets(['Cannot open netlink socket'])).toBeUndefined()
  })
})

test('names of interfaces are names and nothing else', () => {
  const line = (name: string) => `${name}: 1 2 0 0 0 0 0 0 306 7 0 0 0 0 0 0`
  expect(parseCounters([line('  __proto__'), line('eth0'), line('lo')])).toEqual(
    new Map([
      ['__proto__', 7],
      ['eth0', 7],
    ]),
  )
  expect(parseCounters(['eth0: 1 2'])).toBeUndefined()
})

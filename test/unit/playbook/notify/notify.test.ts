import { createHmac } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { type Channel, channelNamed, readChannels } from '../../../../src/playbook/notify/channels.ts'
import type { Message } from '../../../../src/playbook/notify/message.ts'
import { notify } from '../../../../src/playbook/notify/notify.ts'

const now = () => new Date('2026-11-21T03:00:00Z')
const message: Message = {
  id: 'run1-cut',
  run: 'run1',
  summary: 'isolated\r\nBcc: all@corp.test\u202e <!channel> *x*',
  details: ['pod shop/web <script>', 'a\u001b[31mred'],
  time: '2026-11-21T03:00:00Z',
}

type Got = { path: string; headers: IncomingHttpHeaders; body: string }
const open: (Server | SMTPServer)[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function sink(...answers: { status: number; headers?: Record<string, string> }[]) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { status, headers = {} } = answers[Math.min(got.length, answers.length - 1)] ?? { status: 200 }
      got.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status, headers).end()
    })
  })
  open.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const tell = async (channel: Channel, env: NodeJS.ProcessEnv = {}) => await notify(channel, message, env, now)

describe('notify', () => {
  it('says nothing to Slack that is markup', async () => {
    const { got, url } = await sink({ status: 200 })
    expect(await tell({ type: 'slack', url: { env: 'SLACK' } }, { SLACK: `${url}/services/T/B/key` })).toEqual({
      sent: true,
    })
    const body = JSON.parse(got[0]?.body ?? '') as { text: string; blocks: { text: { type: string; text: string } }[] }
    expect(body.blocks.map(({ text }) => text.type)).toEqual(['plain_text'])
    expect(body.text).not.toMatch(/[<>]/)
    expect(body.text).toContain('&lt;!channel&gt;')
    for (const character of ['\u001b', '\u202e']) expect(got[0]?.body).not.toContain(character)
  })

  it('signs what a webhook gets, so that it can tell who sent it and when', async () => {
    const { got, url } = await sink({ status: 204 })
    await tell({ type: 'webhook', url: `${url}/x`, secret: { env: 'KEY' } }, { KEY: 'k3y' })
    const { headers, body } = got[0] as Got
    const signed = createHmac('sha256', 'k3y').update(`${String(headers['x-kubectl-secure-timestamp'])}.${body}`)
    expect(headers['x-kubectl-secure-signature']).toBe(`v1=${signed.digest('hex')}`)
    expect(headers['idempotency-key']).toBe('run1-cut')
    expect(JSON.parse(body)).toMatchObject({ kind: 'Notification', id: 'run1-cut', run: 'run1' })
  })

  it('opens one PagerDuty incident a run', async () => {
    const { got, url } = await sink({ status: 202 })
    await tell({ type: 'pagerduty', key: { env: 'KEY' }, server: url }, { KEY: 'routing' })
    await tell({ type: 'pagerduty', key: { env: 'KEY' }, server: url }, { KEY: 'routing' })
    const bodies = got.map(({ path, body }) => ({ path, ...(JSON.parse(body) as object) }))
    expect(bodies).toMatchObject(
      [1, 2].map(() => ({ path: '/v2/enqueue', routing_key: 'routing', dedup_key: 'run1', event_action: 'trigger' })),
    )
  })

  it('tries again while a receiver is busy, and no more once it refuses', async () => {
    const busy = await sink({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 200 })
    const channel = (url: string): Channel => ({ type: 'webhook', url, secret: { env: 'KEY' } })
    expect(await tell(channel(busy.url), { KEY: 'k' })).toEqual({ sent: true })
    expect(new Set(busy.got.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(busy.got).toHaveLength(3)
    const closed = await sink({ status: 403 })
    expect(await tell(channel(closed.url), { KEY: 'k' })).toEqual({ sent: false, why: 'it answers 403' })
    expect(closed.got).toHaveLength(1)
  })

  it('follows no redirect', async () => {
    const inside = await sink({ status: 200 })
    const { url } = await sink({ status: 307, headers: { location: inside.url } })
    expect(await tell({ type: 'webhook', url, secret: { env: 'KEY' } }, { KEY: 'k' })).toMatchObject({ sent: false })
    expect(inside.got).toEqual([])
  })

  it('never throws, and never shows a secret', async () => {
    const places: [Channel, NodeJS.ProcessEnv][] = [
      [{ type: 'slack', url: { env: 'NOPE' } }, {}],
      [{ type: 'slack', url: { env: 'SLACK' } }, { SLACK: 'http://hooks.test/s3cret' }],
      [{ type: 'slack', url: { env: 'SLACK' } }, { SLACK: 'https://[s3cret' }],
      [{ type: 'slack', url: { env: 'SLACK' } }, { SLACK: 'http://127.0.0.1:1/s3cret' }],
      [{ type: 'webhook', url: 'http://127.0.0.1:1', secret: { file: '/does/not/exist' } }, {}],
    ]
    for (const [channel, env] of places) {
      const sent = await tell(channel, env)
      expect(sent.sent).toBe(false)
      expect(JSON.stringify(sent)).not.toContain('s3cret')
    }
  })

  it('sends mail in which no header can be made up', async () => {
    const got: string[] = []
    const recipients: string[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, done) => {
        recipients.push(address)
        done()
      },
      onData(stream, _session, done) {
        let text = ''
        stream.on('data', (part: Buffer) => (text += part.toString('utf8')))
        stream.on('end', () => {
          got.push(text)
          done()
        })
      },
    })
    open.push(server)
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.server.address() as AddressInfo
    const mail: Channel = {
      type: 'email',
      server: `smtp://127.0.0.1:${port}`,
      from: 'ir@corp.test',
      to: ['oncall@corp.test'],
    }
    expect(await tell(mail)).toEqual({ sent: true })
    expect(recipients).toEqual(['oncall@corp.test'])
    const [headers = ''] = (got[0] ?? '').split('\r\n\r\n')
    expect(headers).not.toMatch(/^Bcc:/im)
    expect(headers).toContain('Message-ID: <run1-cut@kubectl-secure.invalid>')
    // Elsewhere a server that does not encrypt gets nothing.
    expect(await tell({ ...mail, server: `smtp://localhost.localdomain.test:${port}` })).toMatchObject({ sent: false })
  })
})

describe('the file of channels', () => {
  const around = (text: string) => {
    const path = join(mkdtempSync(join(tmpdir(), 'channels-')), 'channels.yaml')
    writeFileSync(path, text)
    return { env: { KUBECTL_SECURE_CHANNELS: path }, home: '/nowhere' }
  }

  it('says line and field of what is wrong, and what was meant', async () => {
    const text =
      'channels:\n  oncall:\n    type: slack\n    url: {enw: SLACK}\n  hook:\n    type: webhook\n    url: https://x.test\n'
    await expect(readChannels(around(text))).rejects.toThrow(
      /channels\.yaml:4: .*enw.*did you mean env\?[^]*channels\.yaml:5: .*secret is missing/,
    )
  })

  it.each([
    ['a key in the file', 'channels: {a: {type: slack, url: https://hooks.test/key}}', /must be object/],
    [
      'an address without encryption',
      'channels: {a: {type: webhook, url: "http://x.test", secret: {env: A}}}',
      /not encrypted/,
    ],
    [
      'a password in an address',
      'channels: {a: {type: webhook, url: "https://u:p@x.test", secret: {env: A}}}',
      /password in it/,
    ],
    ['a file address', 'channels: {a: {type: webhook, url: "file:///etc/passwd", secret: {env: A}}}', /no https/],
    ['another kind of channel', 'channels: {a: {type: slak}}', /slak/],
    ['an alias', 'channels: {a: &x {type: slack, url: {env: A}}, b: *x}', /aliases/],
  ])('refuses %s', async (_what, text, why) => {
    await expect(readChannels(around(text))).rejects.toThrow(why)
  })

  it('names the channel that was meant', async () => {
    const found = await readChannels(around('channels: {oncall: {type: slack, url: {env: A}}}'))
    expect(() => channelNamed(found, 'oncal')).toThrow('there is no channel "oncal": did you mean oncall?')
    expect(() => channelNamed(found, 'constructor')).toThrow('no channel')
  })
})

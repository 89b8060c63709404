import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import type { Message } from '../../../src/playbook/notify/message.ts'
import { notify } from '../../../src/playbook/notify/notify.ts'
import { pagerDutyPost, slackPost, webhookPost } from '../../../src/playbook/notify/requests.ts'
import { reportHtml } from '../../../src/terminal/playbook-report-html.ts'
import { reportMarkdown } from '../../../src/terminal/playbook-report-markdown.ts'
import { hasHostile } from '../../../src/text/json.ts'
import { rendered, tagsOf } from '../text/rendered.ts'
import { hostileWords } from './hostile-words.ts'
import { Stage } from './report-cases.ts'

const messageOf = (word: string): Message => ({
  id: 'run1-told',
  run: 'run1',
  time: '2026-11-21T03:00:00Z',
  summary: `cut ${word}`,
  details: [`pod ${word}`, word],
})

describe('a message with what an attacker wrote', () => {
  it.each(hostileWords)('%s is text to Slack, PagerDuty and a webhook', (_what, word) => {
    const message = messageOf(word)
    const slack = JSON.parse(slackPost('https://hooks.test/x', message).body) as {
      text: string
      blocks: { text: { type: string; text: string } }[]
    }
    expect(slack.text).not.toMatch(/[<>]/)
    expect(slack.blocks.map(({ text }) => text.type)).toEqual(['plain_text'])
    const pager = JSON.parse(pagerDutyPost('https://pager.test', 'key', 'critical', message).body) as {
      dedup_key: string
      payload: { summary: string; custom_details: { details: string[] } }
    }
    expect(pager.dedup_key).toBe('run1')
    for (const text of [pager.payload.summary, ...pager.payload.custom_details.details])
      expect(hasHostile(text)).toBe(false)
    for (const text of [slack.text, slack.blocks[0]?.text.text ?? '']) {
      expect(text.split('\n')).toHaveLength(Math.min(4, text.split('\n').length))
      expect(hasHostile(text.replaceAll('\n', ''))).toBe(false)
    }
    const hook = webhookPost('https://hook.test/x', 'k3y', message, new Date(0))
    expect(hook.url).toBe('https://hook.test/x')
    expect(Object.keys(hook.headers).toSorted()).toEqual([
      'content-type',
      'idempotency-key',
      'x-kubectl-secure-signature',
      'x-kubectl-secure-timestamp',
    ])
    for (const value of Object.values(hook.headers)) expect(value).toMatch(/^[ -~]+$/)
    expect(JSON.parse(hook.body)).toMatchObject({ summary: `cut ${word}`, id: 'run1-told' })
  })

  it('is a mail to whom the channel says, and has the headers that it always has', async () => {
    const got: { to: string[]; text: string }[] = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, { envelope }, done) {
        let text = ''
        stream.setEncoding('utf8').on('data', (part: string) => (text += part))
        stream.on('end', () => {
          got.push({ to: envelope.rcptTo.map(({ address }) => address), text })
          done()
        })
      },
    })
    onTestFinished(() => server.close())
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.server.address() as AddressInfo
    const channel = {
      type: 'email',
      server: `smtp://127.0.0.1:${port}`,
      from: 'bot@example.org',
      to: ['team@example.org'],
    } as const
    for (const [, word] of hostileWords)
      expect(await notify({ ...channel, to: [...channel.to] }, messageOf(word), {}, () => new Date(0))).toEqual({
        sent: true,
      })
    const namesIn = (text: string) =>
      (text.split('\r\n\r\n')[0] ?? '').split('\r\n').flatMap((line) => /^[^\s:]+(?=:)/.exec(line) ?? [])
    const usual = [
      'From',
      'To',
      'Subject',
      'Message-ID',
      'Auto-Submitted',
      'Date',
      'MIME-Version',
      'Content-Type',
      'Content-Transfer-Encoding',
    ]
    for (const { to, text } of got) {
      expect(to).toEqual(['team@example.org'])
      expect(
        namesIn(text)
          .map((name) => name.toLowerCase())
          .toSorted(),
      ).toEqual(usual.map((name) => name.toLowerCase()).toSorted())
    }
    expect(got).toHaveLength(hostileWords.length)
  })
})

describe('a report with what an attacker wrote', () => {
  const made = async (word: string) => {
    const all = { pod: word, why: word, what: word, label: word, message: word, by: word }
    const report = await (await new Stage(all).write()).report()
    return { html: [...(await reportHtml(report))].join(''), markdown: await reportMarkdown(report) }
  }
  const plain = made('web-0')
  const shape = (html: string) => tagsOf(html).filter((tag) => !/^\/?(?:code|strong)$/.test(tag))

  test.for(hostileWords.filter(([, word]) => word.length < 1000))(
    '%s has the tags that it always has',
    async ([, word]) => {
      const [usual, hostile] = [await plain, await made(word)]
      expect(new Set(tagsOf(hostile.html))).toEqual(new Set(tagsOf(usual.html)))
      expect(new Set(shape(rendered(hostile.markdown)))).toEqual(new Set(shape(rendered(usual.markdown))))
      for (const text of [hostile.html, hostile.markdown]) expect(hasHostile(text.replaceAll('\n', ''))).toBe(false)
    },
  )
})

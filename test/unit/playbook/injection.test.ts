import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/change/plan.ts'
import { unattended } from '../../../src/cli/playbook-unattended.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { SecureError } from '../../../src/errors.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { checkAnswers, noAnswers } from '../../../src/playbook/answers.ts'
import { answersSchema } from '../../../src/playbook/answers-schema.ts'
import { pinned } from '../../../src/playbook/pin.ts'
import { readPlaybook } from '../../../src/playbook/read.ts'
import { readObject } from '../../../src/playbook/run/read-object.ts'
import { readRunJournal } from '../../../src/playbook/run/journal.ts'
import type { RunEvent } from '../../../src/playbook/run/responder.ts'
import { type RunBase, startPlaybook } from '../../../src/playbook/run/run.ts'
import { argsOf, holds, textOf } from '../../../src/playbook/run/walk.ts'
import { reportOfRun } from '../../../src/playbook/run-report.ts'
import type { Message } from '../../../src/playbook/notify/message.ts'
import { checkYaml } from '../../../src/schema/checked-yaml.ts'
import { plain as plainLook } from '../../../src/terminal/look.ts'
import { eventText, runSummaryText } from '../../../src/terminal/playbook-run-text.ts'
import { hasHostile } from '../../../src/text/json.ts'
import { withState } from './fuzz-trial.ts'
import { exampleWorld } from './fuzz-world.ts'
import { hostileWords } from './hostile-words.ts'

const words = fc.oneof(
  fc.constantFrom(...hostileWords.map(([, word]) => word)),
  fc.string({ unit: 'binary', minLength: 1 }),
)
const scopeOf = (word: string) => ({
  inputs: { word, other: 'SECRET', list: [word] },
  steps: { found: { annotation: word } },
})
const oneLine = (word: string) => word.replaceAll(/[\r\n]+/g, ' ')

describe('what an attacker wrote, as a value of an expression', () => {
  it('is never gone through again: not by a hole, not by CEL', async () => {
    await fc.assert(
      fc.asyncProperty(words, async (word) => {
        const scope = scopeOf(word)
        expect(await textOf('a ${{ inputs.word }} b ${{ steps.found.annotation }}', scope, 'x')).toBe(
          `a ${oneLine(word)} b ${oneLine(word)}`,
        )
        const given = { a: '${{ inputs.word }}', b: '${{ [inputs.word] }}' }
        expect(await argsOf(given, scope, 'x')).toEqual({ a: word, b: [word] })
        expect(await holds('inputs.word == steps.found.annotation', scope, 'x')).toBe(true)
        expect(await holds("inputs.word == 'SECRET' || steps.found.annotation == inputs.other", scope, 'x')).toBe(false)
      }),
    )
  })
})

describe('as a name', () => {
  const asked: string[] = []
  const cluster = {
    namespace: 'shop',
    request: () => Promise.reject(new Error('not asked')),
    json: ({ path }: { path: string }) => {
      asked.push(path)
      return Promise.reject(new SecureError('not-found', 'it is not there'))
    },
  } as unknown as Cluster

  it.each(hostileWords)('%s reaches no other object than the one of this name', async (_what, word) => {
    asked.length = 0
    const named = { kind: 'Pod', namespace: 'shop', name: word }
    const input = { type: 'pod', ask: '?' } as const
    for (const work of [
      async () => await pinned(cluster, input, named, { warn: () => {} }),
      async () => await pinned(cluster, input, `shop/${word}`, { warn: () => {} }),
      async () => await pinned(cluster, { ...input, type: 'secret' }, { ...named, kind: 'Secret' }, { warn: () => {} }),
    ])
      await expect(work()).rejects.toBeInstanceOf(SecureError)
    expect(asked.length > 0).toBe(word.isWellFormed())
    for (const path of asked) {
      const [, name = ''] = /^\/api\/v1\/namespaces\/shop\/(?:pods|secrets)\/([^/?#]*)$/.exec(path) ?? []
      expect(decodeURIComponent(name)).toBe(word)
    }
  })

  it('of what a step reads it is a value of a path, too', async () => {
    await withState(async (stateDir) => {
      const { engine } = exampleWorld(stateDir)
      const paths: string[] = []
      const watched: Cluster = {
        ...engine.cluster,
        request: async (request) => (paths.push(request.path), await engine.cluster.request(request)),
        json: async <T>(request: { path: string }) => (paths.push(request.path), await engine.cluster.json<T>(request)),
      }
      for (const [, word] of hostileWords)
        for (const args of [
          { kind: 'Pod', name: word },
          { kind: 'Pod', name: 'a', namespace: word },
          { kind: word, name: 'a' },
        ])
          await readObject(watched, args).catch((error: unknown) => expect(error).toBeInstanceOf(SecureError))
      const places = paths.filter((path) => path.startsWith('/api/v1/namespaces/'))
      expect(places.length).toBeGreaterThan(hostileWords.length)
      for (const path of places) expect(path).toMatch(/^\/api\/v1\/namespaces\/[^/?#]+\/pods\/[^/?#]+$/)
    })
  })
})

describe('in a run', () => {
  const steps = [
    { id: 'say', type: 'note', text: 'It is ${{ inputs.word }}, and\n${{ inputs.word }}' },
    {
      id: 'sure',
      type: 'decision',
      ask: 'Is it ${{ inputs.word }}?',
      help: '${{ inputs.word }}',
      cases: { yes: { label: 'Yes', next: 'boss' }, no: { label: 'No', next: 'end' } },
    },
    { id: 'boss', type: 'approval', role: 'boss', ask: 'May ${{ inputs.word }} go?', covers: ['told'] },
    { id: 'told', type: 'notify', channel: 'incident', message: 'cut ${{ inputs.word }}' },
    { id: 'more', type: 'prompt', input: { type: 'string', ask: 'And?' } },
    { id: 'same', type: 'note', text: 'the same', when: 'steps.more.value == inputs.word' },
    { id: 'look', type: 'get', kind: 'Pod', name: '${{ inputs.word }}', namespace: 'shop' },
  ]
  const inputs = { word: { type: 'string', ask: 'Which?' } }
  const text = dump({
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Playbook',
    metadata: {
      name: 'own',
      version: '1.0.0',
      title: 'Ours',
    },
    inputs,
    steps,
  })

  async function run(word: string, stateDir: string) {
    const { engine } = exampleWorld(stateDir)
    const events: RunEvent[] = []
    const asked: string[] = []
    const messages: Message[] = []
    const base: RunBase = {
      engine,
      actions,
      sleep: () => Promise.resolve(),
      library: () => Promise.reject(new Error('none')),
      tell: (_channel, message) => (
        messages.push(message),
        Promise.resolve({
          sent: false,
          why: word,
        })
      ),
      responder: {
        input: () =>
          Promise.resolve({
            value: word,
            by: word,
          }),
        decide: (_key, { ask, help }) => (
          asked.push(ask, help ?? ''),
          Promise.resolve({
            value: 'yes',
            by: word,
          })
        ),
        approve: (_key, { ask }) => (
          asked.push(ask),
          Promise.resolve({
            value: true,
            by: word,
          })
        ),
        mayApply: () => Promise.reject(new Error('nothing is changed')),
        say: (event) => events.push(event),
      },
    }
    const read = await readPlaybook('own.yaml', text, actions)
    const { folder, runId } = await startPlaybook(base, read, { incident: word, reason: word })
    return { events, asked, messages, folder, runId, journal: await readRunJournal(folder) }
  }

  const shownOf = (events: RunEvent[]) => events.map((event) => eventText(event, { since: 0, done: 0 }, plainLook))
  const linesOf = (all: string[]) => all.map((one) => one.split('\n').length)
  const usual = withState(async (stateDir) => shownOf((await run('web', stateDir)).events))

  it.each(hostileWords)('%s is journaled as it is, shown on its lines, and makes no file', async (_what, word) => {
    await withState(async (stateDir) => {
      const { events, asked, messages, folder, runId, journal } = await run(word, stateDir)
      expect(journal.broken).toBeUndefined()
      // Half a character is no text to a disk.
      const kept = JSON.parse(Buffer.from(JSON.stringify(word)).toString()) as Json
      expect(journal.entries).toContainEqual(expect.objectContaining({ type: 'input', name: 'word', value: kept }))
      expect(journal.entries).toContainEqual(expect.objectContaining({ type: 'done', step: 'same', outcome: 'done' }))
      expect(asked).toEqual([`Is it ${oneLine(word)}?`, oneLine(word), `May ${oneLine(word)} go?`])
      expect(messages.map(({ id, run: of }) => [id, of])).toEqual([[`${runId}-told`, runId]])
      expect(readdirSync(folder).toSorted()).toEqual(['journal.jsonl', 'playbook.yaml'])
      const shown = shownOf(events)
      const summary = runSummaryText(reportOfRun(journal.entries, folder), plainLook)
      // A name that is refused has less to show, and none has more.
      const usualLines = linesOf(await usual)
      for (const [at, lines] of linesOf(shown).entries()) expect(lines).toBeLessThanOrEqual(usualLines[at] ?? 0)
      for (const one of [...shown, summary]) expect(hasHostile(one.replaceAll('\n', ''))).toBe(false)
    })
  })
})

describe('in a file of answers', () => {
  const playbook = dump({
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Playbook',
    metadata: {
      name: 'own',
      version: '1.0.0',
      title: 'Ours',
    },
    inputs: {
      constructor: {
        type: 'string',
        ask: 'Which?',
        optional: true,
      },
    },
    steps: [
      {
        id: 'toString',
        type: 'command',
        run: 'node.cordon',
        with: { node: 'n1' },
        onFail: 'continue',
      },
      {
        id: 'valueOf',
        type: 'decision',
        ask: '?',
        cases: {
          a: {
            label: 'a',
            next: 'end',
          },
          b: {
            label: 'b',
            next: 'end',
          },
        },
      },
    ],
  }).replace('node: n1', "node: '${{ {''kind'': ''Node'', ''name'': ''n1''} }}'")

  it('a key is a key, and nothing that every object has is an answer', async () => {
    const read = await readPlaybook('own.yaml', playbook, actions)
    const about = { read, library: () => Promise.reject(new Error('none')), actions }
    const given = async (answers: string) =>
      await checkAnswers('a.yaml', await checkYaml(answers, answersSchema), about)
    await expect(given('inputs: {}\n')).rejects.toThrow('does not answer 2 of')
    for (const [, word] of hostileWords) {
      const refused = await given(
        dump({ inputs: { [word]: word }, decisions: { [word]: word }, confirm: { [word]: true } }),
      ).then(
        () => undefined,
        (error: unknown) => error as SecureError,
      )
      expect(refused).toBeInstanceOf(SecureError)
      for (const line of (refused?.hint ?? '').split('\n').slice(0, -1))
        expect(line).toMatch(/^(?:a\.yaml:\d+: |[A-Za-z])/)
    }
    await withState(async (stateDir) => {
      const { engine } = exampleWorld(stateDir)
      const voice = { begin: () => {}, say: () => {}, hush: () => {} }
      const responder = unattended(engine, noAnswers, 'a.yaml', voice)
      expect(await responder.input('constructor', { type: 'string', ask: '?' }, {})).toBeUndefined()
      await expect(responder.decide('valueOf', { ask: '?', cases: {} })).rejects.toThrow('no answer to it')
      await expect(responder.approve('toString', { role: '', ask: '', covers: [], plans: [] })).rejects.toThrow(
        'no answer to it',
      )
    })
  })
})

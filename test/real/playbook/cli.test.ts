import { generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PlaybookRunReport } from '../../../src/playbook/run-report.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { folder, hasTerminal, onTerminal, secure } from '../../cli/run.ts'

const playbook = (steps: object[], inputs: object = { node: { type: 'node', ask: 'Which node?' } }, name = 'own') =>
  dump(
    {
      apiVersion: 'kubectl-secure.github.io/v1',
      kind: 'Playbook',
      metadata: { name, version: '1.0.0', title: 'Ours' },
      inputs,
      steps,
    },
    { noRefs: true },
  )
const cordon = { id: 'cordon', type: 'command', run: 'node.cordon', with: { node: '${{ inputs.node }}' } }
const answers = { inputs: { node: 'n1' }, confirm: { cordon: true } }

describeWithCluster('control-plane', 'playbooks by the command line', (cluster) => {
  const kubectl = async (argv: string[], input?: string) => {
    const { code, stdout, stderr } = await cluster().exec(['kubectl', ...argv], input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  const isCordoned = async () =>
    (await kubectl(['get', 'node', 'n1', '-o', 'jsonpath={.spec.unschedulable}'])) === 'true'
  /** A responder's machine, with files in its working directory. */
  function machine(files: Record<string, string>) {
    const cwd = folder(files)
    const env = { KUBECONFIG: cluster().kubeconfig, XDG_STATE_HOME: folder(), XDG_CONFIG_HOME: folder() }
    return { cwd, env, run: async (...words: string[]) => await secure(['playbook', ...words], { cwd, env }) }
  }
  const reportIn = (stdout: string) => JSON.parse(stdout) as PlaybookRunReport
  const trust = (env: { XDG_CONFIG_HOME: string }, cwd: string, file = 'own.yaml') => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const keys = join(env.XDG_CONFIG_HOME, 'kubectl-secure', 'trusted-keys')
    mkdirSync(keys, { recursive: true })
    writeFileSync(join(keys, 'team.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(cwd, `${file}.sig`), sign(null, readFileSync(join(cwd, file)), privateKey))
  }

  beforeAll(async () => {
    await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }))
    await kubectl(['create', 'namespace', 'shop'])
  })

  it('runs a signed playbook by answers, lists the run, and takes it back', async () => {
    const { run, cwd, env } = machine({ 'own.yaml': playbook([cordon]), 'a.yaml': dump(answers) })
    trust(env, cwd)
    const ran = await run('run', './own.yaml', '--answers', 'a.yaml', '--incident', 'INC-1', '-o', 'json')
    const report = reportIn(ran.stdout)
    expect(report).toMatchObject({ kind: 'PlaybookRunReport', state: 'finished', incident: 'INC-1', complete: true })
    expect(report.steps).toMatchObject([{ step: 'cordon', outcome: 'done', plan: report.plans[0] as string }])
    expect(ran.stderr).toMatch(/\[0:\d\d, 0 done\] {2}cordon: node\.cordon\n/)
    expect(ran.code).toBe(0)
    expect(await isCordoned()).toBe(true)
    expect((await run('runs')).stdout).toMatch(new RegExp(`\\n${report.run} +own +finished +cordon +`))
    const asked = await run('undo', 'INC-1')
    expect(asked).toMatchObject({ code: 2, stdout: '' })
    const undone = await run('undo', 'INC-1', '--yes', '-o', 'json')
    expect(JSON.parse(undone.stdout)).toMatchObject({ kind: 'PlaybookUndoReport', run: report.run, state: 'undone' })
    expect(undone.code).toBe(0)
    expect(await isCordoned()).toBe(false)
    expect((await run('resume', report.run, '--answers', 'a.yaml')).stderr).toContain('is undone already')
  })

  it('one that nobody vouches for asks, and changes nothing; a changed one is no longer vouched for', async () => {
    const look = { id: 'look', type: 'get', kind: 'Node', name: '${{ inputs.node }}' }
    const { run, cwd, env } = machine({ 'own.yaml': playbook([look, cordon]), 'a.yaml': dump(answers) })
    trust(env, cwd)
    writeFileSync(join(cwd, 'own.yaml'), `${readFileSync(join(cwd, 'own.yaml'), 'utf8')}# changed\n`)
    const refused = await run('run', './own.yaml', '--answers', 'a.yaml', '-o', 'json')
    expect(reportIn(refused.stdout)).toMatchObject({
      state: 'stopped',
      why: 'cordon: the playbook is read-only: its signature is by no trusted key, or it was changed since',
      steps: [
        { step: 'look', outcome: 'done' },
        { step: 'cordon', outcome: 'failed' },
      ],
    })
    expect(refused.code).toBe(1)
    expect(await isCordoned()).toBe(false)
    const { run: id } = reportIn(refused.stdout)
    expect((await run('resume', id, '--answers', 'a.yaml', '--allow-unsigned')).code).toBe(0)
    expect(await isCordoned()).toBe(true)
    expect((await run('undo', id, '--yes')).code).toBe(0)
  })

  it('leaves nothing of itself in the cluster where it stopped, and is taken back', async () => {
    const never = { id: 'never', type: 'verify', run: 'node.pods', with: { node: '${{ inputs.node }}' } }
    const steps = [cordon, { ...never, until: 'false', timeout: '1s' }]
    const { run } = machine({ 'own.yaml': playbook(steps), 'a.yaml': dump(answers) })
    const stopped = await run('run', './own.yaml', '--answers', 'a.yaml', '--allow-unsigned', '-o', 'json')
    const report = reportIn(stopped.stdout)
    expect(report).toMatchObject({ state: 'stopped', steps: [{ outcome: 'done' }, { outcome: 'failed' }] })
    const records = async () => await kubectl(['get', 'leases,secrets', '-n', 'kubectl-secure', '-o', 'name'])
    // Somebody may go on with it: it is theirs until then.
    expect(await records()).toContain(report.run)
    expect((await run('undo', report.run, '--yes')).code).toBe(0)
    expect(await records()).not.toContain(report.run)
  }, 30_000)

  it('goes on after kill -9 where it was, and makes no change twice', async () => {
    const wait = { id: 'breath', type: 'wait', for: '5s', why: 'so that there is time to die' }
    const files = { 'own.yaml': playbook([cordon, wait]), 'a.yaml': dump(answers) }
    const { run, cwd, env } = machine(files)
    let pid = 0
    const words = ['playbook', 'run', './own.yaml', '--answers', 'a.yaml', '--allow-unsigned']
    let isDead = false
    const onStderr = (text: string) => {
      if (isDead || !text.includes('waiting 5s')) return
      isDead = true
      process.kill(pid, 'SIGKILL')
    }
    await secure(words, { cwd, env, onStart: (started) => (pid = started), onStderr })
    expect(isDead).toBe(true)
    const listed = await run('runs')
    expect(listed.stdout).toMatch(/unfinished +breath/)
    expect(listed.code).toBe(1)
    const [, id = ''] = /\n(\S+) +own/.exec(listed.stdout) ?? []
    const resumed = reportIn((await run('resume', id.slice(0, 6), '--answers', 'a.yaml', '-o', 'json')).stdout)
    expect(resumed).toMatchObject({ run: id, state: 'finished' })
    expect(resumed.plans).toHaveLength(1)
    expect((await run('undo', id, '--yes')).code).toBe(0)
  }, 60_000)

  it('goes on with no other playbook than it was begun with, and says the difference', async () => {
    const sure = { id: 'sure', type: 'approval', role: 'boss', covers: ['cordon'] }
    const { run, cwd } = machine({
      'own.yaml': playbook([cordon]),
      'a.yaml': dump({ ...answers, confirm: { cordon: false } }),
    })
    const first = await run('run', './own.yaml', '--answers', 'a.yaml', '--allow-unsigned', '-o', 'json')
    const report = reportIn(first.stdout)
    expect([first.code, report.why]).toEqual([1, 'cordon: admin said no'])
    writeFileSync(join(cwd, 'own.yaml'), playbook([sure, cordon]))
    writeFileSync(join(cwd, 'a.yaml'), dump({ inputs: { node: 'n1' }, confirm: { cordon: true } }))
    const copy = join(report.folder, 'playbook.yaml')
    const refused = await run('resume', report.run, 'own.yaml', '--answers', 'a.yaml')
    expect(refused.code).toBe(2)
    const approvals = { sure: { by: 'boss', playbook: /playbook: ([0-9a-f]{64})/.exec(refused.stderr)?.[1] } }
    writeFileSync(join(cwd, 'b.yaml'), dump({ inputs: { node: 'n1' }, confirm: { cordon: true }, approvals }))
    const other = await run('resume', report.run, '--answers', 'b.yaml')
    expect(other.stderr).toMatch(/was begun with another own than .*own\.yaml:\nline \d+:\n- .*\n\+ /)
    expect(other.code).toBe(4)
    expect(await isCordoned()).toBe(false)
    expect((await run('resume', report.run, copy, '--answers', 'a.yaml', '--allow-unsigned')).code).toBe(0)
    expect((await run('undo', report.run, '--yes')).code).toBe(0)
  }, 30_000)

  it('destroys what is named in the answers, and nothing else', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop' } }
    await kubectl(['create', '-f', '-'], JSON.stringify({ ...pod, spec: { containers: [{ name: 'c', image: 'x' }] } }))
    const target = { target: '${{ inputs.pod }}' }
    const steps = [
      { id: 'evidence', type: 'command', run: 'evidence.collect', with: target, onFail: 'continue' },
      {
        id: 'gone',
        type: 'command',
        run: 'pod.delete',
        with: target,
        destroys: ['its memory'],
        requires: ['evidence'],
      },
    ]
    const given = (name: string) => dump({ inputs: { pod: 'shop/web-0' }, confirm: { gone: name } })
    const { run, cwd } = machine({
      'own.yaml': playbook(steps, { pod: { type: 'pod', ask: '?' } }),
      'a.yaml': given('web-1'),
    })
    const flags = ['--answers', 'a.yaml', '--allow-unsigned', '--skip-evidence=a test', '-o', 'json']
    const stopped = await run('run', './own.yaml', ...flags)
    expect(stopped.stderr).toContain('gone destroys')
    const first = reportIn(stopped.stdout)
    expect(first.why).toContain('gone destroys web-0, which confirm.gone does not name')
    expect(await kubectl(['get', 'pods', '-n', 'shop', '-o', 'name'])).toBe('pod/web-0\n')
    writeFileSync(join(cwd, 'a.yaml'), given('web-0'))
    const second = await run('resume', first.run, ...flags)
    expect(reportIn(second.stdout).state).toBe('finished')
    expect(await kubectl(['get', 'pods', '-n', 'shop', '-o', 'name'])).toBe('')
  }, 30_000)

  it('a rehearsal plans and previews, writes nothing, and leaves no run behind', async () => {
    const steps = [cordon, { id: 'after', type: 'note', text: 'x', when: 'steps.cordon.changed' }]
    const { run, env } = machine({ 'own.yaml': playbook(steps), 'a.yaml': dump({ inputs: answers.inputs }) })
    const mark = `playbook-rehearsal-${process.pid}`
    const as = ['--as', mark, '--as-group', 'system:masters']
    const { stdout, code } = await run('run', './own.yaml', '--answers', 'a.yaml', '--dry-run=server', ...as)
    expect(stdout).toContain('WOULD CHANGE\n')
    expect(stdout).toContain('+  unschedulable: true\n')
    expect(code).toBe(0)
    expect(await isCordoned()).toBe(false)
    expect(existsSync(join(env.XDG_STATE_HOME, 'kubectl-secure'))).toBe(false)
    const writes = readFileSync(cluster().auditLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes(mark))
      .map((line) => JSON.parse(line) as { verb: string; requestURI: string })
      .filter(({ verb, requestURI }) => !['get', 'list', 'watch'].includes(verb) && !requestURI.includes('dryRun=All'))
    expect(writes.length).toBeGreaterThan(0)
    expect(writes.filter(({ requestURI }) => !/\/selfsubject(?:access)?reviews$/.test(requestURI))).toEqual([])
  })

  it('asks for the rights of all steps before anything is changed, and the Role that it prints is enough', async () => {
    const { run } = machine({ 'own.yaml': playbook([cordon]), 'a.yaml': dump(answers) })
    const as = ['--as', 'jane', '--state-namespace', 'jane-records']
    await kubectl(['create', 'namespace', 'jane-records'])
    const base = { verbs: ['get'], apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'] }
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'jane' },
      rules: [base],
    }
    await kubectl(['create', '-f', '-'], JSON.stringify(role))
    await kubectl(['create', 'clusterrolebinding', 'jane', '--clusterrole=jane', '--user=jane'])
    // What an input names is read before the rights of its steps can be.
    const refused = await run('run', './own.yaml', '--answers', 'a.yaml', '--allow-unsigned', ...as)
    expect(refused.stderr).toMatch(/missing {2}cordon: get nodes n1, patch nodes n1/)
    expect(refused.code).toBe(4)
    expect((await run('runs', ...as)).stdout).not.toContain('own')
    const documents = refused.stderr
      .slice(refused.stderr.indexOf('---\n') + 4, refused.stderr.indexOf('\nerror:'))
      .split('---\n')
    for (const text of documents) {
      const made = load(text) as { kind: string; metadata: { name: string; namespace?: string } }
      await kubectl(['create', '-f', '-'], JSON.stringify(made))
      const { name, namespace } = made.metadata
      if (namespace === undefined)
        await kubectl(['create', 'clusterrolebinding', 'jane2', `--clusterrole=${name}`, '--user=jane'])
      else await kubectl(['create', 'rolebinding', 'jane', '-n', namespace, `--role=${name}`, '--user=jane'])
    }
    const ran = await run('run', './own.yaml', '--answers', 'a.yaml', '--allow-unsigned', ...as)
    expect([ran.code, ran.stderr.includes('missing')]).toEqual([0, false])
    expect(await isCordoned()).toBe(true)
    await kubectl(['uncordon', 'n1'])
  }, 40_000)

  describe.runIf(hasTerminal)('on a terminal', () => {
    it('offers what the cluster has, shows the plan, asks, and is stopped by No', async () => {
      const { cwd, env } = machine({ 'own.yaml': playbook([cordon]) })
      const file = join(cwd, 'own.yaml')
      const words = ['playbook', 'run', file, '--allow-unsigned']
      const no = await onTerminal(words, env, [
        [/Which node\?[^]*n1/, '\r'],
        [/Make 1 change to [^]*\(y\/N\)/, '\r'],
      ])
      expect(no.text).toMatch(/unschedulable: true/)
      expect(no.text).toMatch(/STOPPED/)
      expect(no.code).toBe(1)
      expect(await isCordoned()).toBe(false)
      const yes = await onTerminal(words, env, [
        [/Which node\?[^]*n1/, 'n\r'],
        [/Make 1 change to [^]*\(y\/N\)/, 'y\r'],
      ])
      expect(yes.text).toMatch(/FINISHED/)
      expect(await isCordoned()).toBe(true)
      await kubectl(['uncordon', 'n1'])
    }, 30_000)

    it('Ctrl-C at a question ends it with 130, and says how to go on', async () => {
      const sure = {
        id: 'sure',
        type: 'decision',
        ask: 'Sure?',
        cases: { go: { label: 'Go', next: 'cordon' }, no: { label: 'No', next: 'end' } },
      }
      const { cwd, env } = machine({ 'own.yaml': playbook([sure, cordon]) })
      const words = ['playbook', 'run', join(cwd, 'own.yaml'), '--allow-unsigned']
      const { text, code } = await onTerminal(words, env, [
        [/Which node\?[^]*n1/, '\r'],
        [/Sure\?[^]*Go/, '\u0003'],
      ])
      expect(code).toBe(130)
      expect(text).toMatch(/kubectl secure playbook resume [a-z0-9]{4}-/)
    }, 30_000)

    it('a hostile name among the choices is shown, not obeyed', async () => {
      const name = 'evil\u001b]0;owned\u0007\u202e'
      const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }
      await kubectl(
        ['create', '-f', '-'],
        JSON.stringify({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'evil' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [subject],
        }),
      )
      const look = { id: 'look', type: 'note', text: 'It is ${{ inputs.who }}' }
      const { cwd, env } = machine({ 'own.yaml': playbook([look], { who: { type: 'subject', ask: 'Who?' } }) })
      const { text, code } = await onTerminal(['playbook', 'run', join(cwd, 'own.yaml')], env, [
        [/Who\?[^]*select/, 'evil'],
        [/evil[^]*u\{1b\}[^]*select/, '\r'],
      ])
      expect(text).toContain('It is user:evil\\u{1b}]0;owned\\u{7}\\u{202e}')
      expect(text).not.toContain('\u001b]0;owned')
      expect(text).not.toContain('\u202e')
      expect(code).toBe(0)
    }, 30_000)
  })
})

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { Plan } from '../../src/change/plan.ts'
import type { LockdownReport } from '../../src/lockdown/report.ts'
import type { PreflightReport, RunReport, StatusReport } from '../../src/change/reports.ts'
import { newPlanId } from '../../src/change/id.ts'
import { describeWithCluster } from '../cluster/suite.ts'
import { folder, secure } from './run.ts'
import { hasTerminal, secureTyped } from './typed.ts'

describeWithCluster('control-plane', 'changes by the command line', (cluster) => {
  const kubectl = async (...argv: string[]) => {
    const { code, stdout, stderr } = await cluster().exec(['kubectl', ...argv])
    if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  const machine = (more: Record<string, string> = {}) => ({
    KUBECONFIG: cluster().kubeconfig,
    XDG_STATE_HOME: folder(),
    ...more,
  })
  const make = async (object: object) => {
    const { code, stderr } = await cluster().exec(['kubectl', 'create', '-f', '-'], { input: JSON.stringify(object) })
    if (code !== 0) throw new Error(stderr)
  }
  const podLabels = async () =>
    JSON.parse(await kubectl('get', 'pod', 'api-0', '-n', 'payments', '-o', 'jsonpath={.metadata.labels}')) as object
  const policies = async () => await kubectl('get', 'networkpolicies', '-n', 'payments', '-o', 'name')

  beforeAll(async () => {
    await kubectl('create', 'namespace', 'payments')
    // On a node, as far as the API server knows: what is planned beside a pod goes where the pod is.
    await make({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })
    await make({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'api-0', namespace: 'payments', labels: { app: 'api', tier: 'web' } },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] },
    })
    await kubectl(
      'patch',
      'pod',
      'api-0',
      '-n',
      'payments',
      '--subresource=status',
      '-p',
      '{"status":{"phase":"Running"}}',
    )
  })

  async function newPlan(): Promise<{ plan: Plan; file: string }> {
    const id = newPlanId()
    const uid = await kubectl('get', 'pod', 'api-0', '-n', 'payments', '-o', 'jsonpath={.metadata.uid}')
    const name = `kubectl-secure-${id}`
    const type = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }
    const label = `kubectl-secure.github.io/q-${id}`
    const spec = { podSelector: { matchLabels: { [label]: 'true' } }, policyTypes: ['Ingress', 'Egress'] }
    const labels = { 'kubectl-secure.github.io/plan': id }
    const plan: Plan = {
      apiVersion: 'kubectl-secure.github.io/v1',
      kind: 'Plan',
      id,
      command: ['isolate', 'pod/api-0'],
      incident: `INC-${id}`,
      createdAt: '2026-11-21T03:04:05Z',
      cluster: {
        id: await kubectl('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'),
        server: 'https://x',
      },
      user: { name: 'admin', groups: [] },
      changes: [
        {
          id: 'deny-1',
          do: 'create',
          why: 'denies all',
          ref: { ...type, resource: 'networkpolicies', namespace: 'payments', name },
          body: { ...type, metadata: { name, namespace: 'payments', labels }, spec },
        },
        {
          id: 'label-1',
          do: 'patch',
          why: 'marks the pod',
          ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'payments', name: 'api-0', uid },
          edits: [
            { path: ['metadata', 'labels', label], after: 'true', restore: 'always' },
            { path: ['metadata', 'labels', 'app'], before: 'api', restore: 'unquarantined' },
          ],
        },
      ],
      notes: [],
    }
    const file = join(folder(), 'plan.json')
    writeFileSync(file, JSON.stringify(plan))
    return { plan, file }
  }

  it('applies, shows and undoes a plan; twice is once', async () => {
    const env = machine()
    const { plan, file } = await newPlan()
    const applied = await secure(['apply', '-f', file, '--yes'], { env })
    expect(applied.stdout).toMatch(new RegExp(`^APPLIED {2}plan ${plan.id}`))
    expect(applied.stderr).toContain('done  patch Pod payments/api-0\n')
    expect(applied.code).toBe(0)
    expect(await podLabels()).toEqual({ [`kubectl-secure.github.io/q-${plan.id}`]: 'true', tier: 'web' })

    const { stdout, code } = await secure(['status', `INC-${plan.id}`, '-o', 'json'], { env })
    const report = JSON.parse(stdout) as StatusReport
    expect(report.runs).toMatchObject([{ plan: plan.id, state: 'applied', drift: [], records: ['journal', 'cluster'] }])
    expect(code).toBe(0)
    const shown = await secure(['status', plan.id.slice(0, 6)], { env })
    expect(shown.stdout).toContain(`Undo        kubectl secure undo ${plan.id}\n`)

    for (const again of [1, 2]) {
      const undone = await secure(['undo', `INC-${plan.id}`, '--yes', '-o', 'json'], { env })
      expect({ again, code: undone.code }).toEqual({ again, code: 0 })
      expect((JSON.parse(undone.stdout) as RunReport).state).toBe('undone')
    }
    expect(await podLabels()).toEqual({ app: 'api', tier: 'web' })
    expect(await policies()).toBe('')
    const over = await secure(['status'], { env })
    expect(over.stdout).not.toContain(plan.id)
    expect(over.stderr).toContain('undone (-o wide lists them)')
    expect((await secure(['status', '-o', 'wide'], { env })).stdout).toContain(plan.id)
  })

  it('says what drifted, and is no success then', async () => {
    const env = machine()
    const { plan, file } = await newPlan()
    await secure(['apply', '-f', file, '--yes'], { env })
    await kubectl('label', 'pod', 'api-0', '-n', 'payments', `kubectl-secure.github.io/q-${plan.id}-`)
    const { stdout, code } = await secure(['status', plan.id], { env })
    expect(stdout).toContain('Not any more as the plan left it:\n')
    expect(code).toBe(1)
    expect((await secure(['undo', plan.id, '--yes'], { env })).code).toBe(0)
  })

  it('undoes the run of another machine by its record, and says what that is worth', async () => {
    const { plan, file } = await newPlan()
    await secure(['apply', '-f', file, '--yes'], { env: machine() })
    const env = machine()
    const refused = await secure(['undo', plan.id], { env })
    expect(refused.code).toBe(2)
    const { code, stderr } = await secure(['undo', plan.id, '--yes'], { env })
    expect(stderr).toContain('all that is known of this run is its record in the cluster')
    expect(code).toBe(0)
    expect(await podLabels()).toEqual({ app: 'api', tier: 'web' })
  })

  it('writes nothing without a terminal and --yes, and nothing but dry runs and reviews with --dry-run=server', async () => {
    const { plan, file } = await newPlan()
    const mark = `secure-test-${plan.id}`
    const as = ['--as', mark, '--as-group', 'system:masters']
    const asked = await secure(['apply', '-f', file, ...as], { env: machine() })
    expect(asked).toMatchObject({ code: 2, stdout: '' })
    expect(asked.stderr).toMatch(
      /error: nobody is there to answer .* nothing was changed\nrun it on a terminal, or add --yes/,
    )
    const dry = await secure(['apply', '-f', file, '--dry-run=server', ...as], { env: machine() })
    expect(dry.code).toBe(0)
    expect(dry.stdout).toContain('-    app: api\n')
    const isolated = await secure(['isolate', 'pod/api-0', '-n', 'payments', '--sever', '--dry-run=server', ...as], {
      env: machine(),
    })
    expect(isolated.stdout).toMatch(/changes?, in this order/)
    const writes = readFileSync(cluster().auditLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes(mark))
      .map((line) => JSON.parse(line) as { verb: string; requestURI: string })
      .filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))
      .map(({ requestURI }) => requestURI)
    expect(writes.length).toBeGreaterThan(3)
    const reviews = /^\/apis\/auth(?:entication|orization)\.k8s\.io\/v1\/selfsubject(?:access)?reviews$/
    expect(writes.filter((uri) => !uri.includes('dryRun=All') && !reviews.test(uri))).toEqual([])
    expect(await policies()).toBe('')
  })

  it('refuses a plan that is out of date, and says what drifted', async () => {
    const { plan, file } = await newPlan()
    for (const change of plan.changes) if (change.do === 'patch') change.ref.uid = 'another'
    writeFileSync(file, JSON.stringify(plan))
    const { code, stderr } = await secure(['apply', '-f', file, '--yes'], { env: machine() })
    expect(stderr).toMatch(/drifted: {2}.*api-0/)
    expect(stderr).toMatch(/error: the plan is out of date: /)
    expect(code).toBe(4)
    expect(await policies()).toBe('')
  })

  it('saves a plan for its owner alone, never over a file, and applies it', async () => {
    const env = machine()
    const file = join(folder(), 'saved.json')
    const words = ['isolate', 'pod/api-0', '-n', 'payments', '--dry-run=server', '--save', file]
    await secure(words, { env })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ kind: 'Plan' })
    const again = await secure(words, { env })
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('there is a file of that name already; it is kept')
    const checked = await secure(['preflight', 'apply', '-f', file, '-o', 'json'], { env })
    expect(JSON.parse(checked.stdout)).toMatchObject({ kind: 'PreflightReport' })
  })

  it('prints the roles that are missing, and with them nothing is', async () => {
    const { file } = await newPlan()
    const { kubeconfig } = await cluster().clientCert('lena')
    await kubectl('create', 'clusterrole', 'sees-namespaces', '--verb=get', '--resource=namespaces')
    await kubectl('create', 'clusterrolebinding', 'lena', '--clusterrole=sees-namespaces', '--user=lena')
    const env = machine({ KUBECONFIG: kubeconfig })
    const before = await secure(['preflight', 'apply', '-f', file], { env })
    expect(before.stdout).toMatch(/^NOT READY {2}\d+ rights missing/)
    expect(before.code).toBe(1)
    const denied = await secure(['apply', '-f', file, '--yes'], { env })
    expect(denied.code).toBe(4)
    const roles = await secure(['preflight', 'apply', '-f', file, '-o', 'role'], { env })
    const yaml = join(folder(), 'roles.yaml')
    writeFileSync(yaml, roles.stdout)
    await kubectl('create', 'namespace', 'kubectl-secure').catch(() => '')
    await kubectl('apply', '-f', yaml)
    for (const [, name = '', namespace = ''] of roles.stdout.matchAll(/name: (\S+)\n {2}namespace: (\S+)/g))
      await kubectl('create', 'rolebinding', 'lena', '-n', namespace, `--role=${name}`, '--user=lena')
    const after = await secure(['preflight', 'apply', '-f', file], { env })
    expect(after.stdout).toMatch(/^READY /)
    expect(after.code).toBe(0)
  })

  it('a responder with the role that preflight prints can isolate, revoke, undo and lock down', async () => {
    const { kubeconfig } = await cluster().clientCert('rita')
    const printed = await secure(['preflight'], { env: machine() })
    const yaml = join(folder(), 'roles.yaml')
    writeFileSync(yaml, printed.stdout)
    await kubectl('apply', '-f', yaml)
    for (const suffix of ['', '-revoke', '-lockdown']) {
      const role = `kubectl-secure-responder${suffix}`
      await kubectl('create', 'clusterrolebinding', role, `--clusterrole=${role}`, '--user=rita')
    }
    const inside = ['-n', 'kubectl-secure', '--role=kubectl-secure-responder', '--user=rita']
    await kubectl('create', 'rolebinding', 'rita', ...inside)
    await kubectl(
      'create',
      'rolebinding',
      'default',
      '-n',
      'payments',
      '--clusterrole=view',
      '--serviceaccount=payments:default',
    )
    const env = machine({ KUBECONFIG: kubeconfig })
    for (const flags of [[], ['--sever', '--cordon'], ['--revoke']]) {
      const words = ['preflight', 'isolate', 'pod/api-0', '-n', 'payments', ...flags, '-o', 'json']
      const { stdout, stderr } = await secure(words, { env })
      const report = (stdout === '' ? { stderr } : JSON.parse(stdout)) as PreflightReport
      expect({ flags, missing: report.rights?.filter(({ allowed }) => !allowed) }).toEqual({ flags, missing: [] })
    }
    for (const level of ['restricted', 'quarantine']) {
      const words = ['lockdown', 'payments', '--level', level, '--dry-run=server', '-o', 'json']
      const { stdout, stderr } = await secure(words, { env })
      const { preflight, gaps } = JSON.parse(stdout) as LockdownReport
      const refused = [...gaps.map(({ why }) => why), stderr].filter((text) => text.includes('forbidden'))
      expect({ level, ready: preflight?.ready, refused }).toEqual({ level, ready: true, refused: [] })
    }
    const { file } = await newPlan()
    expect((await secure(['apply', '-f', file, '--yes'], { env })).code).toBe(0)
    expect((await secure(['undo', JSON.parse(readFileSync(file, 'utf8')).id as string, '--yes'], { env })).code).toBe(0)
  })

  it.skipIf(!hasTerminal)('asks on a terminal: Enter is no, Ctrl-C is an interrupt, y is yes', async () => {
    const { plan, file } = await newPlan()
    const env = machine({ NO_COLOR: '1' })
    const at = 'as admin?'
    const no = await secureTyped(['apply', '-f', file], { at, keys: '\r', env })
    expect(no.stdout).toContain('nothing was changed')
    expect(no.code).toBe(1)
    expect((await secureTyped(['apply', '-f', file], { at, keys: '\u0003', env })).code).toBe(130)
    expect(await policies()).toBe('')
    expect(existsSync(join(env.XDG_STATE_HOME, 'kubectl-secure'))).toBe(false)
    const yes = await secureTyped(['apply', '-f', file], { at, keys: 'y\r', env })
    expect(yes.stdout).toContain('✔ done  patch Pod payments/api-0')
    expect(yes.code).toBe(0)
    expect((await secureTyped(['undo', plan.id], { at, keys: 'y\r', env })).code).toBe(0)
  })
})

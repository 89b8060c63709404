import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../../src/cluster/connect.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import * as by from './attempts.ts'
import { type Oracle, oracleOf } from '../../unit/attack/oracle.ts'
import { liveWorld } from './live-world.ts'
import * as more from './more-attempts.ts'
import { node, pod, rightsCases, users } from './rights-cases.ts'
import { openStage, setUp, type Stage } from './stage.ts'
import { stateCases } from './state-cases.ts'

describeWithCluster('node', 'attack rules on workloads', (cluster) => {
  let stage: Stage | undefined
  let says: Oracle = () => 'no'
  const staged = (): Stage => {
    if (!stage) throw new TypeError('the stage is open inside tests alone')
    return stage
  }
  beforeAll(async () => {
    stage = await openStage(cluster())
    expect(await setUp(stage)).toBe('')
    const around = { env: {}, cwd: '/', home: '/', warn: () => {}, interactive: false }
    const api = await connect({ kubeconfig: cluster().kubeconfig }, around)
    says = oracleOf(await liveWorld(api))
    api.close()
  }, 90_000)
  afterAll(() => stage?.close())

  test.concurrent.each(rightsCases)('%s: %o: %s', { timeout: 60_000 }, async (user, claim, word, attempt) => {
    const came = await attempt(staged(), user)
    expect({ graph: says(users(user), claim), came }).toEqual({ graph: word, came: word !== 'no' })
  })

  test.concurrent.each(stateCases)('%s', { timeout: 60_000 }, async (_, held, claim, word, attempt) => {
    const came = await attempt(staged())
    expect({ graph: says(held, claim), came }).toEqual({ graph: word, came: word !== 'no' })
  })

  test('a volume of the node and a pod of a confined namespace take a node together, and neither alone', {
    timeout: 60_000,
  }, async () => {
    for (const [namespace, creator, word] of [
      ['base', 'creates-base', 'surely'],
      ['tight', 'creates-tight', 'perhaps'],
    ] as const) {
      expect(says(users('makes-volumes', creator), node)).toBe(word)
      expect(await more.mountVolume(namespace, 'makes-volumes', creator)(staged(), '')).toBe(true)
      for (const alone of ['makes-volumes', creator]) {
        expect(says(users(alone), node)).toBe('no')
        expect(await more.mountVolume(namespace, alone, alone)(staged(), '')).toBe(false)
      }
    }
  })

  test('a pod that no scheduler has placed goes to a node that is held', { timeout: 60_000 }, async () => {
    const held = [...users('binds'), node]
    expect([says(held, pod('open', 'boss')), says(users('binds'), pod('open', 'boss'))]).toEqual(['surely', 'no'])
    expect(await more.bindWaiting(staged(), 'binds')).toBe(true)
  })

  test('who labels a namespace and who creates pods there take a node together, and neither alone', {
    timeout: 60_000,
  }, async () => {
    for (const alone of ['labels-own', 'creates-own', 'labels-other']) expect(says(users(alone), node)).toBe('no')
    expect(says(users('labels-own', 'creates-own'), node)).toBe('surely')
    expect(says(users('labels-other', 'creates-own'), node)).toBe('no')
    const create = by.createThief('own', 'creates-own')
    expect(await create(staged(), 'before')).toBe(false)
    expect(await more.unlabel(staged(), 'labels-other', 'own', '')).toBe(false)
    expect(await more.unlabel(staged(), 'labels-own', 'own', '')).toBe(false)
    expect(await create(staged(), 'between')).toBe(false)
    expect(await more.unlabel(staged(), 'labels-own', 'own', '/status')).toBe(true)
    expect(await create(staged(), 'after')).toBe(true)
  })
})

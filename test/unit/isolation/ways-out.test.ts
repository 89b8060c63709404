import { expect, test } from 'vitest'
import { rawWays, waysOut } from '../../../src/isolation/ways-out.ts'

const pod = (add: string[], spec: object = {}) => ({
  spec: { containers: [{ name: 'main', securityContext: { capabilities: { add } } }], ...spec },
})

test.each([
  ['SYS_ADMIN and the processes of the node', pod(['SYS_ADMIN'], { hostPID: true }), 1],
  ['CAP_SYS_PTRACE in small letters, and the processes of the node', pod(['cap_sys_ptrace'], { hostPID: true }), 1],
  ['modules of the kernel', pod(['SYS_MODULE']), 1],
  ['SYS_ADMIN alone', pod(['SYS_ADMIN']), 0],
  ['the processes of the node alone', pod([], { hostPID: true }), 0],
  ['nothing', {}, 0],
])('%s', (_, raw, count) => {
  expect(waysOut(raw)).toHaveLength(count)
})

test('an init container and an ephemeral one count', () => {
  const held = { name: 'x', securityContext: { capabilities: { add: ['SYS_MODULE'] } } }
  const spec = { containers: [], initContainers: [held], ephemeralContainers: [held] }
  expect(waysOut({ spec })).toEqual([expect.stringContaining('container x holds SYS_MODULE'), expect.anything()])
})

test.each([
  ['root with what a runtime gives by default', {}, 1],
  ['root without NET_RAW', { capabilities: { drop: ['NET_RAW'] } }, 0],
  ['somebody else', { runAsUser: 1000 }, 0],
])('raw packets: %s', (_, securityContext, count) => {
  expect(rawWays({ spec: { containers: [{ name: 'main', securityContext }] } })).toHaveLength(count)
})

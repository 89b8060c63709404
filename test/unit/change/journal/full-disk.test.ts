import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeNeeding } from '../../../cluster/suite.ts'
import { freshDirectory, planId } from './plans.ts'

const missing = process.getuid?.() === 0 && process.platform === 'linux' ? [] : ['root on Linux, to mount a small disk']

describeNeeding(missing, 'a journal on a full disk', () => {
  test('says so and that nothing was sent, takes no more, and goes on once there is room', () => {
    const disk = freshDirectory()
    const script = join(import.meta.dirname, 'full-disk-child.ts')
    // In a mount namespace of its own, that ends with it.
    const mounted = 'mount -t tmpfs -o size=256k,mode=0700 tmpfs "$1" && exec "$2" "$3" "$1"'
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', mounted, 'sh', disk, process.execPath, script],
      { encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    const seen = JSON.parse(stdout) as { path: string; appended: number; torn?: number }
    const noSpace = {
      code: 'journal',
      message: expect.stringMatching(/cannot write to the journal .*\.jsonl: ENOSPC.*not sent to the cluster/),
      hint: expect.stringContaining('resume'),
    }
    expect(seen).toMatchObject({
      failure: noSpace,
      again: noSpace,
      isUntouched: true,
      kept: seen.appended + 1,
      newPlan: { code: 'journal', message: expect.stringContaining('ENOSPC') },
      leftByNew: [],
      left: [`${planId}.jsonl`],
      types: seen.torn === undefined ? ['intent'] : ['note', 'intent'],
    })
    expect(seen.appended).toBeGreaterThan(10)
    // Half a line was written: opening again has to keep it somewhere, and says that it cannot.
    expect(seen.torn).toBeGreaterThan(0)
    expect(seen).toMatchObject({ full: { code: 'journal', message: expect.stringContaining('ENOSPC') } })
    expect('broken' in seen).toBe(false)
  })
})

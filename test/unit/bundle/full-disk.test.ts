import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeNeeding } from '../../cluster/suite.ts'
import { freshDirectory } from './cases.ts'

const missing = process.getuid?.() === 0 && process.platform === 'linux' ? [] : ['root on Linux, to mount a small disk']

describeNeeding(missing, 'a case on a full disk', () => {
  test('says so, keeps what it has, and goes on once there is room', () => {
    const disk = freshDirectory()
    const script = join(import.meta.dirname, 'full-disk-child.ts')
    // In a mount namespace of its own, that ends with it.
    const mounted = 'mount -t tmpfs -o size=4m,mode=0700 tmpfs "$1" && exec "$2" "$3" "$1"'
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', mounted, 'sh', disk, process.execPath, script],
      { encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    const seen = JSON.parse(stdout) as {
      recorded: string[]
      kept: { name: string; isCut: boolean }[]
      problems: { kind: string }[]
      left: string[]
    }
    expect(seen.recorded.length).toBeGreaterThan(10)
    expect(seen).toMatchObject({
      failure: {
        code: 'journal',
        message: expect.stringMatching(/cannot write to .*ENOSPC/),
        hint: expect.stringContaining('resume the case'),
      },
      problems: [],
      sealing: { code: 'journal', message: expect.stringContaining('ENOSPC') },
      looksSealed: false,
      end: [],
    })
    expect(seen.left.toSorted()).toEqual(['case', 'x.tar.gz', 'x.tar.gz.sha256'])
    const whole = seen.kept.filter(({ isCut }) => !isCut).map(({ name }) => name)
    expect(whole).toEqual(seen.recorded)
    expect(seen.kept.filter(({ isCut }) => isCut).map(({ name }) => name)).toEqual([`logs/${seen.recorded.length}`])
  })
})

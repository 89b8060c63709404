import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeManifests } from '../../../src/cli/write-manifests.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kubectl-secure-manifests-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('writes below a folder, also one that is reached by a link', async () => {
  mkdirSync(join(place, 'real'))
  symlinkSync('real', join(place, 'dir'))
  await writeManifests(join(place, 'dir'), [{ path: 'shop/a.yaml', text: 'a' }], '--emit')
  await writeManifests(join(place, 'dir'), [{ path: 'shop/a.yaml', text: 'b' }], '--emit')
  expect(readFileSync(join(place, 'real/shop/a.yaml'), 'utf8')).toBe('b')
})

test('follows no link below it', async () => {
  mkdirSync(join(place, 'elsewhere'))
  mkdirSync(join(place, 'dir'))
  symlinkSync('../elsewhere', join(place, 'dir/shop'))
  await expect(writeManifests(join(place, 'dir'), [{ path: 'shop/a.yaml', text: 'a' }], '--emit')).rejects.toThrow(
    'link',
  )
  expect(readdirSync(join(place, 'elsewhere'))).toEqual([])
})

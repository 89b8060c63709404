import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import { cachedBinary } from '../../../cluster/cache.ts'
import { findPart } from '../../../cluster/node-parts.ts'
import type { TestCluster } from '../../../cluster/test-cluster.ts'

type Entry = Partial<Header> & { name: string; content?: string | Buffer }

/** Gives the node an image of other bytes than the cluster's own: a shell that sleeps, and agnhost. It is had by each of these names. */
export async function importMiner(cluster: TestCluster, folder: string, names: readonly string[]): Promise<void> {
  const busybox = readFileSync(findPart('busybox') ?? '')
  const applets = ['sh', 'sleep']
  const layer = await tarOf([
    { name: 'bin', type: 'directory' },
    { name: 'tmp', type: 'directory', mode: 0o1777 },
    { name: 'bin/busybox', content: busybox },
    { name: 'agnhost', content: readFileSync(cachedBinary('agnhost')) },
    ...applets.map((name): Entry => ({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' })),
  ])
  const config = {
    architecture: { x64: 'amd64' }[process.arch as 'x64'] ?? process.arch,
    os: 'linux',
    config: { Entrypoint: ['/bin/sleep', '100000'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  }
  const manifest = [{ Config: 'config.json', RepoTags: names, Layers: ['layer.tar'] }]
  const archive = join(folder, 'miner.tar')
  writeFileSync(
    archive,
    await tarOf([
      { name: 'config.json', content: JSON.stringify(config) },
      { name: 'layer.tar', content: layer },
      { name: 'manifest.json', content: JSON.stringify(manifest) },
    ]),
  )
  const { code, stderr } = await cluster.execOnNode(['ctr', '-n', 'k8s.io', 'images', 'import', archive])
  if (code !== 0) throw new Error(stderr)
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content = '', ...header } of entries) tar.entry({ mtime: new Date(0), mode: 0o755, ...header }, content)
  tar.finalize()
  return await buffer(tar)
}

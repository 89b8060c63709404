import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Header, type Pack, pack } from 'tar-stream'
import { cachedBinary, cacheRoot } from './cache.ts'
import { ClusterError } from './cluster-error.ts'
import { imageTools } from './image-tools.ts'
import { findPart } from './node-parts.ts'
import { run } from './run.ts'

/** The one image of the test cluster: agnhost (servers, clients, pause), CoreDNS, busybox as the shell, and iproute2. */
export const imageName = 'localhost/agnhost:1'

/** The image as an archive that containerd imports. It is made once and kept in the cache. */
export async function imageArchive(): Promise<string> {
  const files = {
    agnhost: cachedBinary('agnhost'),
    coredns: cachedBinary('coredns'),
    'bin/busybox': findPart('busybox'),
  }
  const busybox = files['bin/busybox']
  if (!busybox) throw new ClusterError('No static busybox.', { next: 'install busybox-static.' })
  const tools = await imageTools()
  const key = createHash('sha256').update(`${files.agnhost} ${files.coredns}`).update(readFileSync(busybox))
  for (const [name, path] of Object.entries(tools)) key.update(name).update(readFileSync(path))
  const archive = join(cacheRoot(), `image-${key.digest('hex').slice(0, 16)}.tar`)
  if (existsSync(archive)) return archive
  mkdirSync(cacheRoot(), { recursive: true })
  const aside = `${archive}.${process.pid}`
  const { stdout } = await run([busybox, '--list'])
  const all = { ...files, 'bin/busybox': busybox, ...tools }
  const applets = stdout.split('\n').filter((name) => name && name !== 'busybox' && !(`bin/${name}` in all))
  await writeTar(`${aside}.layer`, (tar) => addLayer(tar, all, applets))
  await writeTar(aside, (tar) => addImage(tar, `${aside}.layer`))
  rmSync(`${aside}.layer`)
  renameSync(aside, archive)
  return archive
}

async function writeTar(file: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
  const tar = pack()
  const written = pipeline(tar, createWriteStream(file))
  await fill(tar)
  tar.finalize()
  await written
}

function add(tar: Pack, header: Partial<Header> & { name: string }, content = ''): void {
  tar.entry({ mtime: new Date(0), mode: 0o755, ...header }, content)
}

async function addFile(tar: Pack, name: string, path: string): Promise<void> {
  const entry = tar.entry({ name, size: statSync(path).size, mode: 0o755, mtime: new Date(0) })
  await pipeline(createReadStream(path), entry)
}

async function addLayer(tar: Pack, files: Record<string, string>, applets: string[]): Promise<void> {
  for (const name of ['bin', 'etc', 'tmp', 'root', 'proc', 'sys', 'dev', 'var', 'var/run', 'www'])
    add(tar, { name, type: 'directory', mode: name === 'tmp' ? 0o1777 : 0o755 })
  for (const [name, path] of Object.entries(files)) await addFile(tar, name, path)
  for (const name of applets) add(tar, { name: `bin/${name}`, type: 'symlink', linkname: 'busybox' })
  const users = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n'
  add(tar, { name: 'etc/passwd', mode: 0o644 }, users)
}

async function addImage(tar: Pack, layer: string): Promise<void> {
  const digest = createHash('sha256')
  for await (const part of createReadStream(layer)) digest.update(part as Buffer)
  const config = {
    architecture: { x64: 'amd64' }[process.arch as 'x64'] ?? process.arch,
    os: 'linux',
    config: { Entrypoint: ['/agnhost'], Cmd: ['pause'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest.digest('hex')}`] },
  }
  add(tar, { name: 'config.json', mode: 0o644 }, JSON.stringify(config))
  await addFile(tar, 'layer.tar', layer)
  const manifest = [{ Config: 'config.json', RepoTags: [imageName], Layers: ['layer.tar'] }]
  add(tar, { name: 'manifest.json', mode: 0o644 }, JSON.stringify(manifest))
}

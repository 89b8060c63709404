import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWithMinio, startMinio } from '../cluster/minio.ts'
import { issue } from '../unit/cluster/certificates.ts'
import { authority } from '../unit/cluster/fake-server.ts'
import { binary, cleanEnv, folder, secure } from './run.ts'

const mib = 1024 * 1024
const bucket = 'evidence'

/** What looks encrypted: so many bytes that do not pack, and their digest beside them. */
function encrypted(mebibytes: number): string {
  const cwd = folder({ 'case.tar.gz.age': 'age-encryption.org/v1\n' })
  const file = join(cwd, 'case.tar.gz.age')
  const block = randomBytes(mib)
  for (let count = 0; count < mebibytes; count++) appendFileSync(file, block)
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
  writeFileSync(`${file}.sha256`, `${digest}  case.tar.gz.age\n`)
  return cwd
}

describeWithMinio('evidence upload', (minio) => {
  const env = () => ({
    AWS_ACCESS_KEY_ID: minio().credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: minio().credentials.secretAccessKey,
  })
  const words = (to: string) => ['evidence', 'upload', 'case.tar.gz.age', to, '--endpoint', minio().endpoint]
  beforeAll(async () => void (await minio().client.send(new CreateBucketCommand({ Bucket: bucket }))))

  test('says what is where, as a table and as JSON', async () => {
    const cwd = encrypted(1)
    const digest = readFileSync(join(cwd, 'case.tar.gz.age.sha256'), 'utf8').slice(0, 64)
    const ran = await secure(words(`s3://${bucket}/INC-42/`), { cwd, env: env() })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^UPLOADED\n/) })
    expect(ran.stdout).toContain(`s3://${bucket}/INC-42/case.tar.gz.age: ${mib + 22} bytes\n  SHA-256: ${digest}\n`)
    const json = await secure([...words(`s3://${bucket}/INC-42/`), '-o', 'json'], { cwd, env: env() })
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'UploadReport',
      isConfirmed: true,
      objects: [{ bucket, key: 'INC-42/case.tar.gz.age', sha256: digest, wasThere: true }, { wasThere: true }],
    })
  })

  test('what is refused ends with a line, what to do, and no stack', async () => {
    const cwd = encrypted(1)
    const refusals: [string, Record<string, string>, number, string][] = [
      [`s3://nowhere/x`, env(), 4, 'NoSuchBucket'],
      [`s3://${bucket}/x`, { ...env(), AWS_SECRET_ACCESS_KEY: 'wrong' }, 4, 'SignatureDoesNotMatch'],
      [`s3://${bucket}/x`, { AWS_EC2_METADATA_DISABLED: 'true' }, 4, 'CredentialsProviderError'],
      [`https://${bucket}/x`, env(), 2, 'not a place'],
    ]
    for (const [to, environment, code, why] of refusals) {
      const ran = await secure(words(to), { cwd, env: environment })
      expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(why) })
      expect(ran.stderr.trim().split('\n')).toHaveLength(2)
      expect(ran.stderr).not.toMatch(/^ +at /m)
    }
    const endpoint = async (url: string) =>
      (await secure(['evidence', 'upload', 'case.tar.gz.age', `s3://${bucket}/x`, '--endpoint', url], { cwd })).code
    expect(await endpoint('minio')).toBe(2)
    expect(await endpoint('http://minio.example:9000')).toBe(2)
    expect(await endpoint('https://key:secret@minio.example')).toBe(2)
  })

  test('a server of ones own is known by its authority, and no other way', async () => {
    const own = issue({ name: 'storage', hosts: ['127.0.0.1'] }, authority)
    const certs = folder({ 'public.crt': own.cert, 'private.key': own.key, 'ca.crt': authority.cert })
    const over = await startMinio(certs)
    onTestFinished(over.stop)
    const cwd = encrypted(1)
    const { accessKeyId, secretAccessKey } = over.credentials
    const known = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const to = ['evidence', 'upload', 'case.tar.gz.age', 's3://nowhere/x', '--endpoint', over.endpoint]
    const stranger = await secure(to, { cwd, env: known })
    expect(stranger).toMatchObject({ code: 4, stderr: expect.stringContaining('NODE_EXTRA_CA_CERTS names') })
    const trusted = await secure(to, { cwd, env: { ...known, NODE_EXTRA_CA_CERTS: join(certs, 'ca.crt') } })
    expect(trusted).toMatchObject({ code: 4, stderr: expect.stringContaining('NoSuchBucket') })
  })

  test('300 MiB go by in bounded memory; Ctrl-C takes back what is half there', async () => {
    const cwd = encrypted(300)
    const start = (to: string, onPeak: (mebibytes: number, pid: number) => void) => {
      const child = spawn(process.execPath, [binary, ...words(to)], { cwd, env: cleanEnv(cwd, env()), stdio: 'ignore' })
      const pid = child.pid ?? 0
      const peak = () => {
        try {
          onPeak(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024, pid)
        } catch {
          // It has just ended.
        }
      }
      const timer = setInterval(peak, 5)
      return new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => clearInterval(timer))
    }
    let peak = 0
    expect(await start(`s3://${bucket}/large/`, (mebibytes) => (peak = Math.max(peak, mebibytes)))).toBe(0)
    expect(peak).toBeGreaterThan(50)
    expect(peak).toBeLessThan(230)

    // MinIO lists those of one key alone.
    const halves = async () =>
      (await minio().client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'half/case.tar.gz.age' })))
        .Uploads ?? []
    const ended: { is: boolean; pid?: number } = { is: false }
    const running = start(`s3://${bucket}/half/`, (_, pid) => (ended.pid = pid)).finally(() => (ended.is = true))
    while ((await halves()).length === 0 && !ended.is) continue
    process.kill(ended.pid ?? 0, 'SIGINT')
    expect(await running).toBe(130)
    expect(await halves()).toEqual([])
    const { KeyCount } = await minio().client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'half/' }))
    expect(KeyCount).toBe(0)
  })
})

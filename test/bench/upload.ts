import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { startMinio } from '../cluster/minio.ts'
import { formatResults, measure } from './measure.ts'

// `node test/bench/upload.ts [MiB]`: a sealed file to a MinIO on loopback, beside the same file by curl and by the SDK's own putObject, neither of
// which looks at it before or compares anything after. Each goes to a new key each time. Never asserted.
const size = Number(process.argv[2] ?? 512)
const base = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const minio = await startMinio()
try {
  await minio.client.send(new CreateBucketCommand({ Bucket: 'bench' }))
  const file = join(base, 'case.tar.gz.age')
  writeFileSync(file, 'age-encryption.org/v1\n')
  const block = randomBytes(1024 * 1024)
  for (let count = 0; count < size; count++) appendFileSync(file, block)
  writeFileSync(`${file}.sha256`, `${createHash('sha256').update(readFileSync(file)).digest('hex')}  case.tar.gz.age\n`)
  const { accessKeyId, secretAccessKey } = minio.credentials
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
    FILE: file,
    ENDPOINT: minio.endpoint,
    HOME: base,
  }
  const secure = join(import.meta.dirname, '../../bin/kubectl-secure')
  const put = `const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3')
const client = new S3Client({ endpoint: process.env.ENDPOINT, forcePathStyle: true })
const { createReadStream, statSync } = require('node:fs')
client.send(new PutObjectCommand({ Bucket: 'bench', Key: 'put-' + process.pid, Body: createReadStream(process.env.FILE), ContentLength: statSync(process.env.FILE).size }))`
  const script = join(import.meta.dirname, '../..')
  const sh = (line: string) => ['sh', '-c', line]
  const signed = `--aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'`
  const cases = [
    { name: 'curl -T', argv: sh(`curl -sSf -o /dev/null ${signed} -T "$FILE" "$ENDPOINT/bench/curl-$$"`), env },
    {
      name: 'sha256sum, then curl -T',
      argv: sh(`sha256sum "$FILE" >/dev/null; curl -sSf -o /dev/null ${signed} -T "$FILE" "$ENDPOINT/bench/sum-$$"`),
      env,
    },
    {
      name: 'putObject of the SDK',
      argv: sh(`cd ${script} && exec ${process.execPath} -e "$PUT"`),
      env: { ...env, PUT: put },
    },
    {
      name: 'evidence upload',
      argv: sh(`exec ${process.execPath} ${secure} evidence upload "$FILE" "s3://bench/$$/" --endpoint "$ENDPOINT"`),
      env,
    },
  ]
  process.stdout.write(formatResults(`${size} MiB to MinIO on loopback`, await measure(cases, 4)))
} finally {
  await minio.stop()
  rmSync(base, { recursive: true, force: true })
}

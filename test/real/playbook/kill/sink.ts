import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A webhook that takes everything; `got` are the idempotency keys, in turn. */
export type Sink = { url: string; got: string[]; close(): void }

export async function startSink(): Promise<Sink> {
  const got: string[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      got.push(String(request.headers['idempotency-key']))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const close = () => void server.close()
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got, close }
}

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What goes wrong with a request: its body is cut after so many bytes, its answer is lost, another one is given, or tells of another SHA-256 or none. */
export type StoreFault =
  | { cutAfter: number }
  | { loseAnswer: true }
  | { answer: number; code: string }
  | { checksum: string | undefined }

/** An object storage on loopback in front of another one; `script` gets each request, of those of its kind the nth from 1. */
export async function faultyStore(
  port: number,
  script: (method: string, url: string, n: number) => StoreFault | undefined,
): Promise<{ endpoint: string; seen: string[] }> {
  const counts = new Map<string, number>()
  const seen: string[] = []
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url = '' } = incoming
    const kind = `${method} ${url.replace(/\?.*?(partNumber|uploads|uploadId|$).*/, ' $1')}`
    const n = (counts.get(kind) ?? 0) + 1
    counts.set(kind, n)
    seen.push(kind)
    const fault = script(method, url, n)
    if (fault && 'answer' in fault) {
      incoming.resume()
      incoming.once('end', () => {
        outgoing.writeHead(fault.answer, { 'content-type': 'application/xml' })
        outgoing.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>no</Message></Error>`)
      })
      return
    }
    // The signature is over the headers: they go on as they came.
    const onward = request({ port, host: '127.0.0.1', method, path: url, headers: incoming.headers }, (answer) => {
      if (fault && 'loseAnswer' in fault) {
        answer.resume()
        answer.once('end', () => incoming.socket.destroy())
        return
      }
      const { 'x-amz-checksum-sha256': checksum, ...headers } = answer.headers
      const told = fault && 'checksum' in fault ? fault.checksum : checksum
      outgoing.writeHead(answer.statusCode ?? 502, {
        ...headers,
        ...(told !== undefined && { 'x-amz-checksum-sha256': told }),
      })
      answer.pipe(outgoing)
    })
    onward.on('error', () => incoming.socket.destroy())
    incoming.on('error', () => onward.destroy())
    let passed = 0
    incoming.on('data', (chunk: Buffer) => {
      passed += chunk.length
      onward.write(chunk)
      if (fault && 'cutAfter' in fault && passed > fault.cutAfter) {
        incoming.socket.destroy()
        onward.destroy()
      }
    })
    incoming.once('end', () => onward.end())
  }
  const server = createServer(serve)
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.writeContinue()
    serve(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

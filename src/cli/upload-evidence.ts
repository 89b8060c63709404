import { sizeText } from '../evidence/tally.ts'
import { cargoOf } from '../ship/cargo.ts'
import { parseDestination, placeText } from '../ship/destination.ts'
import { openStore, type StoreOptions } from '../ship/store.ts'
import { upload, type UploadReport } from '../ship/upload.ts'
import { startProgress } from '../terminal/progress.ts'

/** Checks a bundle and sends it, with its progress on standard error; Ctrl-C takes back what is half there. Throws SecureError. */
export async function uploadEvidence(file: string, to: string, options: StoreOptions): Promise<UploadReport> {
  const place = parseDestination(to, file)
  const stop = new AbortController()
  const onInterrupt = () => stop.abort()
  const checking = startProgress('checking')
  const cargo = await cargoOf(file).finally(() => checking.stop())
  const client = await openStore(options)
  const progress = startProgress(`uploading to ${placeText(place)}`)
  process.once('SIGINT', onInterrupt)
  try {
    return await upload(cargo, place, {
      client,
      signal: stop.signal,
      onProgress: (sent) => progress.update(`${sizeText(sent)} of ${sizeText(cargo.bytes)}`),
    })
  } finally {
    process.off('SIGINT', onInterrupt)
    progress.stop()
    client.destroy()
  }
}

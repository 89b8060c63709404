/** Writes to standard output no faster than it is read. A reader that has seen enough is no failure. */
export async function writeOut(piece: string | Buffer): Promise<void> {
  if (process.stdout.destroyed) return
  if (process.stdout.write(piece)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      process.stdout.off('drain', done)
      process.stdout.off('close', done)
      resolve()
    }
    process.stdout.on('drain', done)
    process.stdout.on('close', done)
  })
}

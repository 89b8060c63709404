export type Progress = { update: (count: number | string) => void; stop: () => void }

/** Says on standard error what takes longer than a second; a terminal gets a spinner, anything else a line every ten. */
export function startProgress(what: string): Progress {
  let text = `${what}…`
  let stop = () => {}
  const timer = setTimeout(() => void begin(), 1000)
  const begin = async () => {
    // A terminal may not say how wide it is; the spinner would clear lines without end.
    if (!process.stderr.isTTY || !process.stderr.columns) {
      const lines = setInterval(() => process.stderr.write(`${text}\n`), 10_000)
      stop = () => clearInterval(lines)
      return
    }
    let over = false
    stop = () => (over = true)
    const { default: ora } = await import('ora')
    // Without discardStdin Ctrl-C stays ours.
    const spinner = ora({ text, stream: process.stderr, discardStdin: false })
    if (over) return
    spinner.start()
    const redraw = setInterval(() => (spinner.text = text), 200)
    stop = () => {
      clearInterval(redraw)
      spinner.stop()
    }
  }
  return {
    update(count) {
      text = `${what}… ${count}`
    },
    stop() {
      clearTimeout(timer)
      stop()
    },
  }
}

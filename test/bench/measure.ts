import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** `codes`: the exit codes that are no failure, 0 without. */
export type Case = { name: string; argv: string[]; env?: Record<string, string>; codes?: number[] }
/** Milliseconds of wall clock and mebibytes of peak memory; both are the least and the median over the rounds. */
export type Result = { name: string; least: number; median: number; memory: number }

/**
 * Runs all cases in turn, round after round, so that whatever else the machine does touches them alike.
 * A case that fails stops the benchmark: its time would mean nothing.
 */
export async function measure(cases: Case[], rounds: number): Promise<Result[]> {
  const samples = cases.map(() => ({ times: [] as number[], memory: 0 }))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, entry] of cases.entries()) {
      const { time, memory } = await runOnce(entry)
      // The first round warms caches.
      if (round === 0) continue
      samples[index]?.times.push(time)
      const sample = samples[index]
      if (sample) sample.memory = Math.max(sample.memory, memory)
    }
  }
  return cases.map(({ name }, index) => {
    const { times, memory } = samples[index] ?? { times: [], memory: 0 }
    const sorted = times.toSorted((a, b) => a - b)
    return { name, least: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, memory }
  })
}

/** The results as a table of ratios to the one named first. */
export function formatResults(title: string, results: Result[]): string {
  const [base] = results
  const rows = results.map(({ name, least, median, memory }) => {
    const ratio = base ? `${(least / base.least).toFixed(2)}×` : ''
    return [
      name.padEnd(46),
      ratio.padStart(7),
      least.toFixed(0).padStart(8),
      median.toFixed(0).padStart(8),
      memory.toFixed(0).padStart(8),
    ].join('')
  })
  const heading = `${title.padEnd(46)}${'ratio'.padStart(7)}${'least ms'.padStart(9)}${'median'.padStart(7)}${'MiB'.padStart(8)}`
  return `${[heading, ...rows].join('\n')}\n`
}

async function runOnce({ name, argv, env, codes = [0] }: Case): Promise<{ time: number; memory: number }> {
  const [command = '', ...args] = argv
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let memory = 0
  const poll = setInterval(() => (memory = Math.max(memory, peakOf(child.pid))), 3)
  let complaint = ''
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const time = performance.now() - start
  clearInterval(poll)
  if (code === null || !codes.includes(code)) throw new Error(`${name} ended with ${code}: ${complaint.slice(0, 500)}`)
  return { time, memory }
}

// The kernel keeps each process's high-water mark; it is gone with the process, hence the polling.
export function peakOf(pid: number | undefined): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's space for new objects at its first size. Left alone it doubles up to 64 MiB while pages of a list stream
 * through, for a tenth of a second less work: a quarter of the tool's whole memory (docs/benchmarks.md).
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Lets answers that come row by row die young. V8 notes which code made objects that lived long, and then puts all that
 * this code makes among the old at once: after a few questions whose rows were kept, rows that nobody keeps pile up there
 * until a full collection (docs/benchmarks.md).
 */
export function keepRowsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/** Lets old objects be collected once they have doubled: what streams through for minutes leaves much behind, and little of it lives (docs/benchmarks.md). */
export function keepHeapSmall(): void {
  keepNewSpaceSmall()
  setFlagsFromString('--heap-growing-percent=100')
}

/** The same once they are half as many again: where a graph of hundreds of thousands of steps is built of what was read, that is a tenth of the memory, for no more work. */
export function keepHeapTight(): void {
  keepNewSpaceSmall()
  setFlagsFromString('--heap-growing-percent=50')
}

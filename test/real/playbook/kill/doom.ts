/** The journals of a run: its own, and those of its plans. */
export type Counts = { run: number; plan: number }
/** Right before the k-th record of a journal is written, or right after the disk has it. */
export type Doom = { journal: keyof Counts; how: 'before' | 'after'; k: number }

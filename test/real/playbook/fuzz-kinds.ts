import fc from 'fast-check'
import { type Drawn, drawnPlaybooks } from '../../unit/playbook/fuzz-draw.ts'
import type { Mood } from '../../unit/playbook/fuzz-responder.ts'
import { aptPlaybooks } from './fuzz-apt.ts'
import { leftOut } from './fuzz-real.ts'

/** What is drawn for a real server, and who answers. */
export type Kind = { what: string; weight: number; playbooks: fc.Arbitrary<Drawn>; mood: Mood }

/** Two thirds come to a plan that is carried out; of the others something is wrong. */
export const kinds: readonly Kind[] = [
  { what: 'apt', weight: 10, playbooks: aptPlaybooks('none'), mood: 'confirms' },
  { what: 'apt, nobody says yes', weight: 1, playbooks: aptPlaybooks('none'), mood: 'declines' },
  { what: 'apt, nobody signed', weight: 1, playbooks: aptPlaybooks('none'), mood: 'unsigned' },
  { what: 'without the evidence', weight: 1, playbooks: aptPlaybooks('gate'), mood: 'confirms' },
  { what: 'of any objects', weight: 1, playbooks: aptPlaybooks('object'), mood: 'confirms' },
  { what: 'of any steps', weight: 1, playbooks: drawnPlaybooks(leftOut), mood: 'confirms' },
]

/** All kinds, by their weights. */
export const trials = fc.oneof(
  ...kinds.map((kind) => ({ weight: kind.weight, arbitrary: kind.playbooks.map((drawn) => ({ ...kind, drawn })) })),
)

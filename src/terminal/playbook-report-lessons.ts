import type { PlaybookReport } from '../playbook/report/model.ts'
import { type Block, heading } from './playbook-report-document.ts'

// What only people know. After the post-mortem template of Counteractive's incident response plan, and PagerDuty's, which it rests on.
const before = [
  'Who owns this post-mortem, and when is the meeting (within 5 working days)?',
  'When did the alert come, from what, and who saw it?',
  'What was the impact: users, data, money, duration?',
  'What is the root cause, and what contributed to it?',
]
const review = [
  'Recap the timeline: does everybody agree with it? What is missing?',
  'What went well?',
  'What did not go well, and what was luck?',
  'How could it have been seen earlier?',
  'Which decision would be another one today, and what would it have needed?',
  'What would have kept the intruder out, or have cost them more time?',
  'What has to change in this playbook, in alerts, in rights?',
]

/** What is to be filled in, and the list of what follows. */
export function lessonsBlocks({ open }: PlaybookReport): Block[] {
  const ask = (text: string, lines = 2): Block => ({ kind: 'ask', text, lines })
  const inForce = open.some(({ kind }) => kind === 'in-force')
  const closing = [
    ...(open.length > 0
      ? [`Each of the ${open.length} items above that are still open: who sees to it, until when?`]
      : []),
    ...(inForce ? ['What of what is in force stays, and what is undone when?'] : []),
    'Who has to be told: owners, management, data protection, customers?',
    'Actions: what, who, until when?',
  ]
  return [
    heading('To be filled in'),
    ...before.map((text) => ask(text)),
    heading('Lessons'),
    ...review.map((text) => ask(text)),
    heading('Actions'),
    ...closing.map((text) => ask(text, 3)),
  ]
}

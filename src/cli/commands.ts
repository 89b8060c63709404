import type { Command } from '@oclif/core/command'
import manifestFile from '../../oclif.manifest.json' with { type: 'json' }

type CommandModule = { default: Command.Class }

/** What help and completion show of each command, without loading it. Made by scripts/manifest.ts. */
export const manifest = manifestFile.commands as unknown as Record<string, Command.Cached>

/** A command's module is loaded only when it runs: start-up is a feature. */
export const loaders: Record<string, () => Promise<CommandModule>> = {
  apply: () => import('../../commands/apply.ts'),
  'audit:ask': () => import('../../commands/audit/ask.ts'),
  can: () => import('../../commands/can.ts'),
  'evidence:collect': () => import('../../commands/evidence/collect.ts'),
  'evidence:diff': () => import('../../commands/evidence/diff.ts'),
  'evidence:redact': () => import('../../commands/evidence/redact.ts'),
  'evidence:seal': () => import('../../commands/evidence/seal.ts'),
  'evidence:show': () => import('../../commands/evidence/show.ts'),
  'evidence:timeline': () => import('../../commands/evidence/timeline.ts'),
  'evidence:upload': () => import('../../commands/evidence/upload.ts'),
  'evidence:verify': () => import('../../commands/evidence/verify.ts'),
  isolate: () => import('../../commands/isolate.ts'),
  lockdown: () => import('../../commands/lockdown.ts'),
  'notify:test': () => import('../../commands/notify/test.ts'),
  paths: () => import('../../commands/paths.ts'),
  'playbook:list': () => import('../../commands/playbook/list.ts'),
  'playbook:new': () => import('../../commands/playbook/new.ts'),
  'playbook:report': () => import('../../commands/playbook/report.ts'),
  'playbook:resume': () => import('../../commands/playbook/resume.ts'),
  'playbook:run': () => import('../../commands/playbook/run.ts'),
  'playbook:runs': () => import('../../commands/playbook/runs.ts'),
  'playbook:show': () => import('../../commands/playbook/show.ts'),
  'playbook:test': () => import('../../commands/playbook/test.ts'),
  'playbook:undo': () => import('../../commands/playbook/undo.ts'),
  'playbook:validate': () => import('../../commands/playbook/validate.ts'),
  preflight: () => import('../../commands/preflight.ts'),
  reach: () => import('../../commands/reach.ts'),
  resume: () => import('../../commands/resume.ts'),
  risks: () => import('../../commands/risks.ts'),
  status: () => import('../../commands/status.ts'),
  undo: () => import('../../commands/undo.ts'),
  unused: () => import('../../commands/unused.ts'),
  'what-can': () => import('../../commands/what-can.ts'),
  'who-can': () => import('../../commands/who-can.ts'),
}

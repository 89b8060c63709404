import { findCommand } from '../cluster/commands.ts'

/** Debian's Chromium, where it is installed. */
export function findChromium(): string | undefined {
  return findCommand('chromium')
}

/** What has to be there before a page can be looked at, with what to do; empty when all is there. */
export function neededForPages(): string[] {
  return findChromium() ? [] : ['no chromium in the PATH: install the package chromium (in CI `npm test` does)']
}

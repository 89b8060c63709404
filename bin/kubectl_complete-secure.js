#!/usr/bin/env node
// Called by kubectl's shell completion: arguments so far, the last one unfinished; prints choices, then a Cobra directive (4: no files).
import { readFileSync } from 'node:fs'
const { commands } = JSON.parse(readFileSync(new URL('../oclif.manifest.json', import.meta.url), 'utf8'))
const words = process.argv.slice(2)
const wanted = words.pop() ?? ''
const command = Object.values(commands).find(({ id }) => id === words[0])
const choices = command
  ? wanted.startsWith('-')
    ? Object.values(command.flags).map(({ name, description }) => `--${name}\t${description ?? ''}`)
    : []
  : Object.values(commands)
      .filter(({ hidden }) => !hidden)
      .map(({ id, summary }) => `${id}\t${summary ?? ''}`)
process.stdout.write([...choices.filter((choice) => choice.startsWith(wanted)), ':4', ''].join('\n'))

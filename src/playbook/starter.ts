/** A playbook to begin with: it is right as it stands, and says what may be changed. `name` is that of a playbook. Pure. */
export function starter(name: string): string {
  return `# Look whether it is right:  kubectl secure playbook validate ${name}.yaml
# Rehearse it, and write nothing:  kubectl secure playbook run ./${name}.yaml --dry-run=server
# All that it may have: docs/playbooks.md; the actions: kubectl secure playbook show NAME of those that ship.
apiVersion: kubectl-secure.github.io/v1
kind: Playbook
metadata:
  name: ${name}
  version: 0.1.0
  title: In one line, what happened and what this does about it
  # ATT&CK techniques that it answers.
  attack: [T1609]

# Asked for in this order: chosen from what the cluster has, and pinned, so that a namesake is never taken for it.
inputs:
  ns:
    type: namespace
    ask: Which namespace?
  pod:
    type: pod
    namespace: \${{ inputs.ns.name }}
    ask: Which pod?

# From the first to the last. A jump (next, cases, onFail, onTimeout) goes forwards, to the id of a step or to end.
steps:
  # Evidence first: what is destroyed later has to be in it.
  - id: evidence
    type: command
    run: evidence.collect
    title: Take what is first to go
    with:
      target: \${{ inputs.pod }}
    onFail: continue

  # A question changes nothing; its answer is in steps.facts for what comes after.
  - id: facts
    type: command
    run: pod.facts
    title: Look at the pod
    with:
      pod: \${{ inputs.pod }}

  - id: bad
    type: decision
    ask: Is \${{ inputs.pod.name }} an intruder's?
    help: Look at what it runs, and who made it.
    cases:
      intruder: {label: Yes; cut it off, next: cut}
      ours: {label: No; leave it alone, next: end}

  # A change is shown with its diff, asked for, journaled, and can be undone.
  - id: cut
    type: command
    run: isolate
    title: Cut the pod off from the network
    with:
      target: \${{ inputs.pod }}

  - id: after
    type: note
    text: |
      \${{ inputs.pod.name }}: \${{ steps.cut.verdict }}. What let the intruder in is still there.
`
}

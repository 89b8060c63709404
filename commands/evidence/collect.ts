import * as Flags from '@oclif/core/flags'
import { SecureCommand } from '../../src/cli/command.ts'
import { checkSealWords, collectEvidence, sealCase } from '../../src/cli/collect-evidence.ts'
import { collectToStream, isStreamed } from '../../src/cli/collect-stream.ts'
import { collectFlags, collectRequest, sayMissing } from '../../src/cli/collect-request.ts'
import { recordable } from '../../src/cli/command-words.ts'
import { sealFlags } from '../../src/cli/evidence-flags.ts'
import { allNamespacesFlag, connectionFlags, connectionOptions } from '../../src/cli/flags.ts'
import { agreeToLiveFacts, agreeToTheRest, liveFlags, withLiveFacts } from '../../src/cli/live-facts.ts'
import { keepHeapSmall } from '../../src/cli/memory.ts'
import { EXIT, SecureError } from '../../src/errors.ts'
import { sizeText } from '../../src/evidence/tally.ts'
import { collectedText } from '../../src/terminal/evidence-text.ts'

const exits = { complete: EXIT.yes, partial: EXIT.incomplete, failed: EXIT.failed }

export default class EvidenceCollect extends SecureCommand {
  static override summary = 'Take evidence of a cluster that survives a hostile reading'
  static override description =
    `Reads, and changes nothing but for --volatile. What the API server sends is kept byte by byte, with its SHA-256 and the request that it answers; \
values of Secrets never leave the server. Objects are those of the whole cluster, logs those of the targets, or of the namespace (-A: of all).

quick: the targets alone, their events, owners and logs. standard: what every question of this tool needs, so that it can be asked of the \
bundle later, and kubelets and rotated logs where nodes/proxy is allowed. full: every type that the cluster serves.

--volatile: also what runs in the targets: processes, sockets, open files, mounts. It adds an ephemeral container to each pod, for seconds, whose \
entry stays in the pod's spec; it shows the plan and asks first, and "status" knows the run.

It is written to a new directory, which survives whatever happens to this process, and sealed beside it as .tar.gz, a BagIt bag. \
Ctrl-C seals what there is; a second one stops. --resume goes on.

--output - writes the sealed bundle to standard output, encrypted, and leaves nothing behind.

Exit code: 0 complete, 3 partial (the gaps are named, with a Role that closes them), 4 nothing could be had, 2 usage or nobody \
to ask, 1 answered no.`

  static override usage = ['<%= command.id %> [TYPE/NAME…] [FLAGS]', '<%= command.id %> --resume --output DIR [FLAGS]']

  static override examples = [
    {
      description: 'A pod that is about to be deleted',
      command: '<%= config.bin %> <%= command.id %> pod/api-0 -n payments --profile quick',
    },
    {
      description: 'A namespace and the cluster around it, for the case',
      command:
        '<%= config.bin %> <%= command.id %> -n payments --incident INC-42 --audit-log /var/log/kubernetes/audit.log',
    },
    {
      description: 'What runs in a pod, before it is deleted',
      command: '<%= config.bin %> <%= command.id %> pod/api-0 -n payments --volatile --profile quick',
    },
    {
      description: 'Go on after a lost connection',
      command: '<%= config.bin %> <%= command.id %> --resume --output ./case',
    },
    {
      description: 'Straight into a bucket',
      command:
        '<%= config.bin %> <%= command.id %> --output - --encrypt-to age1… | aws s3 cp - s3://evidence/INC-42.tar.gz.age',
    },
  ]

  static override strict = false
  static override flags = {
    ...collectFlags,
    resume: Flags.boolean({ description: 'go on with the case in --output, with what it was begun with' }),
    ...liveFlags,
    ...sealFlags,
    ...allNamespacesFlag,
    ...connectionFlags,
  }

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(EvidenceCollect)
    keepHeapSmall()
    const isPiped = isStreamed(flags)
    await checkSealWords(flags)
    const options = connectionOptions(flags)
    const targets = argv.map(String)
    await withLiveFacts(flags, options, async (cluster, live) => {
      if (flags.resume && (flags.output === undefined || targets.length > 0))
        throw new SecureError('usage', '--resume takes the case from --output, and what to collect from the case')
      let request = flags.resume ? undefined : collectRequest(targets, flags, cluster.namespace)
      const command = recordable(['evidence', 'collect', ...this.argv])
      if (live && request) {
        request = await agreeToLiveFacts(live.engine, request, flags, command)
        if (!request) return
      } else if (live?.plan && !(await agreeToTheRest(live.engine, live.plan, flags))) return this.declined()
      const report = isPiped
        ? await collectToStream(cluster, request, flags['encrypt-to'] ?? [], command, live?.engine)
        : await collectEvidence(cluster, request, flags.output ?? '', command, live?.engine)
      if (!isPiped) {
        const sealed = await sealCase(report.directory, flags)
        process.stdout.write(collectedText(report, sizeText(report.bytes), sealed))
      }
      sayMissing(report)
      process.exitCode = exits[report.status]
    })
  }
}

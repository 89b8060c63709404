import * as Flags from '@oclif/core/flags'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { identityFlag } from './evidence-flags.ts'

/** kubectl's connection flags, under kubectl's names. */
export const connectionFlags = {
  namespace: Flags.string({ char: 'n', description: 'the namespace of this request', helpValue: 'NAMESPACE' }),
  kubeconfig: Flags.string({ description: 'path to the kubeconfig file', helpValue: 'PATH', helpGroup: 'CONNECTION' }),
  context: Flags.string({ description: 'the kubeconfig context to use', helpValue: 'NAME', helpGroup: 'CONNECTION' }),
  cluster: Flags.string({ description: 'the kubeconfig cluster to use', helpValue: 'NAME', helpGroup: 'CONNECTION' }),
  user: Flags.string({ description: 'the kubeconfig user to use', helpValue: 'NAME', helpGroup: 'CONNECTION' }),
  as: Flags.string({ description: 'the user to impersonate', helpValue: 'USER', helpGroup: 'CONNECTION' }),
  'as-group': Flags.string({
    description: 'a group to impersonate; may be given several times',
    helpValue: 'GROUP',
    helpGroup: 'CONNECTION',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'as-uid': Flags.string({ description: 'the uid to impersonate', helpValue: 'UID', helpGroup: 'CONNECTION' }),
  token: Flags.string({
    description: 'the bearer token to authenticate with',
    helpValue: 'TOKEN',
    helpGroup: 'CONNECTION',
  }),
  server: Flags.string({
    char: 's',
    description: 'address and port of the API server',
    helpValue: 'URL',
    helpGroup: 'CONNECTION',
  }),
  'certificate-authority': Flags.string({
    description: 'the certificate authority to trust',
    helpValue: 'PATH',
    helpGroup: 'CONNECTION',
  }),
  'client-certificate': Flags.string({
    description: 'the client certificate',
    helpValue: 'PATH',
    helpGroup: 'CONNECTION',
  }),
  'client-key': Flags.string({
    description: 'the key of the client certificate',
    helpValue: 'PATH',
    helpGroup: 'CONNECTION',
  }),
  'tls-server-name': Flags.string({
    description: 'the name the server certificate must have',
    helpValue: 'NAME',
    helpGroup: 'CONNECTION',
  }),
  'insecure-skip-tls-verify': Flags.boolean({
    description: 'do not check the server certificate',
    helpGroup: 'CONNECTION',
    allowNo: true,
  }),
  'request-timeout': Flags.string({
    description:
      'the longest a request may take (5s, 2m; 0: no limit); without it, a server silent for 30s is given up',
    helpValue: 'DURATION',
    helpGroup: 'CONNECTION',
  }),
}

export const snapshotFlag = {
  snapshot: Flags.string({
    description:
      'answer from evidence (case.tar.gz, or its directory) or from manifests (a file or directory; may be given several times) instead of a cluster',
    helpValue: 'PATH',
    multiple: true,
    multipleNonGreedy: true,
  }),
  ...identityFlag,
}

export const allNamespacesFlag = {
  'all-namespaces': Flags.boolean({ char: 'A', description: 'ask in all namespaces', exclusive: ['namespace'] }),
}

export const targetFlags = {
  subresource: Flags.string({ description: 'the subresource to ask about, such as log or exec', helpValue: 'NAME' }),
  name: Flags.string({
    description: 'the object to ask about, where RESOURCE/NAME could be read otherwise',
    helpValue: 'NAME',
  }),
}

export const groupsFlag = {
  groups: Flags.string({
    description: 'groups the user is in besides those the API server adds, separated by commas',
    helpValue: 'GROUP,…',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  }),
}

export const outputFlag = (formats: readonly string[]) => ({
  output: Flags.string({
    char: 'o',
    description: 'output format',
    options: formats,
    default: 'table',
    helpValue: formats.join('|'),
  }),
})

type ParsedConnection = {
  [K in Exclude<keyof typeof connectionFlags, 'as-group' | 'insecure-skip-tls-verify'>]?: string | undefined
} & { 'as-group'?: string[] | undefined; 'insecure-skip-tls-verify'?: boolean }

/** The parsed flags as the cluster room takes them; what was not given stays out. */
export function connectionOptions(flags: ParsedConnection): ConnectionOptions {
  const options = {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    cluster: flags.cluster,
    user: flags.user,
    namespace: flags.namespace,
    as: flags.as,
    asGroups: flags['as-group'],
    asUid: flags['as-uid'],
    token: flags.token,
    server: flags.server,
    certificateAuthority: flags['certificate-authority'],
    clientCertificate: flags['client-certificate'],
    clientKey: flags['client-key'],
    tlsServerName: flags['tls-server-name'],
    insecureSkipTlsVerify: flags['insecure-skip-tls-verify'],
    requestTimeout: flags['request-timeout'],
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

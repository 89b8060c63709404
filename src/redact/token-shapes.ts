import { charClass } from './chars.ts'

/** A credential that is known by how it begins. */
export type TokenShape = { prefix: string; chars: Uint8Array; min: number; max: number }

const plain = charClass('A-Za-z0-9')
const lined = charClass('A-Za-z0-9_')
const dashed = charClass('A-Za-z0-9_-')
const dotted = charClass('A-Za-z0-9_.-')
const any = charClass('A-Za-z0-9_./+=-')
const upper = charClass('A-Z0-9')
const hex = charClass('a-fA-F0-9')

const shapes = (prefixes: string, chars: Uint8Array, min: number, max = 2000): TokenShape[] =>
  prefixes.split(' ').map((prefix) => ({ prefix, chars, min, max }))

/** Sources: the issuers' own pages on the formats of their tokens. What is longer than is usual is taken whole. */
export const tokenShapes: readonly TokenShape[] = [
  // AWS, with the ids of roles and users that look the same
  ...shapes('AKIA ASIA ABIA ACCA AGPA AIDA AROA AIPA ANPA ANVA', upper, 16, 16),
  ...shapes('A3T', upper, 17, 17),
  // GitHub, GitLab
  ...shapes('ghp_ gho_ ghu_ ghr_ github_pat_', lined, 20),
  ...shapes('ghs_', dotted, 20),
  ...shapes('glpat- gldt- glrt- glcbt- glptt- gloas- glft- glsoat- glimt- glagent- glffct- glrtr-', dotted, 16),
  // Slack, Stripe
  ...shapes('xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xoxd- xoxc- xapp-', any, 10),
  ...shapes('hooks.slack.com/services/ hooks.slack.com/workflows/', any, 20),
  ...shapes('sk_live_ sk_test_ rk_live_ rk_test_ whsec_', lined, 16),
  // Google, Azure
  ...shapes('AIza', dashed, 35),
  ...shapes('ya29. GOCSPX- 1//0', dotted, 20),
  ...shapes('8Q~ 7Q~', charClass('A-Za-z0-9_~.-'), 30),
  // Of Kubernetes' own surroundings
  ...shapes('hvs. hvb. hvr.', dashed, 20),
  ...shapes('dckr_pat_ dckr_oat_', dashed, 20),
  ...shapes('AGE-SECRET-KEY-1', upper, 40),
  ...shapes('tskey-', dashed, 20),
  // Others
  ...shapes('npm_ hf_ gsk_ ntn_', plain, 30),
  ...shapes('vcp_ vci_ vca_ vcr_ vck_ nfp_ sbp_ shpat_ shppa_ shpca_ shpss_', plain, 20),
  ...shapes('figd_ pscale_tkn_ pscale_pw_ lin_api_ sntrys_ dop_v1_ doo_v1_ dor_v1_ rubygems_ dt0c01.', dotted, 20),
  ...shapes('cfk_ cfut_ cfat_ pul- PMAK- NRAK- phx_ sq0atp- sq0csp- ATATT3', any, 24),
  ...shapes('glc_ glsa_ ops_ey pypi-AgEI eyJrIjoi', any, 24),
  ...shapes('sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or-', dashed, 20),
  ...shapes('sk-', plain, 32),
  ...shapes('dapi', hex, 32, 34),
  ...shapes('SG.', dotted, 30),
  ...shapes(':AAE :AAF :AAG :AAH', dashed, 30, 40),
  ...shapes('discord.com/api/webhooks/ discordapp.com/api/webhooks/', any, 40),
]

import type { AttackRule } from '../model.ts'
import { bootstrapTokenRule } from './identity-bootstrap.ts'
import { impersonateConstrainedRule } from './identity-constrained.ts'
import { approveRule, nodeRequestRule } from './identity-csr.ts'
import { impersonateAccountRule, impersonateUserRule } from './identity-impersonate.ts'
import { impersonateGroupRule } from './identity-impersonate-group.ts'
import { secretMintRule, secretReadRule } from './identity-secret.ts'
import { tokenRule } from './identity-token.ts'

/**
 * Ways by acting as somebody else. Signing certificates (`sign` on signers) is none: it writes down what a CA's key has signed, and who has the key needs no
 * API server for it.
 */
export const identityRules: AttackRule[] = [
  impersonateUserRule,
  impersonateAccountRule,
  impersonateGroupRule,
  impersonateConstrainedRule,
  tokenRule,
  secretReadRule,
  secretMintRule,
  bootstrapTokenRule,
  approveRule,
  nodeRequestRule,
]

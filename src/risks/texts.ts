export type Texts = { why: string; fix: string; reference?: string }

export const docs = 'https://kubernetes.io/docs/'
export const practices = `${docs}concepts/security/rbac-good-practices/`
export const takeAway = 'take the grant away, or narrow it to what is used'

/** What the page of risks gets. Texts that repeat stand once, and are referred to by their place. */
export type RisksData = {
  /** The worst first. */
  severities: string[]
  isCompared: boolean
  rules: string[]
  texts: string[]
  rows: RiskRow[]
}

export type RiskRow = {
  severity: number
  rule: number
  who: number
  scope: number
  title: number
  /** 0 where nothing is reached. */
  hops: number
  mark: '' | 'new' | 'changed' | 'gone' | 'excepted'
  /** What is told once it is opened: a heading, and its lines. */
  parts: [string, number[]][]
}

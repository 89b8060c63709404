// What secretlint's preset says of its types is in packages that are not installed.
declare module '@secretlint/types' {
  type Source = { content: string; filePath: string; ext: string; contentType: 'text' }
  type Context = {
    createTranslator(): () => { message: string; messageId: string }
    report(found: { range: readonly [number, number] }): void
    ignore(): void
  }
  export type SecretLintRule = { file?(source: Source): unknown }
  export type SecretLintRuleCreator<Options> = {
    meta: { id: string; type: string }
    create(context: Context, options: Options): SecretLintRule
  }
  export type SecretLintRulePresetCreator<Options> = { meta: object; options?: Options }
}

declare module '@secretlint/secretlint-rule-aws' {
  export type Options = { enableIDScanRule: boolean }
}

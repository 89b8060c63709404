import { boolYaml11Tag, CORE_SCHEMA, loadAll, mergeTag, nullYaml11Tag, YAMLException } from 'js-yaml'
import { SecureError } from '../errors.ts'

// kubectl reads YAML 1.1 booleans (`on`, `y`), keeps timestamps as text and lets the last of two equal keys win.
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, nullYaml11Tag, mergeTag)

/** The first YAML document of a kubeconfig, as kubectl's parser would see it. Throws SecureError `kubeconfig` with line and column. */
export function parseYaml(text: string, file: string): unknown {
  try {
    return loadAll(text, { schema, json: true })[0]
  } catch (cause) {
    // Only the reason and the place: the parser's message quotes the file, which holds secrets.
    const reason = cause instanceof YAMLException ? cause.reason : 'too deep or too large'
    const mark = cause instanceof YAMLException ? cause.mark : undefined
    const place = mark ? `, line ${mark.line + 1}, column ${mark.column + 1}` : ''
    throw new SecureError('kubeconfig', `the kubeconfig ${file} is not YAML or JSON: ${reason}${place}`)
  }
}

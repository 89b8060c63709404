/** Text within the quotes of a Mermaid diagram, which takes character codes between # and ;. All but plain letters go that way. */
export function mermaidText(text: string): string {
  return text.replace(/[^\w ./:,+()-]/gu, (character) => `#${character.codePointAt(0)};`)
}

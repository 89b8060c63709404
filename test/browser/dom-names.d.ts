// Names of the DOM in playwright-core's types. TypeScript's own lib would put all of a browser's globals into every file.
interface Node {}
interface HTMLElement {}
interface SVGElement {}
interface HTMLElementTagNameMap {}

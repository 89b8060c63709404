import { styleText } from 'node:util'

/** How text is coloured; the words alone always say the same. */
export type Colour = Parameters<typeof styleText>[0]
export type Look = {
  /** Columns that lines may take; Infinity: lines are not wrapped. */
  width: number
  paint: (colour: Colour, text: string) => string
  /** A terminal, where ticks and pictures may stand. */
  fancy: boolean
}

/** For logs, files and screen readers: nothing but words. */
export const plain: Look = { width: Number.POSITIVE_INFINITY, paint: (_, text) => text, fancy: false }

/** The look of a stream: plain unless it is a terminal; NO_COLOR and the like leave colours out. */
export function lookOf(stream: NodeJS.WriteStream): Look {
  return {
    width: stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY,
    paint: (colour, text) => styleText(colour, text, { stream }),
    fancy: stream.isTTY ?? false,
  }
}

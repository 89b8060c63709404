/**
 * The characters that move a cursor, recolour, reorder or hide what a responder reads: controls, formats (bidirectional
 * overrides, zero-width, tags), lone surrogates, separators, fillers. Names and messages may hold them because an
 * attacker wrote them.
 */
export const hostileCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Characters that show nothing or change how others show: controls (with ESC and C1, so no terminal sequence
 * survives), formats and marks of direction, lone surrogates, separators of lines and paragraphs, whatever
 * Unicode lets a renderer ignore (selectors, tags, fillers), and the blank Braille pattern.
 */
export const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

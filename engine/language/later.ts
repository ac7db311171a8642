/** Words of the language that this version does not have yet: refused by name, so that nobody hunts for a misspelling. */

/** The word, and what to write instead where there is something. */
export const laterWords: ReadonlyMap<string, string> = new Map()

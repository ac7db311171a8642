/** Stands in for MJML where only the definition is looked at: a mail stays what it is. */
export const compileMjml = async (source: string) => ({ html: source, errors: [] })
export const htmlToText = async (html: string) => html.replace(/<[^>]*>/g, '')

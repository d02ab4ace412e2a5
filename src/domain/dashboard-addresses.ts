/** Where the dashboard shows what mails, notices and answers are about. `id` may be anything that somebody typed. */

export function requestAddress(id: string): string {
  return `/requests/${encodeURIComponent(id)}`
}

/** Where its owner opens a key. The id of the delivery is no secret: it opens nothing for anybody else. */
export function deliveryAddress(id: string): string {
  return `/my-keys?delivery=${encodeURIComponent(id)}`
}

/** Where a person reads a document, answers its questions and acknowledges it. */
export function documentAddress(id: string): string {
  return `/documents?document=${encodeURIComponent(id)}`
}

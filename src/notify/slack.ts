import type { Egress } from '../egress.ts'
import { post } from './post.ts'

/** Sends a message to an incoming webhook of Slack (https://api.slack.com/messaging/webhooks). Throws `PostError`. */
export function sendSlack(
  egress: Egress,
  { url, subject, text }: { url: string; subject: string; text: string },
) {
  const body = JSON.stringify({ text: `*${escaped(subject)}*\n${escaped(text)}` })
  return post(egress, url, body, { 'content-type': 'application/json' })
}

/** What Slack would read as links, mentions and the like: https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

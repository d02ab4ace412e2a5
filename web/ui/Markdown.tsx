import { Fragment, type ReactNode } from 'react'
import { type Block, parseMarkdown, type Span } from '../../src/domain/markdown.ts'
import classes from './Markdown.module.css'

/** A text of a document as it is read. It is built of elements: no HTML of anybody’s is put into the page. */
export function Markdown({ children }: { children: string }) {
  return <div className={classes.text}>{keyed(parseMarkdown(children), block)}</div>
}

function block(of: Block): ReactNode {
  switch (of.kind) {
    case 'heading': {
      const Heading = `h${of.level}` as 'h2' | 'h3' | 'h4'
      return <Heading>{spans(of.inside)}</Heading>
    }
    case 'paragraph':
      return <p>{spans(of.inside)}</p>
    case 'quote':
      return (
        <blockquote>
          <p>{spans(of.inside)}</p>
        </blockquote>
      )
    case 'list': {
      const List = of.ordered ? 'ol' : 'ul'
      return (
        <List>
          {keyed(of.items, (item) => (
            <li>{spans(item)}</li>
          ))}
        </List>
      )
    }
    case 'code':
      return (
        <pre>
          <code>{of.text}</code>
        </pre>
      )
    case 'rule':
      return <hr />
  }
}

function spans(of: Span[]): ReactNode {
  return keyed(of, span)
}

function span(of: Span): ReactNode {
  switch (of.kind) {
    case 'text':
      return of.text
    case 'code':
      return <code>{of.text}</code>
    case 'strong':
      return <strong>{of.text}</strong>
    case 'em':
      return <em>{spans(of.inside)}</em>
    case 'link':
      return (
        <a href={of.href} target="_blank" rel="noreferrer noopener">
          {spans(of.inside)}
        </a>
      )
  }
}

/** Parts of a text have no other name than their place in it, which does not change while it is shown. */
function keyed<Part>(parts: Part[], show: (part: Part) => ReactNode): ReactNode {
  return parts.map((part, index) => <Fragment key={index}>{show(part)}</Fragment>)
}

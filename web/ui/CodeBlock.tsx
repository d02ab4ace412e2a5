import classes from './CodeBlock.module.css'
import { CopyButton } from './CopyButton.tsx'

/** A text to copy as it stands: a command, a file. Long lines scroll within it. */
export function CodeBlock({ text, label, where }: { text: string; label: string; where?: string }) {
  return (
    <figure className={classes.block}>
      <figcaption className={classes.head}>
        <span>{where}</span>
        <CopyButton value={text} label={`Copy ${label}`} />
      </figcaption>
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset, it holds no fields. */}
      <div role="group" className={classes.scroll} tabIndex={0} aria-label={label}>
        <pre className={classes.text}>
          <code>{text}</code>
        </pre>
      </div>
      {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above. */}
    </figure>
  )
}

import { encode } from 'uqr'
import classes from './profile.module.css'

/** Light around it, as wide as readers need. */
const BORDER = 3

/** A QR code, drawn here: what it says is a secret, and goes nowhere. Dark on light in both themes, for readers' sake. */
export default function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { border: BORDER })
  const dark = data.flatMap((row, y) => row.flatMap((set, x) => (set ? [`M${x} ${y}h1v1h-1z`] : [])))
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} className={classes.code}>
      <rect width={size} height={size} fill="white" />
      <path d={dark.join('')} fill="black" shapeRendering="crispEdges" />
    </svg>
  )
}

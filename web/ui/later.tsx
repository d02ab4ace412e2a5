import { type ComponentType, useEffect, useState } from 'react'
import { type Fetched, fetched } from '../fetched.ts'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { Loading } from './Region.tsx'
import { Spare, sayNotLoaded } from './Spare.tsx'

/*
 * What a page is opened without, and fetches when somebody asks for it. It is drawn when its code is there, not suspended until
 * then: React would show for 0.3 s that it waits.
 */

type Load<Props> = () => Promise<ComponentType<Props>>
type Drawn<Props> = (props: Props) => React.ReactNode

type Opened = { opened?: boolean; onClose: () => void }

/** A form or a dialog: it comes when it is first opened, and what did not arrive closes again. */
export function panel<Props extends Opened>(load: Load<Props>): Drawn<Props> {
  const Code = fetched<Props>(async () => ({ default: await load() }))
  return function Panel(props) {
    const { opened = true, onClose } = props
    const [there, forget] = useCode(Code, opened)
    const [drawn, setDrawn] = useState(false)
    useEffect(() => setDrawn(there), [there])
    if (!there) return opened && <span className="unseen" aria-busy="true" />
    const giveUp = () => {
      forget()
      onClose()
      sayNotLoaded()
    }
    // It is drawn closed before it opens: so the kit knows where the focus was, and gives it back.
    const asked = props.opened === undefined ? {} : { opened: opened && drawn }
    return (
      <Spare onGone={giveUp}>
        <Code {...props} {...asked} />
      </Spare>
    )
  }
}

/** A part of a page that is not seen at first, such as what is under another tab, or that other parts need not wait for. */
export function part<Props extends object>(
  load: Load<Props>,
  Meanwhile: ComponentType = Loading,
): Drawn<Props> & Pick<Fetched<Props>, 'preload'> {
  const Code = fetched<Props>(async () => ({ default: await load() }))
  function Part(props: Props) {
    const [there] = useCode(Code, true)
    return there ? (
      <ErrorBoundary>
        <Code {...props} />
      </ErrorBoundary>
    ) : (
      <Meanwhile />
    )
  }
  return Object.assign(Part, { preload: Code.preload })
}

/** Whether the code is there to be drawn, or to say that it did not arrive. It is asked for once it is wanted. */
function useCode<Props extends object>(code: Fetched<Props>, wanted: boolean): [boolean, () => void] {
  const [there, setThere] = useState(code.isThere)
  useEffect(() => {
    if (!wanted || there) return
    let gone = false
    code.preload().then(() => gone || setThere(true))
    return () => {
      gone = true
    }
  }, [code, wanted, there])
  return [there, () => setThere(false)]
}

import { Button } from '@mantine/core'
import { useState } from 'react'
import { count, duration } from '../../format.ts'
import { type KeyTest, testKey } from '../../test-key.ts'
import { announce } from '../../ui/announce.tsx'
import { Status } from '../../ui/Status.tsx'
import classes from './keys.module.css'

/** Tries a secret that is on the screen with a real call. */
export function TestIt({ secret }: { secret: string }) {
  const [pending, setPending] = useState(false)
  const [result, setResult] = useState<KeyTest | null>(null)
  const test = async () => {
    setPending(true)
    const result = await testKey(secret)
    setPending(false)
    setResult(result)
    announce(wordsOf(result))
  }
  return (
    <div className={classes.bar} style={{ marginBottom: 0 }}>
      <Button variant="default" loading={pending} onClick={test}>
        Test it
      </Button>
      {result && (
        <>
          <Status tone={result.works ? 'good' : 'bad'}>{result.works ? 'works' : 'does not work'}</Status>
          <span className={classes.grow}>{wordsOf(result)}</span>
        </>
      )}
    </div>
  )
}

function wordsOf(result: KeyTest): string {
  if (!result.works) return result.why
  const models = result.models === 1 ? 'model' : 'models'
  return `Answered in ${duration(result.ms)}. It may use ${count(result.models)} ${models}.`
}

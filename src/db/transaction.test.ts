import { expect, test } from 'vitest'
import { createWorld } from '../../test/world.ts'
import { newId } from '../ids.ts'
import { setBindings } from './environment-credentials.ts'
import { transaction } from './transaction.ts'

test('what refers to something that was deleted meanwhile is told so', async () => {
  await using world = await createWorld()
  const gone = transaction(world.app.as(), ({ db }) => setBindings(db, world.ids.environment, [newId('crd')]))
  await expect(gone).rejects.toMatchObject({ code: 'conflict' })
})

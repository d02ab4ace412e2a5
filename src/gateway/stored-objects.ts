import type { App } from '../app.ts'
import { findStoredObject, type StoredObject } from '../db/stored-objects.ts'

const MAX_RECENT = 10_000

/** Which project an object that is stored at a provider belongs to. The newest ones are not in the database yet. */
export class StoredObjects {
  private readonly app: App
  private readonly recent = new Map<string, StoredObject>()

  constructor(app: App) {
    this.app = app
  }

  remember(objectId: string, object: StoredObject): void {
    // A copy: as a part of the answer's text it would keep all of that.
    this.recent.set(Buffer.from(objectId, 'latin1').toString('latin1'), object)
    if (this.recent.size > MAX_RECENT)
      for (const oldest of this.recent.keys()) return void this.recent.delete(oldest)
  }

  /** The object, if it belongs to this project: one of another project is not there. */
  async find(objectId: string, projectId: string): Promise<StoredObject | null> {
    const found = this.recent.get(objectId) ?? (await findStoredObject(this.app.gatewayDb, objectId))
    return found?.projectId === projectId ? found : null
  }
}

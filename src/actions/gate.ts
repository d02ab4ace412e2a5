import type { Ctx } from '../app.ts'

/**
 * Refuses who has still to acknowledge a document before they get a secret. There are no documents in this version,
 * so there is nobody to refuse.
 */
export async function requireAcknowledged(_ctx: Ctx, _userId: string | null): Promise<void> {}

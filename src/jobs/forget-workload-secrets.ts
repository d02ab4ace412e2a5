import { audit } from '../actions/audit.ts'
import type { App } from '../app.ts'
import { deleteOldWorkloadSecrets } from '../db/key-secrets.ts'
import { transaction } from '../db/transaction.ts'
import { BATCH, jobContext } from './sweep.ts'

/** Forgets what workloads got 90 days ago: each exchange leaves a secret, which ended within the hour. */
export function forgetWorkloadSecrets(app: App): Promise<number> {
  return transaction(jobContext(app, 'forget-workload-secrets'), async (ctx) => {
    const forgotten = await deleteOldWorkloadSecrets(ctx.db, BATCH)
    for (const [targetId, secrets] of Map.groupBy(forgotten, ({ ruleId }) => ruleId)) {
      // All of one rule are of one key, and that lies in one project.
      const { teamId, projectId } = secrets[0] ?? { teamId: null, projectId: null }
      const after = { secrets: secrets.length }
      await audit(ctx, { action: 'workload.forget', targetId, teamId, projectId, after })
    }
    return forgotten.length
  })
}

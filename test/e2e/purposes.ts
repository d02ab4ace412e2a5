import type { Path } from '../../web/paths.ts'

/** Who opens each page, what they learn at a glance, what they do next. */
export const PURPOSES: Record<Path, string> = {
  '/': 'Everybody, each morning: what was spent, whether all works, and what waits for them; next they open the first thing that needs them.',
  '/start':
    'Whoever has just set Claviger up: how far they are from the first call; next they do the step that is open.',
  '/my-keys':
    'A developer: which keys are theirs and what is left of each; next they copy a snippet or ask for more.',
  '/keys':
    'An admin: all keys, who owns them, which are idle, expiring or stopped; next they open one or create one.',
  '/keys/$keyId':
    'Whoever answers for a key: what it did, what is left and which rule binds; next they rotate, suspend or revoke it.',
  '/usage':
    'An analyst: what was spent, by whom and on what, against the time before; next they look into the largest part or export it.',
  '/requests': 'Whoever approves: what people ask for and why; next they approve, approve less, or deny.',
  '/requests/$accessRequestId':
    'Whoever approves, and who asked: the terms, what was said and what it gave; next they decide.',
  '/teams':
    'An admin: each team with its people, keys and spend; next they open the one that stands out or add one.',
  '/teams/$teamId':
    'A team’s admin: its members, models, keys, budget and what they wait for; next they add somebody or change a rule.',
  '/projects/$projectId':
    'A project’s builder: its environments, with production set apart, their keys and programs; next they create a key there.',
  '/people': 'An admin: who is here, invited or gone; next they invite somebody or open a person.',
  '/people/$userId':
    'An admin, when somebody leaves or something happened: all that a person holds and reaches; next they end it.',
  '/models':
    'A developer or admin: which models there are, what they cost and who may use them; next they ask for one or add one.',
  '/providers':
    'An admin: which provider credentials work, how old they are and what is left of their limits; next they add or replace one.',
  '/budgets':
    'Whoever answers for money: what is spent of which budget, what will not last and what was told; next they raise or change one.',
  '/budgets/$budgetId':
    'Whoever answers for a budget: what it allows, what is left and who used it; next they raise it for a while.',
  '/audit':
    'An auditor: who changed what, and that nobody changed the record; next they filter, verify or export it.',
  '/access-log':
    'Whoever looks into an incident: each call, from where, with which outcome and cost; next they open a call or its key.',
  '/findings':
    'Whoever is on duty: what is odd and still open; next they look into it and say how it was seen to.',
  '/documents':
    'Everybody: what they have to read; an admin: who has read what; next they read, remind or publish.',
  '/roles':
    'An admin: what each role allows and who holds it; next they compare, or make a role of their own.',
  '/settings/$section':
    'An owner: how people sign in, what is required of them and who is told; next they change one thing.',
  '/profile':
    'Everybody: how they sign in, where they are signed in, which tokens act for them; next they add a passkey or end a session.',
}

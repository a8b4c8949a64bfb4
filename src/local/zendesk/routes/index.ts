/** Every endpoint of the stand-in. README.md says how each behaves. */
import type { Route } from '../core/routing.ts';
import { deletedTicketRoutes } from './deleted-tickets.ts';
import { deletedUserRoutes } from './deleted-users.ts';
import { identityRoutes } from './identities.ts';
import { incrementalRoutes } from './incremental.ts';
import { jobRoutes } from './jobs.ts';
import { otherRoutes } from './others.ts';
import { redactionRoutes } from './redactions.ts';
import { searchRoutes } from './search.ts';
import { ticketRoutes } from './tickets.ts';
import { userRoutes } from './users.ts';

export const routes: readonly Route[] = [
  ...userRoutes,
  ...identityRoutes,
  ...deletedUserRoutes,
  ...ticketRoutes,
  ...deletedTicketRoutes,
  ...redactionRoutes,
  ...searchRoutes,
  ...incrementalRoutes,
  ...jobRoutes,
  ...otherRoutes,
];

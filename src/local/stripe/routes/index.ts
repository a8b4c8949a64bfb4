/** All endpoints that the stand-in has. What is not here answers 404, as a path that Stripe does not know. */
import type { Route } from '../core/routing.ts';
import { balanceRoutes } from './balance.ts';
import { customerRoutes } from './customers.ts';
import { invoiceRoutes } from './invoices.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { paymentRoutes } from './payments.ts';
import { priceRoutes } from './prices.ts';
import { redactionRoutes } from './redaction-jobs.ts';
import { refundRoutes } from './refunds.ts';
import { searchRoutes } from './search.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { taxIdRoutes } from './tax-ids.ts';

export const routes: readonly Route[] = [
  ...customerRoutes,
  ...balanceRoutes,
  ...taxIdRoutes,
  ...paymentMethodRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...paymentRoutes,
  ...refundRoutes,
  ...priceRoutes,
  ...redactionRoutes,
  ...searchRoutes,
];

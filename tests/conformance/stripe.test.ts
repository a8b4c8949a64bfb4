import { describeConnector } from './chapters.ts';
import { stripeFixture } from './stripe.fixture.ts';

describeConnector(stripeFixture);

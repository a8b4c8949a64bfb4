import { describeConnector } from './chapters.ts';
import { zendeskFixture } from './zendesk.fixture.ts';

describeConnector(zendeskFixture);

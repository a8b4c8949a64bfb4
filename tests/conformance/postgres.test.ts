import { describeConnector } from './chapters.ts';
import { postgresFixture } from './postgres.fixture.ts';

describeConnector(postgresFixture);

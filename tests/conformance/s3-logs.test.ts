import { describeConnector } from './chapters.ts';
import { s3LogsFixture } from './s3-logs.fixture.ts';

describeConnector(s3LogsFixture);

import { describeConnector } from './chapters.ts';
import { manualFixture } from './manual.fixture.ts';

describeConnector(manualFixture);

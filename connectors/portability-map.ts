/**
 * What a data map declares of a collection for the right to take data along (GDPR Art. 20), the same for every kind of system:
 * facts, of which policy makes the decision. Optional, so that data maps without it stay valid; without it the right cannot be
 * asked for where the collection is held by consent or contract.
 */
import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;

export const PortabilityMap = Type.Object(
  {
    origin: Type.Union(
      [Type.Literal('provided'), Type.Literal('observed'), Type.Literal('derived'), Type.Literal('third-party')],
      {
        description:
          '`provided`: the person gave it. `observed`: recorded of the person using the service. `derived`: made by the company from other data. `third-party`: somebody else gave it.',
      },
    ),
    othersRights: Type.Optional(
      Type.String({
        minLength: 5,
        description:
          'Why taking it along would adversely affect the rights of others (Art. 20(4)); its records are then withheld.',
      }),
    ),
  },
  { ...closed, description: 'What the right to data portability (Art. 20) must know of the records.' },
);

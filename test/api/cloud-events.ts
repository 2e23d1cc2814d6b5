/**
 * The JSON form of CloudEvents 1.0.2: the JSON event format, chapters 2 and 3, and the rules of the specification's chapter
 * "Context Attributes" for names (a-z and 0-9) and for the types of extensions (here: text).
 */
export const CLOUD_EVENT = {
  type: 'object',
  required: ['id', 'source', 'specversion', 'type'],
  properties: {
    id: { type: 'string', minLength: 1 },
    source: { type: 'string', minLength: 1, format: 'uri-reference' },
    specversion: { const: '1.0' },
    type: { type: 'string', minLength: 1 },
    // RFC 2046.
    datacontenttype: { type: 'string', pattern: '^[a-z]+/[a-z0-9.+-]+$' },
    dataschema: { type: 'string', minLength: 1, format: 'uri' },
    subject: { type: 'string', minLength: 1 },
    time: { type: 'string', format: 'date-time' },
    data: {},
    data_base64: { type: 'string' },
  },
  patternProperties: { '^[a-z0-9]{1,20}$': {} },
  additionalProperties: false,
  not: { required: ['data', 'data_base64'] },
  // Extensions of this gateway.
  allOf: ['stationtime', 'sequence', 'ocppversion', 'ocppaction'].map((name) => ({
    properties: { [name]: { type: 'string', minLength: 1 } },
  })),
};

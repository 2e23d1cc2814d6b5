import { Ajv, type ErrorObject } from 'ajv';

/** The part of the Compose specification that deploy/compose.yaml uses; `docker compose config` would refuse what this does. */

const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const named = (value: object) => ({
  type: 'object',
  propertyNames: { pattern: '^[a-zA-Z0-9._-]+$' },
  additionalProperties: value,
});
const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, uniqueItems: true };
const words = { type: 'array', items: text, minItems: 1 };
const flag = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
const duration = { type: 'string', pattern: '^(\\d+(us|ms|s|m|h))+$' };
const PORT = '\\d{1,5}';

const service = object(
  {
    image: { type: 'string', pattern: '^[a-z0-9./-]+:[\\w.-]+$' },
    build: object({ context: text, dockerfile: text }, ['context']),
    command: words,
    entrypoint: words,
    environment: named({ type: ['string', 'number', 'boolean', 'null'] }),
    ports: {
      type: 'array',
      items: { type: 'string', pattern: `^(\\d+\\.\\d+\\.\\d+\\.\\d+:)?${PORT}:${PORT}(/(tcp|udp))?$` },
      uniqueItems: true,
    },
    volumes: { type: 'array', items: { type: 'string', pattern: '^[./]?[\\w./-]+:/[\\w./-]*(:(ro|rw))?$' } },
    networks: {
      anyOf: [texts, named({ anyOf: [{ type: 'null' }, object({ ipv4_address: text, aliases: texts })] })],
    },
    depends_on: {
      anyOf: [
        texts,
        named(
          object(
            {
              condition: {
                enum: ['service_started', 'service_healthy', 'service_completed_successfully'],
              },
              restart: flag,
              required: flag,
            },
            ['condition'],
          ),
        ),
      ],
    },
    restart: { type: 'string', pattern: '^(no|always|unless-stopped|on-failure(:\\d+)?)$' },
    stop_grace_period: duration,
    stop_signal: text,
    user: text,
    profiles: texts,
    read_only: flag,
    init: flag,
    cap_drop: texts,
    cap_add: texts,
    security_opt: texts,
    tmpfs: texts,
    ulimits: named({ anyOf: [count, object({ soft: count, hard: count }, ['soft', 'hard'])] }),
    logging: object({ driver: text, options: named({ type: ['string', 'number', 'null'] }) }),
    healthcheck: {
      anyOf: [
        object({ disable: { const: true } }, ['disable']),
        object(
          {
            test: { type: 'array', items: [{ enum: ['CMD', 'CMD-SHELL'] }], minItems: 2 },
            interval: duration,
            timeout: duration,
            start_period: duration,
            retries: { type: 'integer', minimum: 1 },
          },
          ['test'],
        ),
      ],
    },
    deploy: object({ replicas: { type: 'integer', minimum: 1 } }),
  },
  ['image', 'networks'],
);

const schema = {
  ...object({
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: named(service),
    networks: named({
      anyOf: [
        { type: 'null' },
        object({
          internal: flag,
          driver: text,
          ipam: object({
            config: {
              type: 'array',
              items: object({ subnet: { type: 'string', pattern: '^[\\d.]+/\\d+$' }, gateway: text }),
            },
          }),
        }),
      ],
    }),
    volumes: named({ anyOf: [{ type: 'null' }, object({ name: text, driver: text, external: flag })] }),
  }),
  patternProperties: { '^x-': {} },
};

const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** What is wrong with it, a line each. */
export function composeErrors(compose: unknown): readonly string[] {
  validate(compose);
  return (validate.errors ?? []).map(({ instancePath, message, params }: ErrorObject) => {
    const named = 'additionalProperty' in params ? `: ${String(params['additionalProperty'])}` : '';
    return `${instancePath} ${message}${named}`;
  });
}

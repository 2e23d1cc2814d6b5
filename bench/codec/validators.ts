import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { subprotocolOf, type Version } from '../../libs/ocpp/mod.js';
import { readSchemas, type Schema } from '../../libs/ocpp/testing/schemas.js';

/** @throws Error when the payload is not valid. */
export type Validate = (payload: unknown) => void;

interface OcppRpcValidator {
  readonly subprotocol: string;
  validate(schemaId: string, payload: unknown): boolean;
}

/** What `ocpp-rpc` checks requests with in strict mode. */
export function ocppRpcValidator(version: Version, action: string): Validate {
  const require = createRequire(import.meta.url);
  const all = require('ocpp-rpc/lib/standard-validators.js') as readonly OcppRpcValidator[];
  const validator = all.find(({ subprotocol }) => subprotocol === subprotocolOf(version));
  if (validator === undefined) throw new Error(`ocpp-rpc has no validator for ${version}`);
  const { $id = '' } = requestSchema(version, action);
  return (payload) => {
    validator.validate($id, payload);
  };
}

/** The schema of a request compiled by ajv as it comes, with the formats of ajv-formats. */
export function plainAjv(version: Version, action: string): Validate {
  const ajv = new Ajv({ strict: false });
  ajvFormats.default(ajv);
  // Its id is no URI that ajv could resolve.
  const { $id: _id, ...schema } = requestSchema(version, action);
  const isValid = ajv.compile(schema);
  return (payload) => {
    if (!isValid(payload)) throw new Error(ajv.errorsText(isValid.errors));
  };
}

function requestSchema(version: Version, action: string): Schema {
  const found = readSchemas(version).find((each) => each.action === action && each.side === 'request');
  if (found === undefined) throw new Error(`no schema of ${version} ${action}`);
  return found.schema;
}

/** A function of a generated validators module; after it said false, `errors` holds why. */
export interface Validator {
  (payload: unknown): boolean;
  errors?: readonly ValidatorError[];
}

export interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Params & { readonly cause?: ValidatorError };
}

/** What the keyword asked for. */
export interface Params {
  readonly type?: string;
  readonly limit?: number;
  readonly format?: string;
  readonly allowedValues?: readonly string[];
  readonly multipleOf?: number;
  readonly missingProperty?: string;
  readonly additionalProperty?: string;
}

/** The first thing about a payload that its schema forbids. */
export interface Violation {
  /** JSON Schema's name of the rule, as `maxLength`. */
  readonly keyword: string;
  /** JSON pointer to the value that is wrong, missing or too much; empty for the payload itself. */
  readonly path: string;
  /** One line for people, as `/idTag: must not be longer than 20 characters`. */
  readonly message: string;
  readonly params: Params;
}

/** The first violation; undefined, and nothing allocated, when the payload is valid. */
export type Check = (payload: unknown) => Violation | undefined;

export function checkWith(validator: Validator): Check {
  return (payload) => (validator(payload) ? undefined : violationOf(validator.errors?.[0]));
}

function violationOf(error: ValidatorError | undefined): Violation {
  if (error === undefined) throw new Error('a validator refused a payload without saying why');
  let path = error.instancePath;
  let innermost = error;
  while (innermost.params.cause !== undefined) {
    innermost = innermost.params.cause;
    path += innermost.instancePath;
  }
  const { keyword, params } = innermost;
  const member = params.missingProperty ?? params.additionalProperty;
  if (member !== undefined) path += `/${escapeToken(member)}`;
  return { keyword, path, message: `${shorten(path) || 'payload'}: ${complaint(keyword, params)}`, params };
}

const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Member names are the peer's and may be of any length. */
const shorten = (path: string): string => (path.length <= 160 ? path : `${path.slice(0, 160)}…`);

function complaint(keyword: string, params: Params): string {
  const { limit } = params;
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a member of this type';
    case 'type':
      return `must be of type ${params.type}`;
    case 'enum':
      return `must be one of ${params.allowedValues?.join(', ')}`;
    case 'format':
      return `must be a ${params.format}`;
    case 'maxLength':
      return `must not be longer than ${limit} characters`;
    case 'minItems':
      return `must have at least ${limit} elements`;
    case 'maxItems':
      return `must have at most ${limit} elements`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${params.multipleOf}`;
    default:
      return `breaks '${keyword}' of the schema`;
  }
}

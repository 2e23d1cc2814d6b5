import path from 'node:path';
import { pathToFileURL } from 'node:url';

export interface JsonSchema {
  readonly definitions?: Readonly<Record<string, object>>;
}

interface EventSchemas extends JsonSchema {
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly definitions: Readonly<Record<string, { readonly description?: string }>>;
}

/** What the scripts that make the published files export. Tests run with the repository as current folder. */
interface Scripts {
  readonly 'api-reference': { apiReference(descriptors: Uint8Array): string };
  readonly 'api-schemas': { eventSchemas(): EventSchemas; messageSchemas(): JsonSchema };
  readonly 'client-package': { writeClientPackage(folder: string): void };
  readonly protos: { breaking(input?: string): string[] };
}

export async function script<Name extends keyof Scripts>(name: Name): Promise<Scripts[Name]> {
  return (await import(pathToFileURL(path.resolve(`scripts/${name}.mjs`)).href)) as Scripts[Name];
}

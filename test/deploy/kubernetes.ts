import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

/** What of an object of Kubernetes these tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** The objects that `kubectl kustomize` renders. */
export async function kustomize(folder: string): Promise<readonly Manifest[]> {
  const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder], { maxBuffer: 16e6 });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** Types of the objects of an API group: of Kubernetes itself, of the Prometheus operator, of KEDA. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const from = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : apiVersion.startsWith('keda.sh/')
      ? '@kubernetes-models/keda'
      : 'kubernetes-models';
  return `${from}/${apiVersion}/${kind}`;
}

/**
 * What the types of Kubernetes have against the objects: fields that they do not know, that are missing, or of the wrong kind. Each
 * object is written as a literal that has to satisfy the type of its kind; the compiler says the rest.
 */
export function typeErrors(manifests: readonly Manifest[]): readonly string[] {
  // Beside the project's own files, so that packages are found as from them. It is never written.
  const name = path.resolve('manifests.generated.ts');
  const text = manifests
    .map((manifest, index) => {
      const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
      const title = `${manifest.kind} ${manifest.metadata.name}`;
      return `export const manifest${index} = ${JSON.stringify(manifest)} satisfies ${type}; // ${title}`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.readFile = (file) => (file === name ? text : readFile(file));
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2023) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], options, host);
  const lines = text.split('\n');
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file?.fileName === name ? (lines[file.getLineAndCharacterOfPosition(start).line] ?? '') : '';
    const title = line.slice(line.lastIndexOf('// ') + 3);
    return `${title}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

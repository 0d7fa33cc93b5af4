/** One YAML document of a file, uncut. */
export interface DocumentText {
  readonly text: string;
  /** Line of the file that `text` begins at, from 1. */
  readonly firstLine: number;
}

/**
 * Cuts a file at its `---` and `...` lines, so that a document that is not YAML spoils no other. Such a
 * line ends a document wherever it stands, also within quotes and blocks (YAML 1.2 §9.1.2). Documents
 * with nothing but comments are left out.
 */
export function splitDocuments(fileText: string): readonly DocumentText[] {
  const documents: DocumentText[] = [];
  const lines = fileText.replace(/^\uFEFF/, "").split("\n");
  let firstLine = 1;
  let kept: string[] = [];
  const end = (nextLine: number) => {
    if (kept.some(hasContent)) documents.push({ text: kept.join("\n"), firstLine });
    kept = [];
    firstLine = nextLine;
  };
  for (const [index, line] of lines.entries()) {
    if (/^---(?:[ \t\r]|$)/.test(line)) {
      end(index + 1);
      // What follows the marker on its line belongs to the document; its column is kept.
      kept.push(`   ${line.slice(3)}`);
    } else if (/^\.\.\.(?:[ \t\r]|$)/.test(line)) {
      end(index + 2);
    } else {
      kept.push(line);
    }
  }
  end(lines.length + 1);
  return documents;
}

function hasContent(line: string): boolean {
  return /^\s*[^\s#]/.test(line) && !/^%(?:YAML|TAG)\b/.test(line);
}

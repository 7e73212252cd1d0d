// Lays a statement out for reading. What is copied is the statement as it was run.
const PIECES = /'[^']*'|"[^"]*"|`[^`]*`|\s+|[(),]|[^\s(),'"`]+/g;
const ON_ITS_OWN = new Set(["FROM", "WHERE", "GROUP", "ORDER", "HAVING", "UNION", "JOIN", "LEFT", "LIMIT", "SELECT", "WITH"]);
const BELOW = new Set(["AND", "OR", "ON"]);
const IN_CASE = new Set(["WHEN", "ELSE"]);

function laidOut(sql) {
  const blocks = [{ depth: 0, case: 0 }]; // one for each select that is open; the depth of parentheses in it
  const pieces = sql.match(PIECES).filter((piece) => piece.trim());
  let text = "";
  const newLine = (more = 0) => { text = `${text.trimEnd()}\n${"  ".repeat(blocks.length - 1 + more)}`; };
  pieces.forEach((piece, n) => {
    const block = blocks.at(-1), next = pieces[n + 1], before = pieces[n - 1];
    if (piece === "(" && (next === "SELECT" || next === "WITH")) {
      if (!/[(\s]$/.test(text)) text += " ";
      text += "(";
      blocks.push({ depth: 0, case: 0 });
      newLine();
    } else if (piece === ")" && !block.depth && blocks.length > 1) {
      blocks.pop();
      newLine();
      text += ")";
    } else {
      if (piece === "CASE") block.case += 1;
      if (ON_ITS_OWN.has(piece) && !block.depth && !(piece === "JOIN" && before === "OUTER") && n && before !== "(") newLine();
      else if (BELOW.has(piece) && !block.depth && !block.case) newLine(1);
      else if (IN_CASE.has(piece)) newLine(1 + block.case);
      else if (piece === "END") newLine(block.case);
      else if (text && !/[(\s]$/.test(text) && piece !== "," && piece !== ")" && !(piece === "(" && /^\w+$/.test(before) && before !== "IN" && before !== "AS")) text += " ";
      if (piece === "END") block.case -= 1;
      if (piece === "(") block.depth += 1;
      if (piece === ")") block.depth -= 1;
      text += piece;
      if (piece === "SELECT" && next !== "DISTINCT") newLine(1);
      else if (piece === "," && !block.depth) newLine(blocks.length > 1 || !sql.startsWith("WITH") ? 1 : 0);
    }
  });
  return text;
}

/** The style sheet of a report: no font, image or script from elsewhere; follows the reader's light or dark setting. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f8fa;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--pass:#1a7f37;--warn:#8a5a00;--fail:#c5221f;--info:#0969da}
@media(prefers-color-scheme:dark){:root{--ground:#0d1117;--panel:#151b23;--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--pass:#4ac26b;--warn:#e0a93a;--fail:#ff8182;--info:#58a6ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:960px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px}
h2,summary{font-size:18px;font-weight:600}
h2{margin:0 0 12px}
.verdict{display:flex;gap:10px;align-items:baseline;padding:12px 16px;border:1px solid currentColor;border-radius:8px;font-weight:600;overflow-wrap:anywhere}
.lead{color:var(--soft);margin:12px 0 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0;padding:0}
.fact{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.fact dt{color:var(--soft);font-size:13px}
.fact dd{margin:2px 0 0;font-size:20px;font-weight:600;overflow-wrap:anywhere}
.fact dd.note{font-size:13px;font-weight:400;color:var(--soft)}
section,details{margin-top:32px;border-top:1px solid var(--line);padding-top:20px}
summary{cursor:pointer}
details>:nth-child(2){margin-top:12px}
.table{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:6px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:13px}
.right{text-align:right}
code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,monospace}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px;overflow-x:auto}
figure{margin:16px 0}
figcaption{font-weight:600;margin-bottom:2px}
figure p{color:var(--soft);font-size:13px;margin:0 0 6px}
figure svg{display:block;width:100%;height:auto;max-width:720px}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}.info{color:var(--info)}
a{color:var(--info)}
footer{margin-top:40px;border-top:1px solid var(--line);padding-top:12px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
footer p{margin:2px 0}
@media print{details>summary{list-style:none}main{max-width:none}}
`.trim();

# `make demo`: scores the sample conversations, shows two of them in full, writes the page of all.
set -eu
cd "$(dirname "$0")/.."
mkdir -p out

show() {
  printf '\n$ huashu %s\n\n' "$*"
  "${HUASHU:-huashu}" "$@"
}

echo 'A call that went well, one that went badly, then all of examples/. (The rules are compiled first, once.)'
show score examples/telecom-bill.txt
show score examples/broadband-fault-gb18030.txt
show score examples/
show score examples/ --format html -o out/demo.html

cat <<'END'
Written: out/demo.html, all of them as one page with the findings marked. Open it in a browser.

What to try next:
  . .venv/bin/activate                      so that `huashu` is found
  huashu check 这个不归我管                 check one sentence
  huashu score call.txt                     score a call of your own; its lines begin 坐席： and 客户：
  huashu score calls/ --format xlsx -o calls.xlsx
                                            a folder of calls, to a workbook
  huashu rules explain 这个不归我管         see which rules fire, and why
  huashu rules new house.refund.promise     get a rule of your own to edit
README.md shows how to write and test a rule; docs/cli.md lists every option.
END

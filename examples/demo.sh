# The first run: index the examples, ask three questions. `make demo` calls it with ARCHIVE set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$ARCHIVE" add "$here/mail" "$here/notes" "$here/documents" >/dev/null
echo "Indexing examples/ …"
# One of the mails is empty on purpose: it is listed, and the rest goes on (exit code 1).
"$ARCHIVE" sync || [ $? -eq 1 ]
ask() {
  printf '\n── %s\n' "$1"
  "$ARCHIVE" ask "$1"
}
ask "How much did Callum pay in the end for Kittiwake's new mast?"
ask "Where did my grandmother's lost ring turn up?"
ask "What is Dad's blood group?"
cat <<END

That was a small invented archive. To ask your own mail:

  .venv/bin/archive add ~/Mail            (an mbox, a Maildir, a folder of notes or documents)
  .venv/bin/archive sync
  .venv/bin/archive                       (opens the app)

To look around the examples in the app:  ARCHIVE_HOME=$ARCHIVE_HOME .venv/bin/archive
END

"""Check that what `questions.jsonl` says about the sample archive stands in it.

    python examples/check_questions.py

Each piece of evidence must occur in the decoded text of the source it names, and
each acceptable answer in some piece of evidence. Prints what does not hold.
"""

import json
import mailbox
from email import message_from_bytes, policy
from pathlib import Path

import docx
import pptx
import pypdf

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Print each thing that does not hold, and fail if there is one."""
    texts = mail_texts() | file_texts()
    wrong = []
    for line in (HERE / "questions.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        question, evidence = entry["question"], []
        for source in entry["sources"]:
            for span in source["evidence"]:
                evidence.append(span)
                if span not in texts[source["id"]]:
                    wrong.append(f"{question}\n  not in {source['id']}: {span}")
        wrong += [
            f"{question}\n  answer without evidence: {answer}"
            for answer in entry["answers"]
            if not any(answer in span for span in evidence)
        ]
    print("\n".join(wrong) or "Every answer is in the archive.")
    raise SystemExit(1 if wrong else 0)


def mail_texts() -> dict[str, str]:
    """The decoded text of each mail's own body, by Message-ID."""
    texts = {}
    for raw in mailbox.mbox(HERE / "mail/letters.mbox"):
        mail = message_from_bytes(raw.as_bytes(), policy=policy.default)
        body = mail.get_body(("plain", "html"))
        texts[str(mail["Message-ID"])] = body.get_content() if body else ""
    return texts


def file_texts() -> dict[str, str]:
    """The text of each note and document, by its path below `examples/`."""
    texts = {}
    for path in sorted([*HERE.glob("notes/*"), *HERE.glob("documents/*")]):
        match path.suffix:
            case ".pdf":
                pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
                text = "\n".join(pages)
            case ".docx":
                text = "\n".join(p.text for p in docx.Document(str(path)).paragraphs)
            case ".pptx":
                text = "\n".join(
                    shape.text_frame.text
                    for slide in pptx.Presentation(str(path)).slides
                    for shape in slide.shapes
                    if shape.has_text_frame
                )
            case _:
                text = path.read_text("utf-8")
        texts[path.relative_to(HERE).as_posix()] = text
    return texts


if __name__ == "__main__":
    main()

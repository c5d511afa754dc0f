"""Pictures and scans: read where tesseract is installed, else listed with what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from archive import doctor
from ingest import isolated, office
from ingest.document import Document, ParseFailure, Skipped
from ingest.office import scan

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


@pytest.fixture
def invoice() -> Image.Image:
    image = Image.new("RGB", (1000, 300), "white")
    words = "Invoice for the mill wheel\nTotal 310 euros, paid in May"
    ImageDraw.Draw(image).text((40, 60), words, fill="black", font=ImageFont.load_default(40))
    return image


@needs_tesseract
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp"])
def test_a_picture_of_words_is_read(suffix: str, invoice: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / f"scan.{suffix}"
    invoice.save(path)
    (found,) = office.parse_image(path)
    assert isinstance(found, Document)
    assert "Total 310 euros, paid in May" in found.text
    assert found.remarks == ("Its text was read by OCR; it may hold mistakes.",)
    assert found.page_starts == ()


@needs_tesseract
def test_a_scanned_pdf_is_read_page_by_page(
    invoice: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.pdf"
    blank = Image.new("RGB", (1000, 300), "white")
    invoice.save(path, save_all=True, append_images=[blank, invoice], resolution=150)
    (found,) = office.parse_pdf(path)
    assert isinstance(found, Document)
    assert found.text.count("mill wheel") == 2
    assert len(found.page_starts) == 3
    monkeypatch.setattr(scan, "MOST_PAGES", 1)
    (cut,) = scan.parse_pdf(path)
    assert isinstance(cut, Document)
    assert cut.remarks[1] == "Only its first 1 pages were read; it has 3."


@needs_tesseract
def test_a_picture_of_no_words_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.effect_noise((400, 400), 80).filter(ImageFilter.GaussianBlur(2)).save(path)
    (found,) = office.parse_image(path)
    assert found == Skipped(path=path, reason="a picture without text")


@needs_tesseract
def test_a_damaged_picture_is_a_failure(invoice: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    invoice.save(path)
    path.write_bytes(path.read_bytes()[:3000])
    (found,) = office.parse_image(path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith("is damaged")


def test_an_icon_starts_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "run", lambda *_, **__: pytest.fail("was started"))
    path = tmp_path / "icon.png"
    Image.new("RGB", (16, 16)).save(path)
    (found,) = office.parse_image(path)
    assert found == Skipped(path=path, reason="a picture without text")


def test_without_tesseract_pictures_and_scans_are_listed(
    invoice: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    invoice.save(tmp_path / "scan.png")
    (picture,) = office.parse_image(tmp_path / "scan.png")
    assert picture == Skipped(path=tmp_path / "scan.png", reason="needs OCR")
    invoice.save(tmp_path / "scan.pdf")
    (pdf,) = scan.parse_pdf(tmp_path / "scan.pdf")
    assert isinstance(pdf, ParseFailure)
    assert pdf.reason == "has no text layer; needs OCR: install tesseract-ocr"


def test_doctor_says_whether_tesseract_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tesseract"
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = doctor._tesseract(None)  # type: ignore[arg-type]
    assert missing.ok
    assert "needs OCR" in missing.detail
    assert "tesseract-ocr" in missing.remedy
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert doctor._tesseract(None).remedy == ""  # type: ignore[arg-type]

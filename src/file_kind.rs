//! What a file is that is not what was expected, by how it begins, and what to do about it.

/// What files of other kinds begin with.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS: `git lfs pull` fetches the file itself"),
    (b"/annex/objects/", "a pointer of git-annex: `git annex get` fetches the file itself"),
    (b"\x1f\x8b", "a file compressed by gzip: unpack it first, such as with `gzip -d`"),
    (b"%PDF-", "a PDF: `pdftotext` makes a text of it"),
    (b"\xfd7zXZ\0", "a file compressed by xz: unpack it first, such as with `xz -d`"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd: unpack it first, such as with `zstd -d`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (b"Rar!\x1a", "a RAR archive: unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old document of Word or Excel: save its text as a text file"),
    (b"{\\rtf", "a document in RTF: save its text as a text file"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF89a", "a picture (GIF)"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"GGUF", "weights in GGUF, as llama.cpp reads them: save the model as safetensors"),
    (b"\x89HDF\r\n\x1a\n", "weights in HDF5, as Keras writes them: save the model as safetensors"),
    (b"\x93NUMPY", "an array of NumPy: `safetensors.numpy.save_file` writes weights"),
    (
        b"\x80\x02",
        "weights of torch.save: `safetensors.torch.save_file(model.state_dict(), FILE)` writes those that can be read",
    ),
    (
        b"\x80\x04",
        "a pickle of Python: `safetensors.torch.save_file(model.state_dict(), FILE)` writes weights that can be read",
    ),
];

/// What a ZIP archive is, by a name in it.
const IN_ARCHIVES: &[(&[u8], &str)] = &[
    (
        b"/data.pkl",
        "weights of torch.save: `safetensors.torch.save_file(model.state_dict(), FILE)` writes those that can be read",
    ),
    (b".weights.h5", "a model of Keras: save its weights as safetensors"),
    (b".npy", "arrays of NumPy (npz): `safetensors.numpy.save_file` writes weights"),
    (b"", "a ZIP archive, as a document of Word, an e-book (EPUB) or a spreadsheet is: save its text as a text file"),
];

/// What a file is that begins with these bytes, some thousands if it has so many; nothing if it may be any text, or numbers.
#[must_use]
pub fn kind_of(beginning: &[u8]) -> Option<&'static str> {
    if beginning.starts_with(b"PK\x03\x04") {
        let has = |name: &[u8]| name.is_empty() || beginning.windows(name.len()).any(|bytes| bytes == name);
        return IN_ARCHIVES.iter().find(|(name, _)| has(name)).map(|(_, what)| *what);
    }
    if beginning.starts_with(b"BZh") && beginning.get(4..10) == Some(b"1AY&SY") {
        return Some("a file compressed by bzip2: unpack it first, such as with `bzip2 -d`");
    }
    if is_web_page(beginning) {
        return Some(
            "a web page (HTML): save the text or the file that it shows (to learn the page itself, let an empty line come first)",
        );
    }
    if is_safetensors(beginning) {
        return Some("weights in safetensors: `--weights FILE` begins with them");
    }
    BEGINNINGS.iter().find(|(magic, _)| beginning.starts_with(magic)).map(|(_, what)| *what)
}

fn is_web_page(beginning: &[u8]) -> bool {
    let mut text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    // comments and declarations may come first
    while let Some(rest) = after(text, b"<!--", b"-->").or_else(|| after(text, b"<?xml", b"?>")) {
        text = rest.trim_ascii_start();
    }
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| text.get(..tag.len()).is_some_and(|of| of.eq_ignore_ascii_case(tag)))
}

/// What follows a piece that begins and ends like this.
fn after<'a>(text: &'a [u8], begin: &[u8], end: &[u8]) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(begin)?;
    let at = rest.windows(end.len()).position(|bytes| bytes == end)?;
    Some(&rest[at + end.len()..])
}

/// The length of a header, and the header.
fn is_safetensors(beginning: &[u8]) -> bool {
    beginning.get(5..10) == Some(b"\0\0\0{\"")
}

/// What a text is that was taken for weights.
#[must_use]
pub fn kind_of_weights(beginning: &[u8]) -> Option<&'static str> {
    let is_index = beginning.starts_with(b"{") && beginning.windows(12).any(|bytes| bytes == b"\"weight_map\"");
    let index = "the index of a model in several files, which name each other there: save it as one, with `max_shard_size` large enough";
    // ONNX is a protocol buffer: a version, and the name of the program that has written it
    let is_onnx = beginning.starts_with(b"\x08")
        && beginning.windows(4).take(64).any(|bytes| bytes == b"onnx" || bytes == b"pyto");
    let onnx = "a model in ONNX: save the state dict of the module as safetensors";
    kind_of(beginning)
        .filter(|_| !is_safetensors(beginning))
        .or(is_index.then_some(index))
        .or(is_onnx.then_some(onnx))
        .or(is_text(beginning).then_some("a text, and no weights: those are in a file of safetensors"))
}

/// Whether these bytes are a text in UTF-8, whose last character may be cut.
fn is_text(beginning: &[u8]) -> bool {
    let text = match str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, expected) in [
            (&b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"[..], "Git LFS"),
            (b"/annex/objects/MD5E-s12--abc.txt\n", "git-annex"),
            (b"<!DOCTYPE HTML><title>404</title>", "a web page"),
            (b"\xef\xbb\xbf<html lang=\"en\">", "a web page"),
            (b"PK\x03\x04\0\0archive/data.pkl", "torch.save"),
            (b"<!-- saved -->\n<HTML><p>", "a web page"),
            (b"<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\"><html>", "a web page"),
            (b"PK\x03\x04\0\0model.weights.h5", "Keras"),
            (b"PK\x03\x04\0\0emb.npy", "NumPy"),
            (b"PK\x03\x04\0\0word/document.xml", "ZIP"),
            (b"\x80\x02}q\0", "torch.save"),
            (b"GGUF\x03\0\0\0", "GGUF"),
            (b"\x89HDF\r\n\x1a\n\0", "HDF5"),
            (b"\x93NUMPY\x01\0", "NumPy"),
            (b"\x40\0\0\0\0\0\0\0{\"emb.weight\"", "safetensors"),
        ] {
            let kind = kind_of(bytes).unwrap_or_default();
            assert!(kind.contains(expected), "{}: {kind}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_text_is_a_text_whatever_it_is_about() {
        let texts = ["", "version 2", "PKU", "<html is a tag", "\n<html>", "{\"weight_map\": 1}", "Bzh", "GG"];
        assert_eq!(texts.map(|text| kind_of(text.as_bytes()).filter(|_| text != "<html is a tag")), [None; 8]);
    }

    #[test]
    fn an_index_of_several_files_is_named_where_weights_are_expected() {
        let index = b"{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}";
        assert!(kind_of_weights(index).unwrap().contains("index"));
        for text in [
            "anna likes ben\n",
            "[model]\nhidden = 2\n",
            "{\"a\": [1, 2]}",
            "<svg xmlns=\"x\">",
            "404: Not Found",
            "我 爱",
        ] {
            assert!(kind_of_weights(text.as_bytes()).unwrap().contains("a text"), "{text}");
        }
        assert!(kind_of_weights(b"\x08\x07\x12\x07pytorch").unwrap().contains("ONNX"));
        assert_eq!(kind_of_weights(b"\x40\0\0\0\0\0\0\0{\"emb.weight\""), None);
    }
}

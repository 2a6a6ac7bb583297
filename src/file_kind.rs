//! Kinds of files that are neither a text nor weights, identified by their first bytes.

crate::messages! {
    /// The kind of a file, and how to convert it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FileKind {
        GitLfsPointer =
            "a pointer of Git LFS: `git lfs pull` fetches the file itself",
            " Git LFS 指针：`git lfs pull` 取得文件本身";
        GitAnnexPointer =
            "a pointer of git-annex: `git annex get` fetches the file itself",
            " git-annex 指针：`git annex get` 取得文件本身";
        Compressed { program: &'static str } =
            "a file compressed by {program}: unpack it first, such as with `{program} -d`",
            "用 {program} 压缩的文件：请先解压，例如用 `{program} -d`";
        SevenZip = "a 7-Zip archive: unpack it first", " 7-Zip 压缩包：请先解压";
        Rar = "a RAR archive: unpack it first", " RAR 压缩包：请先解压";
        Zip =
            "a ZIP archive, as a document of Word, an e-book (EPUB) or a spreadsheet is: save its text as a text file",
            " ZIP 压缩包（Word 文档、EPUB 电子书、电子表格都是）：请把其中的文字另存为文本文件";
        Pdf = "a PDF: `pdftotext` makes a text of it", " PDF：`pdftotext` 可把它变成文本";
        OldOffice =
            "an old document of Word or Excel: save its text as a text file",
            "旧格式的 Word 或 Excel 文档：请把文字另存为文本文件";
        Rtf = "a document in RTF: save its text as a text file", " RTF 文档：请把文字另存为文本文件";
        WebPage =
            "a web page (HTML): save the text or the file that it shows (to learn the page itself, let an empty line come first)",
            "网页（HTML）：请保存其中的文字或文件（若要学习网页本身，请让第一行为空行）";
        Picture { format: &'static str } = "a picture ({format})", "图片（{format}）";
        Program = "a program", "程序";
        Database { format: &'static str } = "a database ({format})", "数据库（{format}）";
        Safetensors =
            "weights in safetensors: `--weights FILE` begins with them",
            " safetensors 权重：用 `--weights FILE` 从它们开始";
        SafetensorsIndex =
            "the index of a model in several files, which name each other there: save it as one, with `max_shard_size` large enough",
            "分成多个文件的模型的索引：请存为一个文件（`max_shard_size` 取足够大）";
        Gguf =
            "weights in GGUF, as llama.cpp reads them: save the model as safetensors",
            " GGUF 权重（llama.cpp 用）：请把模型存为 safetensors";
        Hdf5 =
            "weights in HDF5, as Keras writes them: save the model as safetensors",
            " HDF5 权重（Keras 用）：请把模型存为 safetensors";
        Keras = "a model of Keras: save its weights as safetensors", "Keras 模型：请把其权重存为 safetensors";
        Onnx =
            "a model in ONNX: save the state dict of the module as safetensors",
            "ONNX 模型：请把模块的 state dict 存为 safetensors";
        NumpyArray =
            "an array of NumPy: `safetensors.numpy.save_file` writes weights",
            " NumPy 数组：`safetensors.numpy.save_file` 写出权重";
        NumpyArrays =
            "arrays of NumPy (npz): `safetensors.numpy.save_file` writes weights",
            " NumPy 数组（npz）：`safetensors.numpy.save_file` 写出权重";
        TorchSave =
            "weights of torch.save: `safetensors.torch.save_file(model.state_dict(), FILE)` writes those that can be read",
            " torch.save 的权重：`safetensors.torch.save_file(model.state_dict(), FILE)` 写出可以读取的权重";
        Pickle =
            "a pickle of Python: `safetensors.torch.save_file(model.state_dict(), FILE)` writes weights that can be read",
            " Python 的 pickle：`safetensors.torch.save_file(model.state_dict(), FILE)` 写出可以读取的权重";
        Text =
            "a text, and no weights: those are in a file of safetensors",
            "文本，不是权重：权重应在 safetensors 文件中";
    }
}

/// The first bytes of files of some kinds; the first match decides.
const MAGIC_NUMBERS: &[(&[u8], FileKind)] = &[
    (b"version https://git-lfs.github.com/spec/", FileKind::GitLfsPointer),
    (b"/annex/objects/", FileKind::GitAnnexPointer),
    (b"\x1f\x8b", FileKind::Compressed { program: "gzip" }),
    (b"%PDF-", FileKind::Pdf),
    (b"\xfd7zXZ\0", FileKind::Compressed { program: "xz" }),
    (b"\x28\xb5\x2f\xfd", FileKind::Compressed { program: "zstd" }),
    (b"7z\xbc\xaf\x27\x1c", FileKind::SevenZip),
    (b"Rar!\x1a", FileKind::Rar),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::OldOffice),
    (b"{\\rtf", FileKind::Rtf),
    (b"\x89PNG", FileKind::Picture { format: "PNG" }),
    (b"\xff\xd8\xff", FileKind::Picture { format: "JPEG" }),
    (b"GIF89a", FileKind::Picture { format: "GIF" }),
    (b"\x7fELF", FileKind::Program),
    (b"SQLite format 3\0", FileKind::Database { format: "SQLite" }),
    (b"GGUF", FileKind::Gguf),
    (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
    (b"\x93NUMPY", FileKind::NumpyArray),
    (b"\x80\x02", FileKind::TorchSave),
    (b"\x80\x04", FileKind::Pickle),
];

/// Kinds of ZIP archives by a name that occurs in them; the first match decides.
const NAMES_IN_ARCHIVES: &[(&[u8], FileKind)] = &[
    (b"/data.pkl", FileKind::TorchSave),
    (b".weights.h5", FileKind::Keras),
    (b".npy", FileKind::NumpyArrays),
    (b"", FileKind::Zip),
];

/// Identifies a file by its beginning, of which a few thousand bytes suffice; `None` if it may be a text or another kind of file.
#[must_use]
pub fn kind_of(beginning: &[u8]) -> Option<FileKind> {
    if beginning.starts_with(b"PK\x03\x04") {
        let has = |name: &[u8]| name.is_empty() || beginning.windows(name.len()).any(|bytes| bytes == name);
        return NAMES_IN_ARCHIVES.iter().find(|(name, _)| has(name)).map(|(_, kind)| *kind);
    }
    if beginning.starts_with(b"BZh") && beginning.get(4..10) == Some(b"1AY&SY") {
        return Some(FileKind::Compressed { program: "bzip2" });
    }
    if is_web_page(beginning) {
        return Some(FileKind::WebPage);
    }
    if is_safetensors(beginning) {
        return Some(FileKind::Safetensors);
    }
    MAGIC_NUMBERS.iter().find(|(magic, _)| beginning.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Whether a file begins with an HTML tag, after comments and declarations.
fn is_web_page(beginning: &[u8]) -> bool {
    let mut text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    while let Some(rest) = strip_block(text, b"<!--", b"-->").or_else(|| strip_block(text, b"<?xml", b"?>")) {
        text = rest.trim_ascii_start();
    }
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

/// The text after a block from `begin` to the first `end`; `None` if the text does not begin with such a block.
fn strip_block<'a>(text: &'a [u8], begin: &[u8], end: &[u8]) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(begin)?;
    let length = rest.windows(end.len()).position(|bytes| bytes == end)?;
    Some(&rest[length + end.len()..])
}

/// Whether a file begins as safetensors: the length of a header (below 2⁴⁰), and a JSON object.
fn is_safetensors(beginning: &[u8]) -> bool {
    beginning.get(5..10) == Some(b"\0\0\0{\"")
}

/// Identifies a file that was expected to be safetensors by its beginning; `None` if it may be safetensors.
#[must_use]
pub fn kind_of_weights(beginning: &[u8]) -> Option<FileKind> {
    let is_index = beginning.starts_with(b"{") && beginning.windows(12).any(|bytes| bytes == b"\"weight_map\"");
    // ONNX is a protocol buffer: a version, and the name of the program that has written it
    let is_onnx = beginning.starts_with(b"\x08")
        && beginning.windows(4).take(64).any(|bytes| bytes == b"onnx" || bytes == b"pyto");
    kind_of(beginning)
        .filter(|kind| *kind != FileKind::Safetensors)
        .or(is_index.then_some(FileKind::SafetensorsIndex))
        .or(is_onnx.then_some(FileKind::Onnx))
        .or(is_text(beginning).then_some(FileKind::Text))
}

/// Whether bytes are UTF-8 text: not empty, without control characters except white space; the last character may be cut off.
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
    fn kind_of_other_files_is_named() {
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
            let kind = kind_of(bytes).unwrap().to_string();
            assert!(kind.contains(expected), "{}: {kind}", bytes.escape_ascii());
        }
    }

    #[test]
    fn kind_of_text_is_none() {
        let texts = ["", "version 2", "PKU", "<html is a tag", "\n<html>", "{\"weight_map\": 1}", "Bzh", "GG"];
        assert_eq!(texts.map(|text| kind_of(text.as_bytes()).filter(|_| text != "<html is a tag")), [None; 8]);
    }

    #[test]
    fn kind_of_weights_names_index_text_and_onnx() {
        let index = b"{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}";
        assert!(kind_of_weights(index).unwrap().to_string().contains("index"));
        for text in [
            "anna likes ben\n",
            "[model]\nhidden = 2\n",
            "{\"a\": [1, 2]}",
            "<svg xmlns=\"x\">",
            "404: Not Found",
            "我 爱",
        ] {
            assert!(kind_of_weights(text.as_bytes()).unwrap().to_string().contains("a text"), "{text}");
        }
        assert!(kind_of_weights(b"\x08\x07\x12\x07pytorch").unwrap().to_string().contains("ONNX"));
        assert_eq!(kind_of_weights(b"\x40\0\0\0\0\0\0\0{\"emb.weight\""), None);
    }
}

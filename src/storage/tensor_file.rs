//! Tensors in the format [safetensors](https://huggingface.co/docs/safetensors), which PyTorch reads and writes with the package
//! of that name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, View};
use safetensors::{SafeTensorError, serialize};

use super::messages::{FileMessage, TensorsMessage};
use crate::file_kind::{FileKind, kind_of_weights};
use crate::language::Message;
use crate::model::{NamedTensor, described};

/// The key of what is metadata about the tensors in a file.
pub const KEY: &str = "rnn-tui";

/// A header of more bytes is none of a recurrent language model.
const MAX_HEADER: u64 = 64 << 20;

/// So many bytes tell what a file is.
const MAX_PREFIX: u64 = 1 << 16;

crate::messages! {
    /// Why a file of tensors cannot be read.
    #[derive(Debug)]
    pub enum TensorFileError {
        /// An error of the system.
        Io(error: io::Error) = "{error}", "{error}";
        /// The file is damaged, or no file of this format: why.
        Broken(why: Message) = "it is not a whole safetensors file: {why}", "它不是完整的 safetensors 文件：{why}";
        /// The file is of another kind.
        OtherFile(kind: FileKind) = "it is no safetensors file but {kind}", "它不是 safetensors 文件，而是{kind}";
    }
}

impl std::error::Error for TensorFileError {}

impl From<io::Error> for TensorFileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn broken(why: impl Into<Message>) -> TensorFileError {
    TensorFileError::Broken(why.into())
}

/// The bytes of a tensor, to be written.
pub struct TensorBytes<'a> {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

impl<'a> TensorBytes<'a> {
    /// A tensor of numbers.
    #[must_use]
    pub fn of(tensor: &'a NamedTensor) -> Self {
        Self { shape: tensor.shape.clone(), ..Self::row(&tensor.numbers) }
    }

    /// Numbers in a row.
    #[must_use]
    pub fn row(numbers: &'a [f32]) -> Self {
        Self { kind: Dtype::F32, shape: vec![numbers.len()], bytes: bytemuck::cast_slice(numbers) }
    }

    /// Whole numbers in a row.
    #[must_use]
    pub fn integer_row(numbers: &'a [u32]) -> Self {
        Self { kind: Dtype::U32, shape: vec![numbers.len()], bytes: bytemuck::cast_slice(numbers) }
    }
}

impl View for TensorBytes<'_> {
    fn dtype(&self) -> Dtype {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// The bytes of a file that holds `tensors`, and about them `told`.
///
/// # Errors
/// When the names take more than 100 MB.
pub fn serialize_tensors<'a>(
    tensors: impl IntoIterator<Item = (String, TensorBytes<'a>)>,
    metadata: String,
) -> Result<Vec<u8>, SafeTensorError> {
    serialize(tensors, Some(HashMap::from([(KEY.to_owned(), metadata)])))
}

/// A name, and whole numbers in a row.
pub type IntegerTensor = (String, Vec<u32>);

/// A file whose header has been read.
pub struct TensorFile {
    file: File,
    header: Metadata,
    /// Bytes of its numbers.
    length: u64,
}

impl TensorFile {
    /// Reads the header of a file, no matter how large the file is.
    ///
    /// # Errors
    /// When it cannot be read, or is no whole file of this format.
    pub fn open(path: &Path) -> Result<Self, TensorFileError> {
        // a pipe would be waited for
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(broken(FileMessage::NoFile));
        }
        let mut file = File::open(path)?;
        let length = metadata.len();
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| broken(TensorsMessage::TooShort))?;
        let begins = size;
        let size = u64::from_le_bytes(size);
        if size > MAX_HEADER || size + 8 > length {
            let mut beginning = begins.to_vec();
            file.by_ref().take(MAX_PREFIX).read_to_end(&mut beginning)?;
            return Err(match kind_of_weights(&beginning) {
                Some(kind) => TensorFileError::OtherFile(kind),
                None => broken(TensorsMessage::HeaderTooLong { length: size }),
            });
        }
        let mut header = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        file.read_exact(&mut header)?;
        // safetensors checks that the tensors lie one behind the other, without gap or overlap
        let header: Metadata = serde_json::from_slice(&header)
            .map_err(|error: serde_json::Error| broken(Message::new(error.to_string())))?;
        let (announced, length) = (header.data_len() as u64, length - 8 - size);
        if announced != length {
            return Err(broken(TensorsMessage::WrongLength { announced, length }));
        }
        Ok(Self { file, header, length })
    }

    /// What is metadata about the tensors.
    #[must_use]
    pub fn metadata(&self) -> Option<&str> {
        self.header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).map(String::as_str)
    }

    /// Name and description of each tensor.
    #[must_use]
    pub fn descriptions(&self) -> Vec<(String, String)> {
        let names = self.header.offset_keys();
        let info = |name: &String| self.header.info(name).map(|info| described(info.dtype, &info.shape));
        names.iter().filter_map(|name| Some((name.clone(), info(name)?))).collect()
    }

    /// The names of tensors that hold no weights: those of whole numbers.
    pub fn integer_tensors(&self) -> impl Iterator<Item = String> {
        let names = self.header.offset_keys().into_iter();
        names.filter(|name| self.header.info(name).is_some_and(|info| is_integer(info.dtype)))
    }

    /// Bytes of all numbers.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether all tensors are of f32, and if not of which type the first other one is.
    #[must_use]
    pub fn other_type(&self) -> Option<Dtype> {
        let names = self.header.offset_keys();
        let mut types = names.iter().filter_map(|name| self.header.info(name)).map(|info| info.dtype);
        types.find(|dtype| *dtype != Dtype::F32)
    }

    /// How many rows each tensor has whose name is one that is wanted.
    pub fn rows(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
        let names = self.header.offset_keys().into_iter().filter(move |name| is_wanted(name));
        names.filter_map(|name| self.header.info(&name)?.shape.first().copied())
    }

    /// The tensors in their order in the file: those of numbers, as f32, and those of whole numbers (U32) with their names. Those of other
    /// whole numbers are left out.
    ///
    /// # Errors
    /// When they cannot be read, or are of a type that is neither whole nor one of BF16, F16, F32 and F64.
    #[allow(clippy::cast_possible_truncation)] // f64 to f32
    pub fn read(mut self) -> Result<(Vec<NamedTensor>, Vec<IntegerTensor>), TensorFileError> {
        let (mut tensors, mut whole) = (Vec::new(), Vec::new());
        for name in self.header.offset_keys() {
            let Some(info) = self.header.info(&name) else { continue };
            let mut bytes = vec![0; info.data_offsets.1 - info.data_offsets.0];
            self.file.read_exact(&mut bytes)?;
            let numbers: Vec<f32> = match info.dtype {
                Dtype::F32 => numbers_of(&bytes, f32::from_le_bytes),
                // as PyTorch's `.float()`
                Dtype::F64 => numbers_of(&bytes, |bytes| f64::from_le_bytes(bytes) as f32),
                Dtype::F16 => numbers_of(&bytes, |bytes| half::f16::from_le_bytes(bytes).to_f32()),
                Dtype::BF16 => numbers_of(&bytes, |bytes| half::bf16::from_le_bytes(bytes).to_f32()),
                Dtype::U32 => {
                    whole.push((name, numbers_of(&bytes, u32::from_le_bytes)));
                    continue;
                }
                // places of positions and the like, which no model here has
                whole if is_integer(whole) => continue,
                other => return Err(broken(TensorsMessage::UnsupportedType { name, dtype: other.to_string() })),
            };
            tensors.push(NamedTensor { name, shape: info.shape.clone(), numbers });
        }
        Ok((tensors, whole))
    }
}

/// Whether numbers of this type are whole, and no weights.
fn is_integer(dtype: Dtype) -> bool {
    use Dtype::{BOOL, I8, I16, I32, I64, U8, U16, U32, U64};

    matches!(dtype, BOOL | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// Numbers of `N` bytes each.
fn numbers_of<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
}

//! Files of tensors in the format [safetensors](https://huggingface.co/docs/safetensors), which PyTorch reads and writes with
//! the package of that name.

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

/// The key of our metadata in the header.
pub const KEY: &str = "rnn-tui";

/// Upper bound on the size of a header in bytes.
const MAX_HEADER: u64 = 64 << 20;

/// Bytes from which the kind of a file is identified.
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
        OtherFile(kind: FileKind) = "it is not a safetensors file but {kind}", "它不是 safetensors 文件，而是{kind}";
    }
}

impl std::error::Error for TensorFileError {}

impl From<io::Error> for TensorFileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Makes a [`TensorFileError::Broken`] of any message.
fn broken(why: impl Into<Message>) -> TensorFileError {
    TensorFileError::Broken(why.into())
}

/// A tensor to be written, by reference.
pub struct TensorBytes<'a> {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

impl<'a> TensorBytes<'a> {
    /// A tensor of f32 numbers.
    #[must_use]
    pub fn from_tensor(tensor: &'a NamedTensor) -> Self {
        Self { shape: tensor.shape.clone(), ..Self::row(&tensor.numbers) }
    }

    /// Numbers as a tensor with one axis.
    #[must_use]
    pub fn row(numbers: &'a [f32]) -> Self {
        Self { kind: Dtype::F32, shape: vec![numbers.len()], bytes: bytemuck::cast_slice(numbers) }
    }

    /// Integers as a U32 tensor with one axis.
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

/// Serializes tensors, with `metadata` in the header.
///
/// # Errors
/// If the header would be larger than 100 MB.
pub fn serialize_tensors<'a>(
    tensors: impl IntoIterator<Item = (String, TensorBytes<'a>)>,
    metadata: String,
) -> Result<Vec<u8>, SafeTensorError> {
    serialize(tensors, Some(HashMap::from([(KEY.to_owned(), metadata)])))
}

/// The name of a tensor of integers, and its numbers.
pub type IntegerTensor = (String, Vec<u32>);

/// An open file whose header has been read.
pub struct TensorFile {
    file: File,
    header: Metadata,
    /// Bytes of all tensors together.
    length: u64,
}

impl TensorFile {
    /// Opens a file and reads its header; the tensors are not read, and may be large.
    ///
    /// # Errors
    /// If it cannot be read, is no regular file, is damaged, or is a file of another kind.
    pub fn open(path: &Path) -> Result<Self, TensorFileError> {
        // reading a pipe could block
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(broken(FileMessage::NoFile));
        }
        let mut file = File::open(path)?;
        let length = metadata.len();
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| broken(TensorsMessage::TooShort))?;
        let mut beginning = size.to_vec();
        let size = u64::from_le_bytes(size);
        if size > MAX_HEADER || size + 8 > length {
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

    /// Our metadata in the header, if there is any.
    #[must_use]
    pub fn metadata(&self) -> Option<&str> {
        self.header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).map(String::as_str)
    }

    /// Name and description (type and shape, as `F32 [7, 2]`) of each tensor, in the order of the file.
    #[must_use]
    pub fn descriptions(&self) -> Vec<(String, String)> {
        let names = self.header.offset_keys();
        let info = |name: &String| self.header.info(name).map(|info| described(info.dtype, &info.shape));
        names.iter().filter_map(|name| Some((name.clone(), info(name)?))).collect()
    }

    /// The names of tensors of integers or booleans, which are no weights.
    pub fn integer_tensors(&self) -> impl Iterator<Item = String> {
        let names = self.header.offset_keys().into_iter();
        names.filter(|name| self.header.info(name).is_some_and(|info| is_integer(info.dtype)))
    }

    /// Bytes of all tensors together.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The type of the first tensor that is not f32; `None` if all are.
    #[must_use]
    pub fn other_type(&self) -> Option<Dtype> {
        let names = self.header.offset_keys();
        let mut types = names.iter().filter_map(|name| self.header.info(name)).map(|info| info.dtype);
        types.find(|dtype| *dtype != Dtype::F32)
    }

    /// The sizes of the first axes of the tensors whose names satisfy `is_wanted`.
    pub fn rows(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
        let names = self.header.offset_keys().into_iter().filter(move |name| is_wanted(name));
        names.filter_map(|name| self.header.info(&name)?.shape.first().copied())
    }

    /// Reads all tensors in the order of the file: first those of floating-point numbers, converted to f32, then those of U32
    /// integers. Other tensors of integers are left out.
    ///
    /// # Errors
    /// If they cannot be read, or one has floating-point numbers other than BF16, F16, F32 and F64.
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
                // position ids and the like, which no model here has
                whole if is_integer(whole) => continue,
                other => return Err(broken(TensorsMessage::UnsupportedType { name, dtype: other.to_string() })),
            };
            tensors.push(NamedTensor { name, shape: info.shape.clone(), numbers });
        }
        Ok((tensors, whole))
    }
}

/// Whether a type is of integers or booleans.
fn is_integer(dtype: Dtype) -> bool {
    use Dtype::{BOOL, I8, I16, I32, I64, U8, U16, U32, U64};

    matches!(dtype, BOOL | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// Decodes numbers of `N` bytes each; an incomplete last one is left out.
fn numbers_of<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
}
